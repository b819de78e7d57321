// Checks of the whole program: texts, sizes, and definitions that nothing applies.
#pragma once

#include "compiler/sema/values.h"

namespace nnc::sema {

class Checks : public Values {
 public:
  using Values::Values;

  std::optional<ir::Graph> OpenGraphOf(const ast::Decl& decl);
  void CheckNames(const ast::Decl& decl);
  void CheckSizes(const ir::Graph& graph, Span whole);
  void CheckEventSizes(const ir::Graph& graph, Span whole);
  void CheckPlaces(const ast::Decl& decl);
  void CheckPlacesIn(const ast::Decl& decl);
  std::optional<ir::Graph> GraphOf(const ast::Decl& decl, bool training);
  void CheckDefinition(const ast::Decl& decl);
  // The definitions that nothing has applied; with `train`, but for those that stand to be applied in other blocks.
  void CheckUnapplied(const std::vector<const ast::Decl*>& decls, const ast::Decl* train);
  void CheckIndexTypes(const ast::Decl& decl);
  // What the text alone shows: definitions that need themselves, options that nothing reads. False if elaboration would not end.
  bool CheckTexts(const std::vector<const ast::Decl*>& decls);
  // Columns that data blocks define and nothing reads; with `train`, of its sources.
  void CheckUnreadColumns(const std::vector<const ast::Decl*>& decls, const ast::Decl* train);
  void ReportUnusedDefinitions();

 private:
  void CheckHeads(const std::vector<const ast::Decl*>& decls);
  void CheckUses(const ast::Decl& decl);
  void ReportUnreadColumn(const ast::Decl& data, const ast::Stmt& stmt, const ast::Expr& name);
};

}  // namespace nnc::sema
