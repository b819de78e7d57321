// The files behind data sources: where they lie, what their headers say, and their tables. Answers elaboration's questions, and
// keeps the answers, so that a run can be elaborated again where the files are not.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compiler/driver/event_rows.h"
#include "compiler/driver/fills.h"
#include "compiler/driver/session.h"
#include "compiler/sema/program.h"
#include "runtime/csv.h"
#include "runtime/grouping.h"
#include "runtime/labels.h"
#include "runtime/split.h"
#include "runtime/table.h"

namespace nnc::driver {

// How the source's files write numbers.
runtime::Notation NotationOf(const sema::CellFormat& cells);

class DataFiles : public sema::SchemaProvider {
 public:
  // `replaced` names other files for those of the program: by source (`toy`: one file for all of it; `toy:2` for the second of several that stand
  // together), by part (`toy.test`), or by the number of a file of a part that has several (`digits.test.1`).
  DataFiles(Session& session, std::map<std::string, std::string> replaced) : session_(session), replaced_(std::move(replaced)) {}

  // Answers recorded by Record() come before the files'.
  void Recall(const std::string& record);
  std::string Record() const;

  std::optional<std::vector<sema::ColumnInfo>> Columns(const sema::SourceHeader& source) override;  // of one table
  std::optional<int64_t> ClassCount(const sema::SourceHeader& source, const sema::RawColumn& column) override;

  // How the source's cells are written, and what names its files' headers have where the program's replace them.
  // A column is text in every file from now on, as it was in the one that its labels were learnt from.
  void ReadAsText(const std::string& source, const std::string& column) { texts_[source].insert(column); }
  runtime::CsvOptions OptionsFor(const sema::SourceHeader& source, std::vector<std::string> wanted) const;

  // Reports names given for replacement that no source has.
  void CheckReplacements(const std::vector<sema::SourceHeader>& sources);

  // The source with its files replaced.
  sema::SourceHeader Resolve(sema::SourceHeader source) const;
  // Absolute paths of the source's files by the names that replace them.
  std::map<std::string, std::string> Paths(const sema::SourceHeader& source);
  // The columns that the source mentions and those named here, split, with missing values treated as the source says: `given` are what
  // they were filled with in training, if that was not now. Reports and gives nothing where that fails.
  std::optional<SourceEvents> Read(const sema::SourceHeader& source, const std::vector<sema::RawColumn>& columns, const Fills* given);

 private:
  void Report(const runtime::DataError& error, Span span);
  void ReportReplacement(const std::string& name, const std::string& path, const std::vector<sema::SourceHeader>& sources, std::vector<std::string> known);
  std::string Find(const sema::SourceHeader& source, const std::string& path) const;
  // The content of what can be read only once: a pipe, standard input. Null for a file.
  const std::string* Stream(const std::string& path);
  std::vector<std::string> CellNames(const sema::SourceHeader& source, const std::string& path);
  std::vector<std::string> ReplacedHeader(const sema::SourceHeader& source, const std::string& path);
  void DescribeHeader(const sema::SourceHeader& source, const std::string& path, std::vector<sema::ColumnInfo>& columns);  // what the first column says of all
  std::vector<runtime::TextColumn> TextColumns(const sema::SourceHeader& source, const std::string& path, const std::string& label);  // as far as the first rows show
  std::string Beginning(const std::string& path);  // of the file or stream, unpacked: as much as the first rows need
  runtime::Table ReadCells(const sema::SourceHeader& source, const std::string& path, const std::string& label, const std::vector<std::string>& columns);
  std::vector<sema::ColumnInfo> ReadHeader(const sema::SourceHeader& written);
  bool BecomeText(const sema::SourceHeader& source, const std::set<std::string>& open, const runtime::Table& table, const runtime::Table& more);
  runtime::Table ReadPart(const sema::SourceHeader& source, const sema::SourceHeader::FilePart& part, const std::vector<std::string>& columns, const std::set<std::string>& open);
  Span SpanOf(const sema::SourceHeader& source, const std::string& file, Span span) const;
  runtime::Table ReadTable(const sema::SourceHeader& source, const std::set<std::string>& open, Span* span);
  void DropUnusable(const sema::SourceHeader& source, const std::map<std::string, std::set<std::string>>& before, std::vector<EventTable>& tables, runtime::LostText& lost);
  std::optional<SourceEvents> ReadEvents(const sema::SourceHeader& source, const std::vector<sema::RawColumn>& columns, const Fills* given);

  Session& session_;
  std::map<std::string, std::string> replaced_;
  std::map<std::string, std::vector<sema::ColumnInfo>> columns_;      // answers, by source
  std::map<std::string, std::map<std::string, int64_t>> classes_;    // by source and column's dictionary
  std::map<std::string, std::set<std::string>> texts_;               // columns of text, by source, ...
  std::map<std::string, std::set<std::string>> labels_;              // ... and of labels, which may be numbers
  std::map<std::string, std::vector<std::string>> headers_;          // that listed names replace, by source
  std::map<std::string, std::string> streams_;                       // by path
  std::map<std::string, SourceEvents> events_;                       // read to count classes, by source, until they are asked for
};

runtime::UnseenLabels UnseenOf(const sema::RawColumn& column);

}  // namespace nnc::driver
