// What a data block says of its source before any column is known: files, their form, what fills missing cells, how it is divided.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "compiler/sema/values.h"

namespace nnc::sema {

class DataHeader : public Values {
 public:
  using Values::Values;

  std::optional<SourceHeader> Header(const ast::Decl& decl);

 private:
  void ReadSources(const ast::Expr& value, SourceHeader& header);
  void ReadHeaderFiles(const ast::Expr& value, bool alone, SourceHeader& header);
  // group_help.cpp
  void ReportNoGroup(const std::vector<const ast::Expr*>& sources, const SourceHeader& all, size_t without);
  std::vector<std::string> PairingSettings(const SourceHeader& all, const std::vector<std::vector<ColumnInfo>>& tables);
  std::vector<std::string> UnknownNames(const SourceHeader& all, const std::set<std::string>& known);

  bool StandsBeside(const std::vector<const ast::Expr*>& sources, size_t table, const SourceHeader& all);
  void CheckBeside(const ast::Expr& value, const SourceHeader& first, const SourceHeader& other);
  bool ReadPaths(const ast::Expr& expr, SourceHeader::FilePart& part);
  void ReadSkippedLines(const ast::Expr& expr, CellFormat& cells);
  void NeedsOneSign(const ast::Expr& expr);
  void ReadReplacements(const ast::Expr& expr, CellFormat& cells);
  void ReadWidths(const ast::Expr& expr, CellFormat& cells);
  bool ReadCellSetting(const std::string& name, const ast::Expr& expr, CellFormat& cells);
  bool ReadRowSetting(const std::string& name, const ast::Expr& expr, std::optional<EventRows>& rows);
  void CheckSigns(const CellFormat& cells, Span span);
  void CheckRows(const EventRows& rows, bool alone);
  bool ReadSplit(const ast::Stmt& stmt, SourceHeader& header);
  void ReadCount(const ast::Decl& decl, SourceHeader& header);
};

}  // namespace nnc::sema
