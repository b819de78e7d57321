// `scan`: a recurrence. Its body is elaborated once, for all turns at once: the turn is an index, and a state is a placeholder with an
// axis of turns until the recurrence is closed (passes/scans.h).
#pragma once

#include "compiler/passes/scans.h"
#include "compiler/sema/values.h"

namespace nnc::sema {

class Scans : public Values {
 public:
  using Values::Values;

  // As a statement it defines the states as they are in the end, and what was emitted.
  Value EvaluateScan(const ast::Expr& expr, Scope& scope, bool statement);

 private:
  struct State {
    const ast::LoopState* written;
    Value start;             // aligned to `bound` and `shape`
    std::vector<int> bound;  // named axes, without the turns
    Shape shape;             // the others
    Value next;              // poison until it is known
    NodeId placeholder = ir::kNoNode;
  };
  struct Emitted {
    std::string name;
    Span span;
    const void* definition;
    bool placed;  // its axes are written, the turn among them
    Value value;
  };
  struct Turns {
    int index = -1;  // among the indices
    Value number;    // the turn's number, as an index
    Dim count;
    bool down = false;
  };
  std::optional<Turns> ReadTurns(const ast::Loop& loop, Scope& scope);
  bool ReadStates(const ast::Loop& loop, std::vector<State>& states, Scope& scope);
  bool Execute(const ast::Loop& loop, const Turns& turns, std::vector<State>& states, std::vector<Emitted>& emitted, Scope& scope);
  void Emit(const ast::Stmt& stmt, const Turns& turns, std::vector<Emitted>& emitted, Scope& inner);
  bool TakeNext(const ast::Stmt& stmt, std::vector<State>& states, Scope& inner);
  bool Widen(std::vector<State>& states, const Turns& turns);
  bool Fits(const ast::Loop& loop, const std::vector<State>& states, Span span);
  bool Close(const ast::Expr& expr, const Turns& turns, std::vector<State>& states, std::vector<Emitted>& emitted);
  std::vector<bool> OfTurns(const std::vector<State>& states) const;
  std::vector<bool> OfBody(std::vector<bool> of_turns) const;
  std::vector<bool> ReadAtEveryTurn(const passes::Recurrence& recurrence, const std::vector<Emitted>& emitted) const;
  bool KeepsLittle() const { return building_.checkpoints && context_.turns.empty(); }
  bool CheckDerivatives(const std::vector<State>& states, const std::vector<Emitted>& emitted, const std::vector<bool>& of_turns);
  NodeId first_ = 0;  // of the nodes that the body made
  Value Mistaken(const std::vector<State>& states, const std::vector<Emitted>& emitted, bool statement, Scope& scope);
  Value Stacked(const Value& value, const Turns& turns);
};

}  // namespace nnc::sema
