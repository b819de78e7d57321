// Columns of the data source under elaboration: as numbers, by their labels, side by side.
#pragma once

#include <map>

#include "compiler/sema/values.h"

namespace nnc::sema {

class FileColumns : public Values {
 public:
  using Values::Values;

  Value RawColumnValue(const RawColumn& column);
  Value ColumnAsNumber(const std::string& column, Span span);
  std::optional<Value> ColumnsAsArray(const Value& list);
  Value Encode(const std::string& function, const ast::Expr& expr, Scope& scope);
  Value CompareColumn(const std::string& column, const std::string& text, Span span);
  Value AllExcept(const ast::Expr& expr);
  bool ReportTextColumns(const Value& list, Span span);
  // rows.cpp: of events of several rows.
  std::map<size_t, size_t> RowAxes(const Value& value) const;  // the axes of its node that are those of an event's rows, and the table of these
  std::optional<size_t> RowsOf(const Value& value) const;      // the table, where the axis behind that of the events is one
  Value KeptRows(const Value& value, Span span);  // 0 behind an event's rows
  Value RowCount(size_t table);                   // how many an event has
  void CheckKinds(size_t first, Span span);       // reports where nodes from the first on go along rows of two tables with one index
  std::string KindOfRows(size_t table) const;     // "the rows that `hits` counts"
  void NoteComparison(const Value& a, const Value& b, Span span);

 private:
  Value FileColumnValue(RawColumn column);
  size_t TableHolding(const std::string& column) const;  // of the source's
  bool ReadUnseen(const std::string& function, const ast::Expr& expr, RawColumn& column);
};

}  // namespace nnc::sema
