// What the builder's files share: the interning table, the views of nodes that rules match on, and the rules themselves.
// Split by family: builder.cpp (interning, entry points), builder_resolve.cpp (seeing through copies, diagonals),
// builder_rules.cpp and builder_log.cpp (scalar algebra), builder_relations.cpp (affine relations), builder_sum.cpp (sums and
// contractions), builder_fold.cpp (the other monoids),
// builder_plain.cpp (no rules at all).
#pragma once
#include <initializer_list>
#include <map>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "compiler/ir/builder.h"

namespace nnc::ir {

bool SameOperand(const Operand& a, const Operand& b);
bool OrderedBefore(const Operand& a, const Operand& b);  // the order of a commutative function's arguments
bool IsLiteralValue(const Operand& operand, double value);
Comp Elementwise(ScalarFn fn, const std::vector<Operand>& args, const Shape& extents);  // fn(args) at every point
int AddLeaf(Comp& comp, const Operand& operand);  // the step of the body that reads it; equal leaves share one step

// An elementwise node's function and arguments, in the index space of whoever looks.
struct MapView {
  ScalarFn fn{};
  int arity = 0;
  Operand args[3];
};

// A monoid's fold of a product of operands, before canonical numbering.
struct FoldForm {
  std::vector<Operand> factors;
  std::vector<Dim> extents;
  int rank = 0;
  std::vector<Affine> relations;

  bool Free(const Operand& operand) const;      // reads no reduction index
  bool InRelations(int index) const;
  bool InFactors(int index) const;
  int Reductions() const { return static_cast<int>(extents.size()) - rank; }
  void Replace(int from, int to);               // in factors and relations
  void Erase(int index);                        // an index that nothing mentions any more
};

enum class Verdict : uint8_t { False, Open };   // of a set of relations

// Brings every relation to its normal form, drops those that hold everywhere, solves `u == i`, drops reduction indices that
// relations determine and nothing reads. `keep` reduction indices from rank on are left alone (ArgMax's numbered ones).
Verdict SolveRelations(FoldForm& form, int keep = 0);
// No output point has more than one reduction point.
bool SinglePoint(const FoldForm& form);
// Every output point has exactly one reduction point, provably.
bool ExactlyOnePoint(const FoldForm& form);
// Reduction indices renumbered by first appearance (from rank + keep on), relations sorted, factors ordered; the node's comp.
Comp Canonical(const FoldForm& form, Monoid monoid, int arg_count);

struct Builder::Impl {
  Impl(Builder& builder, Graph& graph) : self(builder), graph(graph) {}

  // Views. A protected node is opaque to all of them.
  bool Opaque(NodeId node) const;
  bool PeekMap(const Operand& operand, MapView* view) const;
  bool PeekMap(const Operand& operand, ScalarFn fn, MapView* view) const;
  bool PeekSum(const Operand& operand, FoldForm* form, int space) const;  // a sum of one operand, reductions from `space` on
  // A sum, product, maximum or minimum over reduction indices behind `extents`, of one operand or, a sum, of the product of two.
  bool PeekFold(const Operand& operand, Monoid* monoid, FoldForm* form, const Shape& extents) const;
  // p read through squeezes and slices that never leave p: f(copy(x)) for p = copy(f(x)), one level of f.
  // Gives the elementwise definition of what is read, its arguments copied likewise.
  bool PeekThroughCopies(const Operand& operand, MapView* view, const Shape& extents);
  bool PeekMask(const Operand& operand, Operand* value, std::vector<Affine>* relations) const;
  bool PeekDelta(const Operand& operand, Affine* relation) const;
  bool IsTruth(const Operand& operand) const;

  Operand Resolve(Operand operand);
  NodeId Specialise(NodeId node, const std::vector<int>& pattern, int count);
  NodeId Rebuild(const Comp& comp, const std::vector<int>& outputs, const Shape& extents);

  NodeId Map(ScalarFn fn, std::vector<Operand> arguments, const Shape& extents);
  NodeId MapAsItStands(ScalarFn fn, std::vector<Operand> arguments, const Shape& extents);  // resolved, and no rule applies
  NodeId Fill(Operand value, const Shape& extents);
  NodeId Sum(FoldForm form);
  NodeId Fold(Monoid monoid, FoldForm form, int arg_count);
  NodeId InternComp(Comp comp);

  // The same without rules (builder_plain.cpp).
  NodeId PlainMap(ScalarFn fn, std::vector<Operand> arguments, const Shape& extents);
  NodeId PlainFill(Operand value, const Shape& extents);
  NodeId PlainFold(Monoid monoid, FoldForm form, int arg_count);
  Operand Literals(Operand operand) const;  // the literal that the operand's node is filled with

  // Scalar algebra: the operand that fn(args) equals, if a rule knows.
  using Args = std::vector<Operand>;
  std::optional<Operand> Algebra(ScalarFn fn, Args& args, const Shape& extents);
  std::optional<Operand> AddRules(Args& args, const Shape& extents);
  std::optional<Operand> SubRules(Args& args, const Shape& extents);
  std::optional<Operand> MulRules(Args& args, const Shape& extents);
  std::optional<Operand> DivRules(Args& args, const Shape& extents);
  std::optional<Operand> NegRules(Args& args, const Shape& extents);
  std::optional<Operand> PowRules(Args& args, const Shape& extents);
  std::optional<Operand> SelectRules(Args& args, const Shape& extents);
  std::optional<Operand> LogRules(Args& args, const Shape& extents);
  std::optional<Operand> Log1pRules(Args& args, const Shape& extents);
  std::optional<Operand> TimesLogRules(ScalarFn fn, Args& args, const Shape& extents);
  std::optional<Operand> TruthRules(ScalarFn fn, Args& args, const Shape& extents);
  std::optional<Operand> MaskRules(ScalarFn fn, Args& args, const Shape& extents);
  Operand Apply(ScalarFn fn, Args args, const Shape& extents);
  std::optional<Operand> ExponentOf(const Operand& power, const Shape& extents);
  Operand Masked(Operand value, std::vector<Affine> relations, const Shape& extents);

  // Stable logarithms: log(p) and log(1 - p), if the definition of p offers them within `depth` definitions (builder_log.cpp).
  std::optional<Operand> StableLog(const Operand& p, const Shape& extents, int depth);
  std::optional<Operand> StableLogOfPair(const MapView& view, const Shape& extents, int depth);
  std::optional<Operand> StableLogOfFold(const Operand& p, const Shape& extents, int depth);
  std::optional<Operand> LogPart(const Operand& p, const Shape& extents, int depth);
  Operand LogOfSum(const Operand& log_u, const Operand& log_v, const Shape& extents);
  Operand LogOfFoldedSum(const FoldForm& form, const Operand& log);  // log of the fold's sum of e^log
  Operand Folded(Monoid monoid, FoldForm form, Operand value);       // the fold of another value
  // (builder_complement.cpp)
  struct Weighted;
  class InPart;
  bool IsNegative(const Operand& u) const;
  std::optional<Operand> StableLogOfComplement(const Operand& p, const Shape& extents, int depth);
  std::optional<Operand> StableLogOfDifference(const Operand& p, const Shape& extents, int depth);
  std::optional<Operand> StableLogOfFoldComplement(const Operand& p, const Shape& extents, int depth);
  std::optional<Operand> LogOfWeighted(const Weighted& sum, const Shape& extents, int depth);
  std::optional<Operand> LogOfOtherClasses(const Weighted& sum, const Shape& extents);
  std::optional<Operand> LogOfComplements(const Operand& term, const Shape& extents, int depth, double* count);
  std::optional<std::vector<Operand>> LogsOfOtherChoice(const Operand& u, const Operand& v, const Shape& extents, int depth);
  Operand LogOfRest(const Operand& l, const Operand& near, const Shape& extents);
  void Collect(const Operand& p, double weight, const Shape& extents, Weighted& sum);
  Operand LogOf(const Operand& p, const Shape& extents);
  Operand LogOfResolved(const Operand& p, const Shape& extents);
  // a * l with 0 log 0 = 0, if l is a logarithm.
  std::optional<Operand> TimesLog(const Operand& a, const Operand& l, const Shape& extents);
  Operand TimesInfinite(const Operand& a, const Operand& l, const Shape& extents);

  // Steps of Sum; each returns true if it changed the form.
  struct Hoisted {
    double literal = 1;
    std::vector<Operand> factors;   // over output indices
    std::vector<Operand> divisors;
  };
  bool AbsorbLeaves(FoldForm& form, Hoisted& hoisted);
  bool InlineFactor(FoldForm& form, size_t which, Hoisted& hoisted);
  bool HoistFree(FoldForm& form, Hoisted& hoisted);
  bool DropUnusedReductions(FoldForm& form, Hoisted& hoisted);
  bool PresumLoners(FoldForm& form);
  std::optional<NodeId> SplitPieces(const FoldForm& form);
  std::optional<NodeId> HoistCondition(const FoldForm& form);
  NodeId Emit(FoldForm form);
  NodeId Scale(NodeId node, const Hoisted& hoisted, const Shape& extents);
  bool ReadsPadding(const Operand& operand, int depth) const;

  Builder& self;
  Graph& graph;
  std::unordered_multimap<size_t, NodeId> interned;
  std::unordered_set<NodeId> opaque;
  bool rules = true;
  uint32_t variables = 0;  // the largest number given
  int parts = 0;           // InPart
  std::map<std::pair<NodeId, std::vector<int>>, NodeId> specialised;
};

}  // namespace nnc::ir
