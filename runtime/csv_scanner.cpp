#include "runtime/csv_scanner.h"

#include "runtime/csv_remarks.h"

#include "runtime/data_error.h"
#include "runtime/number_text.h"

#include <algorithm>
#include <cctype>

namespace nnc::runtime {

CsvScanner::CsvScanner(std::string_view content, char separator, const CsvOptions& options)
    : content_(content), options_(options), separator_(separator), notation_(options.notation), shown_as_(options.shown_as) {
  if (content_.starts_with("\xEF\xBB\xBF")) at_ = 3;
}

void CsvScanner::SkipLineEnd() {
  if (at_ == content_.size()) return;
  bool carriage_return = content_[at_] == '\r';
  ++at_;
  if (carriage_return && at_ < content_.size() && content_[at_] == '\n') ++at_;
  ++line_;
}

void CsvScanner::ReadPlainCell() {
  size_t begin = at_;
  const char* text = content_.data();
  size_t end = content_.size();
  size_t at = at_;
  const char other = separator_ == ' ' ? '\t' : separator_;
  while (at < end && text[at] != separator_ && text[at] != other && text[at] != '\n' && text[at] != '\r') ++at;
  at_ = at;
  cells_.push_back(Trimmed(content_.substr(begin, at - begin)));
}

void CsvScanner::ReadQuotedCell() {
  int64_t quote_line = line_;
  size_t begin = ++at_;
  std::string* owned = nullptr;
  while (true) {
    if (at_ == content_.size()) {
      throw DataError(DataErrorKind::MalformedData, "the quote that opens here is not closed",
                      {std::string(shown_as_), 0, quote_line}, "close it behind its text, or take the line out of the file where it is cut off");
    }
    char c = content_[at_];
    if (c == '"') {
      bool doubled = at_ + 1 < content_.size() && content_[at_ + 1] == '"';
      if (!doubled) break;
      if (!owned) owned = &unescaped_.emplace_back();
      owned->append(content_.substr(begin, at_ + 1 - begin));
      at_ += 2;
      begin = at_;
      continue;
    }
    bool line_end = c == '\n' || (c == '\r' && !(at_ + 1 < content_.size() && content_[at_ + 1] == '\n'));
    if (line_end) ++line_;
    ++at_;
  }
  std::string_view last = content_.substr(begin, at_ - begin);
  if (owned) owned->append(last);
  cells_.push_back(owned ? std::string_view(*owned) : last);
  ++at_;
  while (!AtLineEnd() && !AtSeparator()) {
    char c = content_[at_++];
    if (c == ' ' || c == '\t') continue;
    if (const size_t blank = BlankAt(content_, at_ - 1)) {
      at_ += blank - 1;
      continue;
    }
    const std::string doubled = "a quote inside of a cell is doubled";
    const Cure blanks = "if blanks separate the cells, write " + Offered("separator = \"blanks\"");
    const bool next = c == '"' && (content_[at_ - 2] == ' ' || content_[at_ - 2] == '\t');  // another cell in quotes
    throw DataError(DataErrorKind::MalformedData, "text follows a closing quote", {std::string(shown_as_), 0, line_},
                    separator_ == ' ' ? Cure(doubled) : next ? Either(blanks, "; ", doubled) : Either(doubled, "; ", blanks));
  }
}

bool CsvScanner::BeginsWith(char c) const {
  size_t at = row_begin_;
  while (const size_t blank = BlankAt(content_, at)) at += blank;
  return at < content_.size() && content_[at] == c;
}

void CsvScanner::SkipBlanks() {
  while (at_ < content_.size() && (content_[at_] == ' ' || content_[at_] == '\t')) ++at_;
}

void CsvScanner::ReadCell() {
  if (at_ < content_.size() && content_[at_] == '"') ReadQuotedCell();
  else ReadPlainCell();
}

void CsvScanner::ReadCells() {
  while (true) {
    size_t start = at_;
    while (start < content_.size() && content_[start] != separator_ && BlankAt(content_, start) != 0) start += BlankAt(content_, start);
    if (start < content_.size() && content_[start] == '"') at_ = start;
    ReadCell();
    if (AtLineEnd()) return;
    ++at_;  // the separator
  }
}

void CsvScanner::ReadCellsBetweenBlanks() {
  SkipBlanks();
  for (bool plain_before = false; !AtLineEnd();) {
    const bool plain = content_[at_] != '"';
    ReadCell();
    if (plain && plain_before && !notation_.units.empty()) JoinUnit();
    plain_before = plain;
    SkipBlanks();
  }
}

// A unit behind a number, or a sign as of a currency before one, is one cell with it: `937.57 keV`, `$ 5`.
void CsvScanner::JoinUnit() {
  const std::string_view before = cells_[cells_.size() - 2], last = cells_.back();
  const auto any = [&](const auto& holds) { return std::any_of(notation_.units.begin(), notation_.units.end(), holds); };
  const bool begins = any([&](const CellUnit& unit) { return before.starts_with(unit.text); }), ends = any([&](const CellUnit& unit) { return before.ends_with(unit.text); });
  const bool joined = any([&](const CellUnit& unit) {
    const bool sign = std::isalnum(static_cast<unsigned char>(unit.text.back())) == 0;  // letters before a number may be a label
    const bool behind = last == unit.text && !ends && !(sign && begins);                 // of `$ 5 $ 7` each has the one before it
    return (behind && ParseNumber(before, notation_)) || (sign && before == unit.text && ParseNumber(last, notation_));
  });
  if (!joined) return;
  const size_t size = static_cast<size_t>(last.data() + last.size() - before.data());
  cells_.pop_back();
  cells_.back() = std::string_view(before.data(), size);
}

// Whether a cell may end with the sign; `separator` 0: with any that no cell of one word has.
static bool EndsCell(char sign, char separator) {
  if (sign == separator || std::isspace(static_cast<unsigned char>(sign)) != 0) return true;
  return separator == 0 && std::isalnum(static_cast<unsigned char>(sign)) == 0 && sign != '.';
}

// Whether the first cell says that there is no value.
static bool BeginsWithMark(std::string_view line, char separator, const CsvOptions& options) {
  return options.AnyMark([&](const std::string& mark) { return !mark.empty() && line.starts_with(mark) && EndsCell(line.size() == mark.size() ? '\n' : line[mark.size()], separator); });
}

// Whether the first cell is an error of a spreadsheet, #DIV/0!, and no comment is marked by its letters.
static bool BeginsWithError(std::string_view line, char separator, const CsvOptions& options) {
  const size_t end = std::min(separator == 0 ? line.find_first_of(",;|\t") : line.find(separator), line.find_first_of("\r\n"));
  return IsErrorOfSheets(Trimmed(line.substr(0, end))) && std::none_of(options.comments.begin(), options.comments.end(), [&](const std::string& comment) { return comment.size() > 1 && line.starts_with(comment); });
}

bool IsCommentLine(std::string_view line, char separator, const CsvOptions& options) {
  if (std::none_of(options.comments.begin(), options.comments.end(), [&](const std::string& comment) { return line.starts_with(comment); })) return false;
  return !BeginsWithMark(line, separator, options) && !BeginsWithError(line, separator, options);
}

bool CsvScanner::SkipComment() {
  if (options_.comments.empty()) return false;
  size_t start = at_;
  while (const size_t blank = BlankAt(content_, start)) start += blank;
  const std::string_view line = content_.substr(start);
  if (!IsCommentLine(line, separator_, options_)) return false;
  at_ = std::min(content_.find_first_of("\r\n", start), content_.size());
  if (cells_of_events_ > 0) CountAsSkipped(content_.substr(start, at_ - start));
  SkipLineEnd();
  return true;
}

void CsvScanner::CountAsSkipped(std::string_view line) {
  const char c = line.empty() ? '#' : line[0];
  if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != separator_ && std::string_view("-+.?\"").find(c) == std::string_view::npos) return;  // no event begins so
  size_t cells = 0;
  bool number = false;
  for (size_t at = 0; at <= line.size();) {
    const size_t end = std::min(separator_ == ' ' ? line.find_first_of(" \t", at) : line.find(separator_, at), line.size());
    const std::string_view cell = Trimmed(line.substr(at, end - at));
    if (separator_ != ' ' || !cell.empty()) ++cells;
    number = number || (cell.find_first_of("0123456789") != cell.npos && (ParseNumber(cell) || ParseNumber(cell, Notation{','})));
    at = end + 1;
  }
  if (cells != cells_of_events_ || !number) return;
  if (skipped_++ == 0) line_of_first_skipped_ = line_;
}

bool CsvScanner::NextRow() {
  cells_.clear();
  unescaped_.clear();
  while (at_ < content_.size()) {
    if (SkipComment()) continue;
    row_line_ = line_;
    row_begin_ = at_;
    if (separator_ == ' ') ReadCellsBetweenBlanks();
    else ReadCells();
    bool blank = cells_.empty() || (cells_.size() == 1 && cells_[0].empty() && (at_ == 0 || content_[at_ - 1] != '"'));
    SkipLineEnd();
    if (!blank) return true;
    cells_.clear();
  }
  return false;
}

}  // namespace nnc::runtime
