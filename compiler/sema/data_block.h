// Data blocks: from the columns of a file, or from draws, to the fields of events, with what preparations fit.
#pragma once

#include "compiler/sema/values.h"

namespace nnc::sema {

// The inputs that hold numbers of labels, with the dictionaries that number them.
std::map<NodeId, std::string> LabelInputs(const DataState& state, const Construction& building);

class DataBlock : public Values {
 public:
  using Values::Values;

  // The columns of the source's files and those that are known with them; nothing, and reported, where they cannot be read.
  std::optional<std::vector<ColumnInfo>> SchemaOf(const SourceHeader& header);
  std::optional<DataSource> Data(const ast::Decl& decl, const std::string& symbol, int number);
  void DefineColumn(const ast::Stmt& stmt, const ast::Expr& target, const std::string& name, Scope& scope);
  void FindFields(const ast::Decl& decl, DataSource& source);
  void ElaborateDataBlock(const ast::Decl& decl, Scope& scope);
  Value Prepared(const Callable& callable, const Value& column, Span span);
  Value ApplyPrepare(const Callable& callable, const Value& x, Span span, const void* site);

 private:
  void ReportText(const std::string& name, const Value& text, Span span);
  void DataStatement(const ast::Stmt& stmt, Scope& scope);
  void CheckRows(const EventRows& rows, const std::vector<ColumnInfo>& schema);
  void CheckCounts(const SourceHeader& header, const std::vector<ColumnInfo>& files);
  void AddColumns(const SourceHeader& header, size_t table, std::vector<ColumnInfo> columns, std::vector<ColumnInfo>& schema);
  void CheckNamed(const DataState& state, const std::vector<std::string>& used);
  void Fit(const ast::Stmt& stmt, Scope& scope);
};

}  // namespace nnc::sema
