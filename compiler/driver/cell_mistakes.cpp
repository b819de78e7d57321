// What is wrong with the cells of a source's files, and with what the program compares them with.
#include "compiler/driver/data_loader.h"

#include <algorithm>
#include <span>

#include "compiler/driver/label_warnings.h"
#include "runtime/names.h"
#include "runtime/number_forms.h"
#include "runtime/number_text.h"

namespace nnc::driver {

using runtime::DataError;
using runtime::DataErrorKind;

static std::string Quoted(const std::vector<std::string>& labels) {
  constexpr size_t kMost = 8;
  std::string list;
  for (size_t i = 0; i < labels.size() && i < kMost; ++i) list += (i == 0 ? "\"" : ", \"") + labels[i] + "\"";
  return labels.size() > kMost ? list + ", ..." : list;
}

// Why a part has none of a label that the program compares with, where a mistake is likely; nothing where it is not.
static std::optional<DataError> LabelMissingIn(const runtime::RowSet& part, const runtime::Table& table, const sema::RawColumn& raw, const runtime::LabelDictionary& known) {
  const runtime::Column& column = table.At(raw.column);
  const std::string& name = raw.column;
  std::optional<DataError> missing;
  bool like = false;
  for (int64_t row : part.rows) {
    const std::string label(column.Text(row));
    if (known.ClassOf(label) >= 0) continue;
    if (raw.AsksFor(label)) return std::nullopt;
    if (like || (missing && !runtime::IsWrittenLike(label, raw.text))) continue;
    like = runtime::IsWrittenLike(label, raw.text);
    runtime::DataPlace place = runtime::PlaceOfRow(table, row);
    place.column = name;
    missing.emplace(DataErrorKind::UnknownLabel, "part `" + part.name + "` has no \"" + raw.text + "\" in column `" + name + "`, but \"" + label + "\", which the training part does not have",
                    place, like ? "where both mean the same, `" + runtime::InProgram(name) + " == " + runtime::Literal(raw.text) + " or " + runtime::InProgram(name) + " == " + runtime::Literal(label) + "` takes both"
                                : "the training part has " + Quoted(known.labels()));
  }
  return missing;
}

// The label that a program compares with occurs in the training part; and where another part lacks it, that part has no labels that
// training does not know: one of those is likely the same label, written otherwise, unless an `or` beside the comparison names it.
void LoadedSource::CheckComparison(const EventTable& events, const sema::RawColumn& raw, const runtime::Column& equal) const {
  const runtime::Table& table = events.table;
  auto values = equal.values<float>();
  const runtime::Column& column = table.At(raw.column);
  auto known = labels_.find(LabelKey(header_.name, raw));
  const auto is_equal = [&](int64_t row) { return values[static_cast<size_t>(row)] != 0; };
  const bool anywhere = std::any_of(events.parts.parts.begin(), events.parts.parts.end(), [&](const runtime::RowSet& part) { return std::any_of(part.rows.begin(), part.rows.end(), is_equal); });
  for (const runtime::RowSet& part : events.parts.parts) {
    if (std::any_of(part.rows.begin(), part.rows.end(), is_equal)) continue;
    const auto is_known = [&](const std::string& label) { return known != labels_.end() && known->second.ClassOf(label) >= 0; };
    if (part.name == "train" && given_ == nullptr && !(anywhere && raw.spellings && std::any_of(raw.spellings->begin(), raw.spellings->end(), is_known))) {
      std::vector<std::string> labels = known == labels_.end() ? std::vector<std::string>() : known->second.labels();
      DataError error(DataErrorKind::UnknownLabel,
                      "no event of the training part has \"" + raw.text + "\" in column `" + raw.column + "`" + runtime::Suggestion(raw.text, labels));
      if (!labels.empty()) error.hint = "its labels are " + Quoted(labels);
      if (const auto numbered = runtime::FindNumbersBehind(labels)) error.hint = numbered->hint, error.setting = numbered->setting;
      throw error;
    }
    if (known == labels_.end() || !column.is_text) continue;
    if (const auto missing = LabelMissingIn(part, table, raw, known->second)) throw *missing;
  }
}

// The same of numbers: a column that never is the number makes a label of one class.
void LoadedSource::CheckNumberComparisons(const EventTable& events) const {
  const runtime::Table& table = events.table;
  const std::vector<int64_t>& rows = TrainOf(events.parts);
  for (const sema::DataSource::NumberComparison& compared : data_.compared) {
    auto column = std::find_if(table.columns.begin(), table.columns.end(), [&](const auto& each) { return each.name == compared.column; });
    if (column == table.columns.end() || column->is_text || !column->shape.empty() || rows.empty()) continue;
    constexpr size_t kMost = 9;
    std::set<double> numbers;
    auto found = [&](int64_t row) {
      if (numbers.size() < kMost) numbers.insert(column->Number(row));
      return column->Number(row) == compared.number;
    };
    if (std::any_of(rows.begin(), rows.end(), found)) continue;
    std::string text = runtime::ShortNumber(compared.number, 9), list;
    for (double number : numbers) list += (list.empty() ? "" : ", ") + runtime::ShortNumber(number, 9);
    DataError error(DataErrorKind::UnknownLabel, "no event of the training part has " + text + " in column `" + compared.column + "`");
    error.hint = numbers.size() < kMost ? "its numbers are " + list : "as in " + list;
    session_.Report(error, compared.span);
  }
}

// Whether some model takes the column of the file as input. All that are read, where no training says.
bool LoadedSource::IsInput(const std::string& column) const {
  return !data_.inputs || std::any_of(data_.raw.begin(), data_.raw.end(), [&](const sema::RawColumn& raw) {
    const std::vector<std::string> columns = raw.FileColumns();
    return std::find(columns.begin(), columns.end(), column) != columns.end() && data_.inputs->count(raw.input) != 0;
  });
}

// What a program says of values that these columns lack, where it does not say it.
std::string LoadedSource::WhatBecomesOf(const std::vector<std::string>& columns) const {
  if (header_.drop || header_.fill) return "";
  std::string filled;
  size_t inputs = 0;
  for (const std::string& column : columns)
    if (IsInput(column) && header_.FillOf(column) == nullptr) filled += (inputs++ == 0 ? "" : ", ") + runtime::InProgram(column);
  if (inputs == 0) return header_.FillOf(columns.front()) != nullptr ? "" : "; `drop = true` beside it leaves such events out";
  return "; `fill[" + filled + "] = median` in the block replaces what is missing, and `drop = true` in the braces leaves such events out of the training";
}

// The files of all parts as those of one: `csv{["a.csv", "b.csv"], ...}`.
static std::string AllFiles(const std::vector<sema::SourceHeader::FilePart>& files) {
  std::string list;
  for (const auto& part : files)
    for (const std::string& label : part.labels) list += (list.empty() ? "" : ", ") + runtime::Literal(label);
  return "`csv{[" + list + "], ...}`";
}

// Whether `split` deals the events of the file out.
static bool IsDivided(const sema::SourceHeader& source, const std::string& file) {
  return !source.split.empty() && std::any_of(source.files.begin(), source.files.end(), [&](const auto& part) {
    return (part.part.empty() || part.part == "train") && std::find(part.paths.begin(), part.paths.end(), file) != part.paths.end();
  });
}

// Ten, or as many as two labels have in these rows.
static int64_t RareAmong(const runtime::Column& column, const std::vector<int64_t>& rows) {
  std::map<double, int64_t> counts;
  for (int64_t row : rows) ++counts[column.Number(row)];
  std::vector<int64_t> most;
  for (const auto& [label, count] : counts) most.push_back(count);
  std::sort(most.rbegin(), most.rend());
  return most.size() < 2 ? kRare : std::clamp<int64_t>(most[1], 2, kRare);
}

// What becomes of a label that is learnt and that the training part does not have.
std::string LoadedSource::UnlearntLabelHint(const DataError& error, size_t number, const EventTable& events, Span span) const {
  const std::string& column = error.where.column;
  if (!IsDivided(header_.Table(number), error.where.file))
    return "training has no such event to learn from: these are left out of the file, or all events are divided anew, " + AllFiles(header_.Table(number).files) + " with `split train 0.8, test 0.2 seed 1` in the block, and the model answers for the further classes, too";
  return "`split` deals out by chance, and left no such event for the training: `" + WithRare(session_.sources.Text(span), column, RareAmong(events.table.At(column), TrainOf(events.parts))) + "` makes one class of the labels that are rare in the training part; or leave these events out of the file, or take another `seed`";
}

// A cell that cannot be read as what the column at `span` needs, with its cure, which is that of the columns that are `alike`. Where a setting of the
// source cures it, that is the place.
DataError LoadedSource::ToldOfCell(const DataError& error, const std::vector<std::string>& alike, size_t number, const EventTable& events, Span& span) const {
  const runtime::Table& table = events.table;
  const std::string others = alike.size() < 2 ? "" : ", and so in " + runtime::Listed(std::span(alike).subspan(1));
  DataError told(error.kind, error.message + others, error.where, error.hint);
  told.in_file = error.in_file;
  told.of_input = error.of_input;
  told.setting = error.setting;
  const std::vector<sema::SourceHeader::FilePart>& files = header_.Table(number).files;
  const std::string& column = error.where.column;
  if (error.in_file) {
    // It says all.
  } else if (error.kind == DataErrorKind::NonFiniteData && !IsInput(column)) {
    // What a model is compared with is not made up.
    const std::string beside = header_.fill ? "; `fill` then names what it fills, as in `fill[energy, time] = ...`" : "";
    told.hint = "no model takes `" + column + "` as input: `drop = true` leaves out the events that lack it" + beside;
  } else if (error.kind == DataErrorKind::NonFiniteData && header_.fill) {
    told.hint = "`fill = ...` is for what models take as input; other columns are named: `fill[" + runtime::InProgram(column) + "] = ...`";
  }
  if (error.kind == DataErrorKind::NonFiniteData && IsInput(column) && !header_.fill && !error.in_file) {
    std::vector<std::string> inputs;
    for (const sema::RawColumn& raw : data_.raw)
      for (const std::string& name : raw.FileColumns())
        if (IsInput(name) && std::find(inputs.begin(), inputs.end(), name) == inputs.end()) inputs.push_back(name);
    if (const FillSettings fills = FillsFor(inputs, table, "\"none\""); fills.columns > 1)
      told.hint = fills.text + " replace what the " + std::to_string(fills.columns) + " columns lack that models take as input and that are not complete, `drop = true` leaves out the events that lack any of it";
  }
  const runtime::Column* missing = error.kind == DataErrorKind::NonFiniteData && !error.in_file ? table.Find(column) : nullptr;
  if (missing != nullptr && IsInput(column) && HasNoValue(*missing)) told.hint = LeftOutHint(ColumnsOf(number, data_.raw), table, session_.sources);
  const bool learnt = !IsInput(column) || (!data_.inputs && IsDivided(header_.Table(number), error.where.file));  // or it may be
  if (!told.of_input.empty() && learnt) told.of_input = UnlearntLabelHint(error, number, events, span);
  if (!error.setting.empty() && !files.empty()) {
    if (error.setting.starts_with("missing")) told.hint += WhatBecomesOf(alike);
    span = files.front().span;
    for (const auto& part : files)
      if (std::find(part.paths.begin(), part.paths.end(), error.where.file) != part.paths.end()) span = part.span;
  }
  return told;
}

bool LoadedSource::ReportCells(const CellMistakes& mistakes, size_t number, const EventTable& events) {
  constexpr size_t kMost = 6;
  std::map<std::string, std::vector<std::string>> alike;  // columns, by the setting that cures them
  for (const auto& [error, place] : mistakes.all())
    if (auto& columns = alike[error.setting]; std::find(columns.begin(), columns.end(), error.where.column) == columns.end()) columns.push_back(error.where.column);
  std::set<std::string> cures;
  size_t told = 0;
  for (const auto& [error, place] : mistakes.all()) {
    if (!error.setting.empty() && alike.at(error.setting).front() != error.where.column) continue;  // told with the first
    Span span = place;
    const DataError cell = ToldOfCell(error, error.setting.empty() ? std::vector<std::string>{error.where.column} : alike.at(error.setting), number, events, span);
    if (error.kind == DataErrorKind::NonFiniteData && !cures.insert(cell.hint).second) continue;  // one that names all columns which lack a value
    if (++told > kMost) break;
    session_.Report(cell, span);
  }
  return !mistakes.all().empty();
}

}  // namespace nnc::driver
