// What says that a cell holds no value, and what such a value becomes: `missing` and `fill`, of all columns of a source or of those named.
#pragma once

#include "compiler/sema/values.h"

namespace nnc::sema {

// Whether a statement of a data block has a setting for columns that it names: `fill[energy]`, `missing[energy]`.
bool NamesColumns(const ast::Expr& target);

class MissingValues : public Values {
 public:
  using Values::Values;

  std::optional<FillRule> ReadFill(const ast::Expr& expr);
  std::vector<std::string> ReadMarks(const ast::Expr& expr);
  void ReadFillStatement(const ast::Stmt& stmt, SourceHeader& header);
  void ReadMissingStatement(const ast::Stmt& stmt, SourceHeader& header);

 private:
  template <typename Said>
  void ForNamed(const ast::Expr& target, const char* what, Said&& said);
};

}  // namespace nnc::sema
