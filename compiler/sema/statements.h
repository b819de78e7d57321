// Statements of bodies and blocks: definitions, weights, buffers, draws, loops.
#pragma once

#include "compiler/sema/values.h"

namespace nnc::sema {

class Statements : public Values {
 public:
  using Values::Values;

  Value EvaluateBody(const ast::Decl& decl, const ast::Block& block, Scope& scope);
  void ExecuteStatement(const ast::Stmt& stmt, Scope& scope);
  void Define(const std::string& name, Value value, Span span, const void* definition, Scope& scope);
  void DefineTargets(const ast::Stmt& stmt, Scope& scope);
  void AddStart(const ast::Stmt& stmt, const std::string& path, const Shape& shape, Scope& scope);
  Value EvaluateLoop(const ast::Expr& expr, Scope& scope, bool statement);
  bool TakeTurn(const ast::Loop& loop, int64_t turn, std::vector<Value>& states, Scope& scope);

 private:
  void DefineIndexed(const ast::Stmt& stmt, const ast::Expr& target, Scope& scope, const Shape* expected);
  Context Defining(const std::string& name) const;  // this context, in the definition of a name
  void DeclareVariable(const ast::Stmt& stmt, Scope& scope);
  std::optional<Shape> ShapeOfVariable(const ast::Stmt& stmt, const char* what, Scope& scope);
  NodeId AddVariable(const ast::Stmt& stmt, const std::string& path, const char* what, const Shape& shape, Scope& scope);
  void SetStart(const ast::Stmt& stmt, const std::string& path, const Shape& shape, Scope& scope);
  void NextBuffer(const ast::Stmt& stmt, Scope& scope);
  void DefineMissing(const ast::Loop& loop, Scope& scope);
};

const char* PlaceOf(ast::StmtKind kind);  // "`emit` stands in a `scan`"

}  // namespace nnc::sema
