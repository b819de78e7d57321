// Conditions that bodies state by `where`, and those that a training checks or explains.
#pragma once

#include "compiler/sema/values.h"

namespace nnc::sema {

class Conditions : public Values {
 public:
  using Values::Values;

  void StateCondition(const ast::Stmt& stmt, Scope& scope);
  void GatherReach(const std::string& function, const Value& answer, const Value& truth, Span span);
  // `inside` is to hold for every event: the value is a subscript, or a number of rows, below `size`. False if it has no events, or pairs
  // of them.
  bool GatherIndex(const Value& value, const Value& inside, const Dim& size, Span span, const std::string& message);

 private:
  void ReportViolated(const ast::Stmt& stmt, Scope& scope);
  void GatherCondition(const ast::Stmt& stmt, const Value& condition, Scope& scope);
  bool HoldsPerEvent(const Value& condition, Construction::Condition& gathered, Span span);
  void NameExtremes(Construction::Condition& gathered, const std::string& name, ir::NodeId least, ir::NodeId greatest, Span span);
  ir::NodeId ReducedPerEvent(const char* reduction, ir::NodeId node, int* source, Span span);
};

// Names the outputs of a graph of what was gathered: `named` gets the conditions with their outputs' names.
std::vector<ir::Output> NamedConditions(const std::vector<Construction::Condition>& gathered, std::vector<ValueCondition>& named);

}  // namespace nnc::sema
