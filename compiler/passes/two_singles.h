// Double precision where large numbers nearly cancel.
//
// A file's numbers and what preparations fit are double, a graph computes in single precision. So an input that stands for such a
// number comes as two: the number rounded to single, and the rest, number minus rounded, which together hold 48 bits. Names, copies and lists,
// sums, differences, products, quotients, whole parts, comparisons and choices are followed in both parts, as in T. J. Dekker, "A floating-point technique
// for extending the available precision", Numer. Math. 18 (1971) 224; everything else takes the rounded number. So the deviation of a
// time stamp from its mean is rounded once, when it is known.
#pragma once
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/ir/builder.h"

namespace nnc::passes {

// The input that is the rest of input NAME, and the output that is the rest of output NAME.
std::string RestOf(const std::string& name);
// NAME of either.
std::string WholeOf(const std::string& name);

class TwoSingles {
 public:
  // Adds to the builder's graph, which is as it is written: without its rules.
  explicit TwoSingles(ir::Builder& builder) : builder_(builder), graph_(builder.graph()) {}

  // The number that `input` stands for is input + rest.
  void SetRest(ir::NodeId input, ir::NodeId rest) { parts_[input] = {input, rest}; }
  // Whoever reads the node gets a single: what is stored as one elsewhere.
  void RoundAt(ir::NodeId node) { rounded_.insert(node); }
  // A sum in which at most one operand is not 0.
  void IsDisjoint(ir::NodeId sum) { disjoint_.insert(sum); }

  struct Parts {
    ir::NodeId rounded = ir::kNoNode;
    ir::NodeId rest = ir::kNoNode;  // none: 0
  };
  Parts Split(ir::NodeId node);

 private:
  struct Number {
    ir::Operand rounded;
    ir::Operand rest;  // a literal 0 where there is none
  };
  Parts Visit(ir::NodeId node);
  Parts VisitVariable(ir::NodeId node);
  Parts VisitComp(ir::NodeId node);
  ir::NodeId WithOperands(ir::NodeId node, bool rests);
  Number NumberOf(const ir::Operand& operand) const;
  // fn of the numbers; false where only rounded numbers enter it.
  bool Apply(ir::ScalarFn fn, const std::vector<Number>& args, Number* result);

  ir::Operand Map(ir::ScalarFn fn, std::vector<ir::Operand> args);
  ir::Operand Plus(const ir::Operand& a, const ir::Operand& b);  // leaves out zeros
  ir::Operand Times(const ir::Operand& a, const ir::Operand& b);
  Number Normal(const ir::Operand& value, const ir::Operand& rest);
  Number Negative(const Number& a);
  Number Sum(const Number& a, const Number& b);
  Number Product(const Number& a, const Number& b);
  Number Quotient(const Number& a, const Number& b);
  struct Division {
    Number whole, left;
  };
  Division Divide(const Number& a, const Number& b);
  Number Floor(const Number& a);
  Number Power(const Number& a, int exponent);
  ir::Operand Sine(const Number& a);
  ir::Operand Cosine(const Number& a);
  Number Choice(const ir::Operand& condition, const Number& a, const Number& b);
  ir::Operand Compare(ir::ScalarFn fn, const Number& a, const Number& b);

  ir::Builder& builder_;
  ir::Graph& graph_;
  ir::Shape extents_;  // of the node that is being visited
  std::unordered_map<ir::NodeId, Parts> parts_;
  std::unordered_map<uint32_t, uint32_t> variables_;  // numbers of the variables that had to be made anew
  std::set<ir::NodeId> rounded_, disjoint_;
};

}  // namespace nnc::passes
