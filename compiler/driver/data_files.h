// The files behind data sources: where they lie, what their headers say, and their tables. Answers elaboration's questions, and
// keeps the answers, so that a run can be elaborated again where the files are not.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compiler/driver/session.h"
#include "compiler/sema/program.h"
#include "runtime/split.h"
#include "runtime/table.h"

namespace nnc::driver {

class DataFiles : public sema::SchemaProvider {
 public:
  // `replaced` names other files for those of the program: by source (`toy`: one file for all of it), by part (`toy.test`), or by
  // the number of a file of a part that has several (`digits.test.1`).
  DataFiles(Session& session, std::map<std::string, std::string> replaced) : session_(session), replaced_(std::move(replaced)) {}

  // Answers recorded by Record() come before the files'.
  void Recall(const std::string& record);
  std::string Record() const;

  std::optional<std::vector<sema::ColumnInfo>> Columns(const sema::SourceHeader& source) override;
  std::optional<int64_t> ClassCount(const sema::SourceHeader& source, const std::string& column) override;

  // Reports names given for replacement that no source has.
  void CheckReplacements(const std::vector<sema::SourceHeader>& sources);

  // The source with its files replaced.
  sema::SourceHeader Resolve(sema::SourceHeader source) const;
  // Absolute paths of the source's files by the names that replace them.
  std::map<std::string, std::string> Paths(const sema::SourceHeader& source);
  // The table of the named columns, missing values treated as the source says (`numbers` are the columns that must be numbers);
  // reports and gives nothing where that fails.
  std::optional<runtime::Table> Read(const sema::SourceHeader& source, const std::vector<std::string>& columns);

 private:
  void Report(const runtime::DataError& error, Span span);
  std::string Find(const sema::SourceHeader& source, const std::string& path) const;
  std::vector<sema::ColumnInfo> ReadHeader(const sema::SourceHeader& source) const;
  runtime::Table ReadPart(const sema::SourceHeader& source, const sema::SourceHeader::FilePart& part,
                          const std::vector<std::string>& columns) const;

  Session& session_;
  std::map<std::string, std::string> replaced_;
  std::map<std::string, std::vector<sema::ColumnInfo>> columns_;      // answers, by source
  std::map<std::string, std::map<std::string, int64_t>> classes_;    // by source and column
};

// Which rows of the table train, validate and test: by `split`, by the parts' files, or all "train".
runtime::Split SplitTable(const sema::SourceHeader& source, const runtime::Table& table);
// The same for `rows` events that no file holds.
runtime::Split SplitEvents(const sema::SourceHeader& source, int64_t rows);

}  // namespace nnc::driver
