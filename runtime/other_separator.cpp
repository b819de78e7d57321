#include "runtime/other_separator.h"

#include "runtime/csv_remarks.h"
#include "runtime/number_text.h"

#include <algorithm>
#include <string>
#include <vector>

namespace nnc::runtime {

// The cells of a line, also empty ones; of blanks any number separates two.
static std::vector<std::string> CellsOf(std::string_view line, char separator) {
  if (separator == ' ') return WordsOf(line);
  std::vector<std::string> cells;
  for (size_t at = 0; at <= line.size();) {
    const size_t end = std::min(line.find(separator, at), line.size());
    cells.emplace_back(Trimmed(line.substr(at, end - at)));
    at = end + 1;
  }
  return cells;
}

// Whether the sign divides all rows into as many cells, numbers each, or where names are listed one for each name, and numbers some.
static bool Divides(std::string_view content, const Sample& sample, char separator, const CsvOptions& options) {
  size_t count = options.names.size();
  for (int64_t number : sample.lines) {
    const std::vector<std::string> cells = CellsOf(LineAt(content, number), separator);
    if (count == 0) count = cells.size();
    const auto is_number = [&](const std::string& cell) { return IsNumber(cell, options) || IsMissingText(cell); };
    if (count < 2 || cells.size() != count || !AnyNumber(cells, options) || (options.names.empty() && !std::all_of(cells.begin(), cells.end(), is_number))) return false;
  }
  return !sample.lines.empty();
}

std::string OtherSeparator(std::string_view content, const Sample& sample, const CsvOptions& options) {
  if (sample.first.size() != 1 || sample.failed) return "";
  for (char separator : {'|', ';', '\t', ',', ':', '^', '~', '!', '&', '/', ' '}) {
    if (separator == options.separator || separator == options.notation.decimal || separator == options.notation.thousands) continue;
    if (!Divides(content, sample, separator, options)) continue;
    return separator == '\t' ? "separator = \"tab\"" : separator == ' ' ? "separator = \"blanks\"" : std::string("separator = \"") + separator + "\"";
  }
  return "";
}

Cure TabsInARow() { return "where tabs stand in a row, " + Offered("separator = \"blanks\"") + " takes any number of them for one"; }

// Whether the commas of a line stand in numbers that blanks separate, and some cell between them holds a blank, then.
static bool MayBeDecimalCommas(std::string_view line) {
  const std::vector<std::string> words = WordsOf(line), cells = CellsOf(line, ',');
  return std::none_of(words.begin(), words.end(), [](const std::string& word) { return word.starts_with(',') || word.ends_with(','); }) &&
         std::any_of(cells.begin(), cells.end(), [](const std::string& cell) { return cell.find_first_of(" \t") != cell.npos; });
}

void RequireNoDecimalCommas(std::string_view content, const Sample& sample, const CsvOptions& options) {
  constexpr size_t kFewest = 3;  // rows
  if (options.separator != 0 || options.notation.decimal != '.' || options.notation.thousands != 0 || sample.failed || sample.lines.size() < kFewest) return;
  CsvOptions commas = options;
  commas.notation.decimal = ',';
  if (!Divides(content, sample, ' ', commas) || !std::all_of(sample.lines.begin(), sample.lines.end(), [&](int64_t line) { return MayBeDecimalCommas(LineAt(content, line)); })) return;
  const size_t numbers = WordsOf(LineAt(content, sample.first_line)).size();
  throw Malformed(options, "commas divide the first line into " + std::to_string(sample.first.size()) + " cells, and blanks into " + std::to_string(numbers) + " with a comma in their numbers", sample.first_line,
                  Offered("decimal = \",\"") + " reads the numbers, which blanks separate; `separator = \",\"` says that the commas separate cells");
}

static bool IsOfDigits(std::string_view cell) { return !cell.empty() && cell.find_first_not_of("0123456789") == cell.npos; }

// The commas, counted from 1, that stand between digits in all rows behind the first.
static std::vector<size_t> CommasInNumbers(std::string_view content, const Sample& sample) {
  std::vector<size_t> commas;
  for (size_t comma = 1; comma < sample.counts[1]; ++comma)
    if (std::all_of(sample.lines.begin() + 1, sample.lines.end(), [&](int64_t line) {
          const std::vector<std::string> cells = CellsOf(LineAt(content, line), ',');
          const std::string_view before = comma < cells.size() ? std::string_view(cells[comma - 1]) : "";
          return IsOfDigits(before.starts_with('-') ? before.substr(1) : before) && IsOfDigits(cells[comma]);
        }))
      commas.push_back(comma);
  return commas;
}

Cure FractionHint(std::string_view content, const Sample& sample, char separator, const CsvOptions& options) {
  constexpr size_t kMostCells = 6;
  if (separator != ',' || options.notation.decimal != '.' || AnyNumber(sample.first, options)) return "";
  Cure cure;
  int several = 0;
  for (size_t comma : CommasInNumbers(content, sample)) {
    std::string row;
    for (size_t name = 0, cell = 0; name < sample.first.size(); ++name, ++cell) {
      const bool whole = cell + 1 == comma;
      if (name < kMostCells) row += (name == 0 ? "" : ", ") + sample.first[name] + " = " + sample.second[cell] + (whole ? "." + sample.second[cell + 1] : "");
      cell += whole ? 1 : 0;
    }
    row += sample.first.size() > kMostCells ? ", ..." : "";
    const std::string before = cure.hint.empty() ? "if a comma begins a fraction, " : cure.hint + "; ";
    if (sample.first.size() == 1) cure = before + Offered("separator = \";\", decimal = \",\"") + (" reads the row below as " + row);
    else cure = before + ReplacedInLines({"^(" + (comma == 1 ? "" : "([^,]*,){" + std::to_string(comma - 1) + "}") + "[^,]*[0-9]),([0-9])", comma == 1 ? "$1.$2" : "$1.$3"}) + (" makes of the row below " + row);
    if (several++ > 0) cure.setting.clear();
  }
  return cure;
}

}  // namespace nnc::runtime
