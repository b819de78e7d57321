// Columns of text of a separated file, as its first rows show them.
#include "runtime/csv.h"
#include "runtime/csv_text.h"
#include "runtime/file_bytes.h"
#include "runtime/names.h"
#include "runtime/number_text.h"

#include <algorithm>

namespace nnc::runtime {

// How the cells of a column of text are distributed.
namespace {
struct LabelFigures {
  int64_t numbers = 0, texts = 0;       // cells
  int64_t labels = 0, text_labels = 0;  // distinct
  int64_t least = 0;                    // cells of the rarest
};
}  // namespace

static LabelFigures FiguresOf(const Column& column) {
  std::vector<int64_t> counts(column.dictionary.size());
  for (int32_t code : column.values<int32_t>()) ++counts[static_cast<size_t>(code)];
  LabelFigures figures;
  figures.least = column.rows;
  for (size_t code = 0; code < counts.size(); ++code) {
    const std::string_view label = column.dictionary[code];
    if (counts[code] == 0 || IsMissingText(label)) continue;
    const bool number = ParseNumber(label, column.notation).has_value() || FindForeignNumber(label, column.notation);
    (number ? figures.numbers : figures.texts) += counts[code];
    ++figures.labels;
    if (!number) ++figures.text_labels;
    figures.least = std::min(figures.least, counts[code]);
  }
  return figures;
}

// Nothing for a column of no text, or one in which numbers stand that are not all below it, unless many of its labels are text, as of tickets.
static std::optional<TextColumn> TextColumnOf(const Column& column) {
  constexpr int64_t kFewestEvents = 8, kRare = 3, kMostClasses = 100, kFewestTexts = 8;
  if (!column.is_text || column.rows == 0) return std::nullopt;
  auto is_number = [&](std::string_view cell) { return ParseNumber(cell, column.notation).has_value(); };
  const LabelFigures figures = FiguresOf(column);
  const int64_t cells = figures.numbers + figures.texts;
  const bool mixed = figures.text_labels >= kFewestTexts && 4 * figures.texts > cells;
  const bool numbers = std::any_of(column.dictionary.begin(), column.dictionary.end(), is_number);
  if (numbers && !mixed && (IsMissingText(column.Text(0)) || is_number(column.Text(0)))) return std::nullopt;
  TextColumn found{column.name, "", "", 0, std::nullopt, numbers && !mixed};
  found.mixed = mixed && numbers;
  found.many = cells >= kFewestEvents && (2 * figures.labels > cells || (figures.labels > kMostClasses && 4 * figures.labels > cells));
  found.rare = cells >= kFewestEvents && figures.least < kRare;
  for (int64_t row = 0; row < column.rows && found.row == 0; ++row) {
    if (IsMissingText(column.Text(row)) || (mixed && is_number(column.Text(row)))) continue;
    found.cell = column.Text(row);
    found.compared = Affirmed(found.cell, column.dictionary);
    found.row = row + 1;
    found.foreign = FindForeignNumber(found.cell, column.notation, column.dictionary);
  }
  return found;
}

// Of text that is decoded, edited, and blank in lines that are left out.
static std::vector<TextColumn> TextColumnsOf(std::string_view text, CsvOptions options) {
  options.encoding.clear();
  options.replacements.clear();
  options.widths.clear();
  options.skip = 0;
  options.skip_lines.clear();
  std::vector<TextColumn> texts;
  try {
    for (const Column& column : ParseCsv(text, options).columns)
      if (auto found = TextColumnOf(column)) texts.push_back(std::move(*found));
  } catch (const DataError&) {  // told where the file is read
  }
  return texts;
}

std::vector<TextColumn> ParseCsvTextColumns(std::string_view content, const CsvOptions& options) { return TextColumnsOf(CsvText(std::string(content), options, true), options); }

std::vector<TextColumn> ReadCsvTextColumns(const std::filesystem::path& path, const CsvOptions& options) {
  constexpr int64_t kSample = 1 << 16;
  std::string content = ReadFileBytes(path, kSample);
  const bool whole = static_cast<int64_t>(content.size()) < kSample;
  std::string text = CsvText(std::move(content), options, whole);
  if (!whole) text.resize(text.rfind('\n') == text.npos ? 0 : text.rfind('\n') + 1);
  return TextColumnsOf(text, options);
}

}  // namespace nnc::runtime
