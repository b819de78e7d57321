#include "compiler/driver/data_loader.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "compiler/driver/data_warnings.h"
#include "compiler/driver/label_warnings.h"
#include "compiler/driver/mark_warnings.h"
#include "compiler/driver/slice.h"
#include "compiler/passes/two_singles.h"
#include "compiler/sema/file_columns.h"
#include "runtime/csv_remarks.h"
#include "runtime/names.h"
#include "runtime/number_text.h"

namespace nnc::driver {

using runtime::DataError;
using runtime::DataErrorKind;
using runtime::ElementType;

static constexpr const char* kCompared = " compared";

std::string LabelKey(const std::string& source, const sema::RawColumn& raw) {
  return LabelKey(source, raw.Dictionary()) + (raw.kind == sema::RawColumn::Kind::Equals ? kCompared : "");
}

static runtime::Column FloatColumn(const std::string& name, int64_t rows) { return {name, ElementType::F32, {}, rows}; }

// The numbers of a column that has few of them.
static std::string NumbersHint(const runtime::Column& column) {
  constexpr size_t kMost = 8;
  std::set<double> numbers;
  for (int64_t row = 0; row < column.rows && numbers.size() <= kMost; ++row)
    if (!std::binary_search(column.unusable.begin(), column.unusable.end(), row)) numbers.insert(column.Number(row));
  if (numbers.empty() || numbers.size() > kMost) return "a number is compared without quotes";
  std::string list;
  for (double number : numbers) list += (list.empty() ? "" : ", ") + runtime::ShortNumber(number, 9);
  return "its numbers are " + list + ", which are compared without quotes: `" + runtime::InProgram(column.name) + " == " + runtime::ShortNumber(*numbers.rbegin(), 9) + "`";
}

// A label that the source's settings take for a number, as `units` do with 1m.
static std::string ComparedHint(const runtime::Column& column, const std::string& text) {
  const std::optional<double> number = runtime::ParseNumber(text, column.notation);
  if (!number) return NumbersHint(column);
  const std::string shown = runtime::ShortNumber(*number, 9);
  return "`units` and `thousands` of the source hold for all columns and make the number " + shown + " of it: `" + runtime::InProgram(column.name) + " == " + shown + "`";
}

// 1 where the cell is the text (or the number that the text spells).
static runtime::Column EqualsColumn(const runtime::Table& table, const runtime::Column& column, const sema::RawColumn& raw) {
  runtime::Column result = FloatColumn(raw.input, table.rows);
  auto values = result.values<float>();
  if (column.is_text) {
    runtime::RequireFinite(table, column);
    for (int64_t row = 0; row < table.rows; ++row) values[static_cast<size_t>(row)] = column.Text(row) == raw.text;
    return result;
  }
  std::optional<double> wanted = runtime::ParseNumber(raw.text);
  if (!wanted)
    throw DataError(DataErrorKind::MalformedData, "column `" + column.name + "` holds numbers, which are never equal to \"" + raw.text + "\"",
                    {table.parts.empty() ? "" : table.parts.front().file, 0, 0, column.name}, ComparedHint(column, raw.text));
  runtime::RequireFinite(table, column);
  const std::optional<int64_t> whole = runtime::ParseInteger(raw.text);
  if (column.type == ElementType::I64 && whole) {
    auto integers = column.values<int64_t>();
    for (size_t row = 0; row < integers.size(); ++row) values[row] = integers[row] == *whole;
    return result;
  }
  if (std::fabs(*wanted) >= 0x1p53) throw runtime::TooManyDigits(table, column, raw.text);
  for (int64_t row = 0; row < table.rows; ++row) values[static_cast<size_t>(row)] = column.Number(row) == *wanted;
  return result;
}

// Several columns of numbers as one of arrays.
static runtime::Column ArrayColumn(const runtime::Table& table, const sema::RawColumn& raw, float (*part)(double)) {
  std::map<std::string_view, const runtime::Column*> known;
  for (const runtime::Column& column : table.columns) known.emplace(column.name, &column);
  runtime::Column array(raw.input, ElementType::F32, raw.shape, table.rows);
  auto values = array.values<float>();
  const size_t width = raw.columns.size();
  for (size_t element = 0; element < width; ++element) {
    auto found = known.find(raw.columns[element]);
    const runtime::Column& column = found == known.end() ? table.At(raw.columns[element]) : *found->second;
    runtime::RequireNumber(table, column);
    runtime::RequireFinite(table, column);
    for (int64_t row = 0; row < table.rows; ++row) values[static_cast<size_t>(row) * width + element] = part(column.Number(row));
  }
  return array;
}

runtime::Column EncodeColumn(const runtime::Table& table, const sema::RawColumn& raw, const runtime::LabelDictionary* labels) {
  if (!raw.columns.empty()) return ArrayColumn(table, raw, [](double number) { return static_cast<float>(number); });
  const runtime::Column& column = table.At(raw.column);
  switch (raw.kind) {
    case sema::RawColumn::Kind::Number: {
      runtime::RequireNumber(table, column);
      runtime::RequireFinite(table, column);
      runtime::Column result = runtime::Converted(column, column.type == ElementType::U8 ? ElementType::U8 : ElementType::F32);
      result.name = raw.input;
      return result;
    }
    case sema::RawColumn::Kind::Equals: return EqualsColumn(table, column, raw);
    case sema::RawColumn::Kind::Encode: {
      assert(labels != nullptr);
      std::vector<int64_t> classes = labels->Encode(table, column);
      runtime::Column result = FloatColumn(raw.input, table.rows);
      std::copy(classes.begin(), classes.end(), result.values<float>().begin());
      return result;
    }
  }
  return {};
}

runtime::Column EncodeRests(const runtime::Table& table, const sema::RawColumn& raw) {
  runtime::Column rests = raw.columns.empty() ? runtime::Rests(table.At(raw.column)) : ArrayColumn(table, raw, runtime::RestOfSingle);
  rests.name = passes::RestOf(raw.input);
  return rests;
}

bool ReadsRests(const ir::Graph& graph, const sema::RawColumn& raw) {
  const std::string rest = passes::RestOf(raw.input);
  return std::any_of(graph.inputs.begin(), graph.inputs.end(), [&](ir::NodeId id) { return graph[id].input().name == rest; });
}

LoadedSource::LoadedSource(Session& session, DataFiles& files, const sema::DataSource& data, const Fits* fits)
    : session_(session), files_(files), data_(data), given_(fits), header_(files.Resolve(data.header)) {
  if (fits != nullptr) labels_ = fits->labels;
}

bool LoadedSource::Open() {
  if (!header_.sample) return OpenFiles();
  try {
    rows_ = header_.count;
    parts_ = SplitEvents(header_, rows_);
    return true;
  } catch (const DataError& error) {
    session_.Report(error, header_.span);
    return false;
  }
}

void LoadedSource::FitLabels(size_t number, const EventTable& events, CellMistakes& mistakes) {
  const runtime::Table& table = events.table;
  for (const sema::RawColumn& raw : ColumnsOf(number, data_.raw)) {
    if (raw.kind == sema::RawColumn::Kind::Number || labels_.count(LabelKey(header_.name, raw)) != 0) continue;
    const runtime::Column& column = table.At(raw.column);
    if (raw.kind == sema::RawColumn::Kind::Equals && (!column.is_text || TrainRows().empty())) continue;
    const std::vector<int64_t> rows = RowsThatCount(header_.Table(number), events.grouping, raw.column, TrainOf(events.parts));
    mistakes.Try(raw.span, [&] { labels_.emplace(LabelKey(header_.name, raw), runtime::LabelDictionary::Fit(table, column, rows, UnseenOf(raw))); });
  }
}

// `fill = ...` without a name replaces missing numbers that models take as input: a label or weight that is missing stays a mistake.
void LoadedSource::FillInputs(size_t number, EventTable& events) {
  if (!header_.fill) return;
  runtime::Table& table = events.table;
  for (const sema::RawColumn& raw : ColumnsOf(number, data_.raw)) {
    bool input = raw.kind == sema::RawColumn::Kind::Number && !raw.counts && (!data_.inputs || data_.inputs->count(raw.input) != 0);
    if (!input || header_.FillOf(raw.column) != nullptr) continue;
    runtime::RequireNumber(table, table.At(raw.column));
    auto column = std::find_if(table.columns.begin(), table.columns.end(), [&](const auto& c) { return c.name == raw.column; });
    std::string key = LabelKey(header_.name, raw.column);
    auto stored = given_ == nullptr ? Fills::const_iterator() : given_->fills.find(key);
    bool known = given_ != nullptr && stored != given_->fills.end();
    runtime::FillValue value = known ? stored->second : FillFor(*header_.fill, table, *column, RowsThatCount(header_.Table(number), events.grouping, raw.column, TrainOf(events.parts)));
    runtime::FillUnusable(table, *column, value);
    fills_.emplace(std::move(key), std::move(value));
  }
}

bool LoadedSource::OpenFiles() {
  std::optional<SourceEvents> events = files_.Read(data_.header, data_.raw, given_ == nullptr ? nullptr : &given_->fills);
  if (!events) {
    sema::TellOfParts(session_.diagnostics, header_);
    return false;
  }
  rows_ = events->Count();
  dropped_ = events->dropped;
  lost_ = events->lost;
  parts_ = std::move(events->parts);
  fills_ = std::move(events->fills);
  for (size_t number = 0; number < events->tables.size(); ++number)
    if (!EncodeTable(number, events->tables)) return false;
  places_ = std::move(events->tables.front());
  places_->table.columns.clear();
  if (places_->grouping) places_->grouping->event_of.clear();
  return true;
}

void LoadedSource::WarnOfFigures(size_t number, const runtime::Table& table, const std::vector<sema::RawColumn>& raws) {
  WarnOfMarks(session_, table, data_, raws);
  WarnOfTotals(session_, table, raws);
  for (const sema::RawColumn& raw : raws) WarnOfThousands(session_, table, raw);
  if (given_ == nullptr) WarnOfReplacements(session_, table, header_.Table(number));
  if (given_ == nullptr) WarnOfTakenNumbers(session_, table, header_.Table(number), raws);
  if (given_ == nullptr) WarnOfMissingLabels(session_, table, raws, header_);
  if (given_ == nullptr) WarnOfCounting(session_, table, raws, dropped_);
}

// The table's columns as the graph reads them, by events.
bool LoadedSource::EncodeTable(size_t number, std::vector<EventTable>& tables) {
  EventTable& events = tables[number];
  for (const runtime::TablePart& part : events.table.parts) WarnOfSkippedLines(session_, part, header_.Table(number).span);
  const std::vector<sema::RawColumn> raws = ColumnsOf(number, data_.raw);
  CellMistakes mistakes;
  FitLabels(number, events, mistakes);
  mistakes.Try(header_.Table(number).span, [&] { WarnOfFigures(number, events.table, raws); });
  EncodeColumns(number, events, raws, mistakes);
  if (ReportCells(mistakes, number, events)) return false;
  if (given_ == nullptr) {
    const size_t before = session_.diagnostics.ErrorCount();
    CheckNumberComparisons(events);
    if (session_.diagnostics.ErrorCount() > before) return false;
  }
  for (const sema::RawColumn& raw : raws)
    for (const std::string& input : {raw.input, passes::RestOf(raw.input)})
      if (auto column = raw_.find(input); column != raw_.end() && events.grouping) column->second = std::make_shared<runtime::Column>(ByEvent(header_, tables, raw, std::move(*column->second)));
  return true;
}

// By rows, as they stand in the file. Labels first: what is filled below is filled as a number, not as a label.
void LoadedSource::EncodeColumns(size_t number, EventTable& events, const std::vector<sema::RawColumn>& raws, CellMistakes& mistakes) {
  runtime::Table& table = events.table;
  const ir::Graph needed = Slice(data_.columns.graph, OutputNames(data_.columns.graph));
  std::set<std::string> compared, similar;
  std::map<std::string_view, const runtime::Column*> known;  // of very many columns each is looked for
  for (const runtime::Column& column : table.columns) known.emplace(column.name, &column);
  const auto is_number = [](const sema::RawColumn& raw) { return raw.kind == sema::RawColumn::Kind::Number; };
  const auto for_numbers = [&](void (*require)(const runtime::Table&, const runtime::Column&)) {
    bool hold = true;
    for (const sema::RawColumn& raw : raws)
      for (const std::string& name : is_number(raw) ? raw.FileColumns() : std::vector<std::string>()) hold = mistakes.Try(raw.span, [&] { require(table, known.count(name) != 0 ? *known.at(name) : table.At(name)); }) && hold;
    return hold;
  };
  const bool numbers = for_numbers(runtime::RequireNumber);
  for (const sema::RawColumn& raw : raws)
    if (!is_number(raw)) mistakes.Try(raw.span, [&] { EncodeLabels(number, events, raw, compared, similar); });
  if (!numbers || !mistakes.Try(header_.fill ? header_.fill->span : header_.Table(number).span, [&] { FillInputs(number, events); }) || !for_numbers(runtime::RequireFinite)) return;
  for (const sema::RawColumn& raw : raws)
    if (is_number(raw)) mistakes.Try(raw.span, [&] { EncodeNumbers(number, events, raw, needed, similar); });
}

void LoadedSource::EncodeNumbers(size_t number, const EventTable& events, const sema::RawColumn& raw, const ir::Graph& needed, std::set<std::string>& similar) {
  raw_[raw.input] = std::make_shared<runtime::Column>(EncodeColumn(events.table, raw, nullptr));
  WarnOfRoundedIntegers(session_, events.table, raw, needed);
  WarnOfVanishing(session_, events.table, raw);
  WarnOfWriting(number, events.table, raw, similar);
  if (ReadsRests(needed, raw)) raw_[passes::RestOf(raw.input)] = std::make_shared<runtime::Column>(EncodeRests(events.table, raw));
}

void LoadedSource::EncodeLabels(size_t number, const EventTable& events, const sema::RawColumn& raw, std::set<std::string>& compared, std::set<std::string>& similar) {
  const auto labels = labels_.find(LabelKey(header_.name, raw));
  if (raw.kind == sema::RawColumn::Kind::Encode && labels == labels_.end()) return;  // they could not be learnt, which is told
  raw_[raw.input] = std::make_shared<runtime::Column>(EncodeColumn(events.table, raw, labels == labels_.end() ? nullptr : &labels->second));
  if (raw.kind == sema::RawColumn::Kind::Encode) WarnOfUnlearntLabels(session_, events.table, raw, labels->second, AllOf(events.parts), raw.span);
  WarnOfWriting(number, events.table, raw, similar);
  if (raw.kind != sema::RawColumn::Kind::Equals) return;
  CheckComparison(events, raw, *raw_[raw.input]);
  if ((given_ != nullptr || raw.spellings) && labels != labels_.end() && compared.insert(raw.column).second)
    WarnOfUnknownLabels(session_, events.table, raw, labels->second, AllOf(events.parts), raw.span);
}

// What may be one label and is written as two; once for each column.
void LoadedSource::WarnOfWriting(size_t number, const runtime::Table& table, const sema::RawColumn& raw, std::set<std::string>& similar) {
  if (given_ != nullptr || !similar.insert(raw.column).second) return;
  WarnOfSimilarLabels(session_, table, raw, header_.Table(number).cells.comments);
  WarnOfLabelOnce(session_, table, raw);
}

std::vector<int64_t> LoadedSource::AllRows() const { return AllOf(parts_); }

const std::vector<int64_t>& LoadedSource::TrainRows() const { return TrainOf(parts_); }

const sema::RawColumn* LoadedSource::PlainCopy(const std::string& field) const {
  const ir::Output* output = FindOutput(data_.columns.graph, field);
  if (output == nullptr) return nullptr;
  const ir::Node& node = data_.columns.graph[output->node];
  if (node.op() != ir::Node::Op::Input) return nullptr;
  for (const sema::RawColumn& raw : data_.raw)
    if (raw.input == node.input().name) return &raw;
  return nullptr;
}

std::optional<ir::DType> LoadedSource::StorageOf(const std::string& field) const {
  const runtime::Column* column = nullptr;
  auto made = fields_.find(field);
  if (made != fields_.end()) column = made->second.get();
  else if (const sema::RawColumn* raw = PlainCopy(field)) column = raw_.at(raw->input).get();
  if (column == nullptr || column->type != ElementType::U8) return std::nullopt;
  return ir::DType::U8;
}

Storage LoadedSource::RawStorage() const {
  Storage storage;
  for (const auto& [name, column] : raw_)
    if (column->type == ElementType::U8) storage[name] = ir::DType::U8;
  return storage;
}

bool LoadedSource::TakeFits(const std::set<std::string>& names) {
  for (const std::string& name : names) {
    auto value = given_->values.find(name);
    if (value == given_->values.end()) {
      session_.Report(DiagnosticKind::WeightsMismatch, header_.span, "the stored weights lack the fitted value `" + name + "`");
      return false;
    }
    fitted_.insert(*value);
  }
  return true;
}

static const char* const kNotFinite = "the event's own numbers are finite, what the block makes of them is not, as a logarithm, a root or a quotient outside its domain: guard "
                                      "it, as `if v > 0 then log(v) else 0` does";

void LoadedSource::ReportNotFinite(const FieldRounds::NoFigure& none) {
  auto prepared = [&](const sema::DataSource::Field& field) { return InputsBehind(data_.columns.graph, {field.name}, ir::Role::Fitted).count(none.reduction->input) != 0; };
  const auto field = std::find_if(data_.fields.begin(), data_.fields.end(), prepared);
  const bool known = field != data_.fields.end();
  const std::string where = known ? " in `" + field->name + "`" : "";
  const std::string text = "what a preparation" + where + " takes the `" + none.reduction->function + "` of is not finite in event " + std::to_string(none.row + 1) + (known && !field->shape.empty() ? ", element " + std::to_string(none.element) : "");
  session_.Report(DataError(DataErrorKind::NonFiniteData, text, PlaceOf(none.row), kNotFinite), known ? field->span : header_.span);
}

bool LoadedSource::ComputeFields(const std::set<std::string>& fields) {
  FieldRounds rounds(data_, fields, given_ == nullptr, RawStorage());
  if (given_ != nullptr && !TakeFits(rounds.FittedNames())) return false;
  try {
    for (auto& [name, column] : rounds.Run(raw_, rows_, TrainRows(), header_.split_seed, fitted_)) fields_[name] = column;
  } catch (const FieldRounds::NoFigure& none) {
    ReportNotFinite(none);
    return false;
  } catch (const DataError& error) {
    session_.Report(error, header_.span);
    return false;
  }
  return true;
}

runtime::DataPlace LoadedSource::PlaceOf(int64_t row) const {
  return places_ && !places_->table.parts.empty() ? places_->PlaceOf(row) : runtime::DataPlace{};
}

bool LoadedSource::CheckFinite(const std::set<std::string>& fields) {
  for (const std::string& field : fields) {
    const runtime::Column& column = *fields_.at(field);
    if (column.type != ElementType::F32) continue;
    auto values = column.values<float>();
    auto bad = std::find_if(values.begin(), values.end(), [](float value) { return !std::isfinite(value); });
    if (bad == values.end()) continue;
    int64_t row = (bad - values.begin()) / column.width();
    runtime::DataPlace place = PlaceOf(row);
    place.column = field;
    const std::string what = (column.width() == 1 ? "" : "element " + std::to_string((bad - values.begin()) % column.width()) + " of ") + "field `" + field + "`";
    const auto defined = std::find_if(data_.fields.begin(), data_.fields.end(), [&](const auto& each) { return each.name == field; });
    session_.Report(DataError(DataErrorKind::NonFiniteData, what + " is " + (std::isnan(*bad) ? "not a number" : "infinite") + " in event " + std::to_string(row + 1), place, kNotFinite),
                    defined == data_.fields.end() ? header_.span : defined->span);
    return false;
  }
  return true;
}

bool LoadedSource::Materialise(const std::set<std::string>& fields) {
  std::set<std::string> computed = fields;
  if (data_.has_weight) computed.insert("weight");
  std::set<std::string> all = computed;
  for (const std::string& field : all) {
    const sema::RawColumn* raw = PlainCopy(field);
    if (raw == nullptr) continue;
    fields_[field] = raw_.at(raw->input);
    computed.erase(field);
  }
  if (!computed.empty() && !ComputeFields(computed)) return false;
  raw_.clear();
  if (!CheckFinite(all)) return false;
  for (const auto& [name, column] : fields_) bound_[name] = std::make_unique<runtime::BoundColumn>(column->data.data());
  return true;
}

const nnc_column* LoadedSource::Bound(const std::string& field) const { return bound_.at(field)->abi(); }

double LoadedSource::MeanWeight() const {
  auto weights = fields_.find("weight");
  if (weights == fields_.end()) return 1;
  const std::vector<int64_t>& rows = TrainRows();
  double sum = 0;
  for (int64_t row : rows) sum += weights->second->Number(row);
  return rows.empty() ? 1 : sum / static_cast<double>(rows.size());
}

}  // namespace nnc::driver
