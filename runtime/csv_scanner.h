// Splits the text of a separated file into rows of cells. Knows quotes, line ends, comment lines and units between blanks, nothing of types.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/csv.h"

namespace nnc::runtime {

// Whether a line, without blanks before it, is skipped: one of `comments` begins it, and its first cell is no mark of `missing`, nor an error of a
// spreadsheet. `separator` 0: not yet known.
bool IsCommentLine(std::string_view line, char separator, const CsvOptions& options);

class CsvScanner {
 public:
  // The content and the options must outlive the scanner. The separator ' ' stands for any run of blanks and tabs, but for those between a
  // number and a unit of the notation; lines that begin with one of `comments` are skipped, unless the first cell is a mark of `missing`.
  CsvScanner(std::string_view content, char separator, const CsvOptions& options);

  // Reads the next row that is not blank; false at the end. Throws DataError for an unterminated quote.
  bool NextRow();

  // The cells of the row, valid until the next call.
  const std::vector<std::string_view>& cells() const { return cells_; }
  // The line on which the row begins, and the one on which the next row is looked for; from 1.
  int64_t line() const { return row_line_; }
  int64_t NextLine() const { return line_; }
  // Whether the row's text begins with this, not in quotes.
  bool BeginsWith(char c) const;
  // Of the lines that comments skip, those are counted that may be events of so many cells: where the mark may begin one, a letter, a digit or a sign.
  void CountSkipped(size_t cells) { cells_of_events_ = cells; }
  int64_t skipped() const { return skipped_; }
  int64_t line_of_first_skipped() const { return line_of_first_skipped_; }
  // Nothing follows the row.
  bool AtEnd() const { return at_ == content_.size(); }

 private:
  void ReadCell();
  void ReadPlainCell();
  void ReadQuotedCell();
  void ReadCells();
  void ReadCellsBetweenBlanks();
  void JoinUnit();
  bool SkipComment();
  void CountAsSkipped(std::string_view line);
  bool AtLineEnd() const { return at_ == content_.size() || content_[at_] == '\n' || content_[at_] == '\r'; }
  bool AtSeparator() const { return content_[at_] == separator_ || (separator_ == ' ' && content_[at_] == '\t'); }
  void SkipBlanks();
  void SkipLineEnd();

  std::string_view content_;
  const CsvOptions& options_;
  char separator_;
  const Notation& notation_;
  std::string_view shown_as_;
  size_t at_ = 0;
  size_t row_begin_ = 0;
  size_t cells_of_events_ = 0;  // 0: nobody asks
  int64_t skipped_ = 0, line_of_first_skipped_ = 0;
  int64_t line_ = 1;
  int64_t row_line_ = 1;
  std::vector<std::string_view> cells_;
  std::deque<std::string> unescaped_;  // owns the cells in which a doubled quote stood
};

}  // namespace nnc::runtime
