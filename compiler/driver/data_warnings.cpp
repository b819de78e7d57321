#include "compiler/driver/data_warnings.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <limits>

#include "compiler/driver/slice.h"
#include "compiler/ir/walk.h"
#include "compiler/passes/two_singles.h"
#include "runtime/csv_column.h"
#include "runtime/csv_remarks.h"
#include "runtime/file_bytes.h"
#include "runtime/names.h"
#include "runtime/number_text.h"
#include "runtime/row_places.h"
#include "runtime/totals.h"

namespace nnc::driver {

// By two numbers of single precision, which are made of a double.
static bool IsHeld(int64_t number) {
  if (std::fabs(static_cast<long double>(number) - static_cast<double>(number)) > 0) return false;
  const float whole = static_cast<float>(number);
  const long double left = static_cast<long double>(number) - static_cast<long double>(whole);  // exact: of 64 bits
  return static_cast<long double>(static_cast<float>(left)) == left;
}

// The numbers that the graph compares the input with, where it does nothing else with it.
static std::optional<std::set<double>> OnlyCompared(const ir::Graph& graph, const std::string& input) {
  std::set<double> numbers;
  const auto is_input = [&](ir::NodeId id) { return graph[id].op() == ir::Node::Op::Input && passes::WholeOf(graph[id].input().name) == input; };
  if (std::any_of(graph.outputs.begin(), graph.outputs.end(), [&](const ir::Output& output) { return is_input(output.node); })) return std::nullopt;
  for (const ir::Node& node : graph.nodes) {
    const std::vector<ir::NodeId> operands = ir::Operands(node);
    const auto read = std::find_if(operands.begin(), operands.end(), is_input);
    if (read == operands.end()) continue;
    const ir::Comp* comp = node.if_comp();
    if (comp == nullptr || comp->accesses.size() != 1 || comp->body.size() != 3) return std::nullopt;
    const ir::Scalar& last = comp->body.back();
    const auto literal = std::find_if(comp->body.begin(), comp->body.end(), [](const ir::Scalar& step) { return step.kind == ir::Scalar::Kind::Literal; });
    if (last.kind != ir::Scalar::Kind::Call || (last.fn != ir::ScalarFn::Eq && last.fn != ir::ScalarFn::Ne) || literal == comp->body.end()) return std::nullopt;
    if (graph[*read].input().name == input) numbers.insert(literal->literal);
  }
  if (numbers.empty()) return std::nullopt;
  return numbers;
}

void WarnOfRoundedIntegers(Session& session, const runtime::Table& table, const sema::RawColumn& raw, const ir::Graph& graph) {
  if (raw.kind != sema::RawColumn::Kind::Number) return;
  const std::optional<std::set<double>> compared = OnlyCompared(graph, raw.input);
  const auto is_rounded = [&](int64_t number) { return !IsHeld(number) && (!compared || compared->count(static_cast<double>(static_cast<float>(number))) != 0); };
  for (const std::string& name : raw.FileColumns()) {
    const runtime::Column& column = table.At(name);
    if (column.is_text || column.type != runtime::ElementType::I64) continue;
    const auto numbers = column.values<int64_t>();
    const auto first = std::find_if(numbers.begin(), numbers.end(), is_rounded);
    if (first == numbers.end()) continue;
    const runtime::DataError place(runtime::DataErrorKind::MalformedData, "column `" + name + "` holds whole numbers beyond 2^48, as " + std::to_string(*first) + ", which are rounded",
                                   runtime::PlaceOfRow(table, first - numbers.begin()));
    session.Report(DiagnosticKind::RoundedIntegers, raw.span, place.what())
        .Help("write the column relative to a start of its own or in coarser units; what is only compared, `" + runtime::InProgram(name) + " == \"...\"`, or tells classes apart, `onehot(" + runtime::InProgram(name) + ")`, is exact");
    return;
  }
}

void WarnOfSkippedLines(Session& session, const runtime::TablePart& part, Span span) {
  constexpr int64_t kFewest = 2;  // one may be of sums
  if (part.left_out > 0) {
    const bool one = part.left_out == 1;
    const runtime::DataError place(runtime::DataErrorKind::MalformedData, "`skip` leaves out " + std::string(one ? "a line that looks like an event" : std::to_string(part.left_out) + " lines that look like events") + ", with as many cells and numbers where the first event has them", {part.file, 0, part.line_of_first_left_out});
    session.Report(DiagnosticKind::SkippedEvents, span, place.what()).Help("`skip` counts the lines of each file; if " + std::string(one ? "this is an event" : "these are events") + ", leave out fewer");
  }
  if (part.skipped < kFewest) return;
  const runtime::DataError place(runtime::DataErrorKind::MalformedData, "`comment` skips " + std::to_string(part.skipped) + " lines with as many cells as events have, and numbers among them",
                                 {part.file, 0, part.line_of_first_skipped});
  session.Report(DiagnosticKind::SkippedEvents, span, place.what()).Help("if these are events, `comment` takes more of the text that the others begin with, or they are taken out of the file");
}

void WarnOfReplacements(Session& session, const runtime::Table& table, const sema::SourceHeader& source) {
  for (size_t i = 0; i < source.cells.replacements.size(); ++i) {
    const auto changes = [&](const runtime::TablePart& part) { return i < part.replaced.size() && part.replaced[i] > 0; };
    if (std::any_of(table.parts.begin(), table.parts.end(), changes)) continue;
    const sema::CellFormat::Replacement& none = source.cells.replacements[i];
    session.Report(DiagnosticKind::ReplacesNothing, none.span, "no line of the files has anything that this pattern replaces").Help("patterns are those of `sed -E`, each for one line; a sign that they use stands in brackets, as in `\"[(]\"`");
  }
}

void WarnOfCounting(Session& session, const runtime::Table& table, const std::vector<sema::RawColumn>& raws, int64_t dropped) {
  constexpr int64_t kFewest = 10;
  const auto counts = [&](const runtime::Column& column, const runtime::TablePart& part) {
    if (column.is_text || column.width() != 1 || part.count < kFewest || column.Number(part.first) != std::floor(column.Number(part.first))) return false;
    for (int64_t row = 1; row < part.count; ++row) {
      const double step = column.Number(part.first + row) - column.Number(part.first + row - 1);
      if (!(step >= 1) || step != std::floor(step)) return false;
    }
    return column.Number(part.first + part.count - 1) - column.Number(part.first) < static_cast<double>(part.count + dropped);
  };
  for (const sema::RawColumn& raw : raws)
    for (const std::string& name : raw.FileColumns()) {
      if (raw.kind != sema::RawColumn::Kind::Number || !raw.unnamed || !counts(table.At(name), table.parts.front())) continue;
      session.Report(DiagnosticKind::CountsRows, raw.span, "the column `" + name + "` counts the events, and `all except` takes it").Help("a number of the row tells nothing of other files: `all except " + runtime::InProgram(name) + ", ...`");
      return;
    }
}

void WarnOfVanishing(Session& session, const runtime::Table& table, const sema::RawColumn& raw) {
  constexpr int64_t kFewest = 20;  // of so many cells one
  constexpr double kLeast = std::numeric_limits<float>::min();
  if (raw.kind != sema::RawColumn::Kind::Number) return;
  for (const std::string& name : raw.FileColumns()) {
    const runtime::Column& column = table.At(name);
    if (column.is_text || column.type != runtime::ElementType::F64 || column.width() != 1) continue;
    const auto vanishes = [](double number) { return number != 0 && std::fabs(number) < kLeast; };
    const auto numbers = column.values<double>();
    const int64_t count = std::count_if(numbers.begin(), numbers.end(), vanishes);
    if (count == 0 || kFewest * count < table.rows) continue;
    const auto first = std::find_if(numbers.begin(), numbers.end(), vanishes);
    const runtime::DataError place(runtime::DataErrorKind::MalformedData, std::to_string(count) + " of " + std::to_string(table.rows) + " cells of column `" + name + "` are too small for single precision, as " + runtime::ShortNumber(*first, 4) + ", and count as 0",
                                   runtime::PlaceOfRow(table, first - numbers.begin()));
    const std::string units = "write the column in other units: `awk -F, -v OFS=, 'NR > 1 { $2 *= 1e40 } 1' old.csv > new.csv` multiplies the second column below a header";
    session.Report(DiagnosticKind::CountsAsZero, raw.span, place.what()).Help(runtime::IsPacked(place.where.file) ? runtime::ForPackedFile(units) : units);
    return;
  }
}

void WarnOfThousands(Session& session, const runtime::Table& table, const sema::RawColumn& raw) {
  if (raw.kind != sema::RawColumn::Kind::Number) return;
  for (const std::string& name : raw.FileColumns()) {
    const runtime::Column& column = table.At(name);
    if (!column.may_be_grouped) continue;
    const bool point = column.notation.decimal == '.';
    session.Report(DiagnosticKind::LooksLikeThousands, raw.span, std::string("every ") + (point ? "point" : "comma") + " in column `" + name + "` has three digits behind it, as where it sets thousands apart")
        .Help(point ? "where the point sets thousands apart, the source says so: `decimal = \",\", thousands = \".\"` in its braces" : "where the comma sets thousands apart, the source says so: `thousands = \",\"` in its braces, without `decimal`");
    return;
  }
}

// The events that a part's last lines make: a message about them, unless they were dropped.
static bool WarnOfLastLines(Session& session, const runtime::TablePart& part, int64_t rows, int64_t first, const runtime::DataPlace& where, const std::string& what, Span span) {
  const bool dropped = std::any_of(part.dropped.begin(), part.dropped.end(), [&](int64_t row) { return row >= first; });
  if (rows == 0 || dropped) return false;
  const runtime::DataError place(runtime::DataErrorKind::MalformedData, what, where);
  const std::string from = std::to_string(where.line), cut = "`sed '" + from + ",$d' old.csv > new.csv` takes out what stands from line " + from + " on";
  session.Report(DiagnosticKind::LooksLikeTotals, span, place.what())
      .Help(rows == 1 && !part.footer.empty() ? "`comment = " + runtime::Literal(part.footer) + "` in the source's braces skips it" : runtime::IsPacked(part.file) ? runtime::ForPackedFile(cut) : cut);
  return true;
}

void WarnOfTotals(Session& session, const runtime::Table& table, const std::vector<sema::RawColumn>& raws) {
  std::set<std::string> numbers;
  for (const sema::RawColumn& raw : raws)
    for (const std::string& name : raw.kind == sema::RawColumn::Kind::Number ? raw.FileColumns() : std::vector<std::string>()) numbers.insert(name);
  if (raws.empty()) return;
  const Span span = raws.front().span;
  for (const runtime::TablePart& part : table.parts) {
    const runtime::TablePart::Text& text = part.text;
    const bool one = text.rows == 1;
    const std::string holds = (one ? "the last line holds" : "the last " + std::to_string(text.rows) + " lines hold") + " text, as `" + text.cell + "` in column `" + text.column + "`, where those above hold numbers, and count" + (one ? "s as an event" : " as events");
    if (WarnOfLastLines(session, part, text.rows, text.first, {part.file, 0, text.line}, holds, span)) continue;
    for (const runtime::TablePart::Totals& totals : part.totals) {
      const std::string kind = KindOf(totals, numbers);
      if (kind.empty()) continue;
      WarnOfLastLines(session, part, totals.rows, totals.first, totals.place, "the row holds the " + kind + " of those above, and counts as an event", span);
      break;
    }
  }
}

// The digits of a number as it is written, but zeros before and behind.
static size_t DigitsOf(double number) {
  std::string digits;
  runtime::AppendNumber(digits, std::fabs(number));
  digits.resize(std::min(digits.find_first_of("eE"), digits.size()));
  std::erase(digits, '.');
  const size_t first = digits.find_first_not_of('0');
  return first == digits.npos ? 1 : digits.find_last_not_of('0') + 1 - first;
}

// 99, -999, 999.9, -99.99, ...: what stands for a missing number in many a file.
static bool IsOfNines(double number) {
  std::string digits;
  runtime::AppendNumber(digits, std::fabs(number));
  const bool whole = digits.find('.') == digits.npos;
  std::erase(digits, '.');
  return digits.size() >= (whole ? 2 : 3) && digits.find_first_not_of('9') == digits.npos;
}

namespace {

// A number that ends a column's range, how often it stands there, and how far it is from all others.
struct End {
  double value = 0, nearest = 0;
  int64_t count = 0, first = 0;

  explicit End(double sign) : value(-sign * std::numeric_limits<double>::infinity()), nearest(value), sign_(sign) {}

  void Take(double number, int64_t row) {
    if (number == value) ++count;
    else if (sign_ * number > sign_ * value) nearest = value, value = number, count = 1, first = row;
    else if (sign_ * number > sign_ * nearest) nearest = number;
  }

 private:
  double sign_;
};

// A number at an end of columns, apart from all others of each.
struct Mark {
  double value = 0;
  bool sure = false;  // one of the columns alone tells it, or several do together
  std::vector<std::string> columns;
  int64_t count = 0, first = 0;  // of the first column: cells, and the row of the first
  Span span;
};

class Marks {
 public:
  explicit Marks(const runtime::Table& table) : table_(table) {}

  void Take(const std::string& name, Span span) {
    const runtime::Column& column = table_.At(name);
    if (column.is_text || column.width() != 1) return;
    End least(-1), greatest(1);
    for (int64_t row = 0; row < table_.rows; ++row) {
      const double number = column.Number(row);
      if (!std::isfinite(number)) continue;
      least.Take(number, row);
      greatest.Take(number, row);
    }
    if (!TakeEnd(column, least, greatest, span)) TakeEnd(column, greatest, least, span);
  }

  const std::vector<Mark>& all() const { return marks_; }

 private:
  // Whether it is one, surely. Nines are by more than the whole range of the others, which does not reach from the one such end to the other;
  // others by far more. A whole number well below 0 and all others, as no detector saturates at, is one several times by twice the range, or
  // in several columns.
  bool TakeEnd(const runtime::Column& column, const End& end, const End& other, Span span) {
    constexpr double kFar = 100;  // ranges, as the largest number of a type is from any that was measured
    constexpr double kBelow = -50, kHuge = 1e6;
    constexpr size_t kDigits = 4;
    constexpr int64_t kFewest = 2, kSeveral = 5;
    if (!std::isfinite(end.nearest) || end.count < kFewest) return false;
    const double range = std::fabs((IsOfNines(other.value) ? other.nearest : other.value) - end.nearest), distance = std::fabs(end.value - end.nearest);
    const bool nines = IsOfNines(end.value) && distance > range;
    const bool below = end.value <= kBelow && end.value < end.nearest && end.value == std::floor(end.value);
    const bool repeated = below && end.count >= kSeveral && range > 0 && 4 * distance >= range && IsVaried(column, end.value);
    // A number that was measured has more digits than one that somebody chose, but for the largest of a type; beside few others it may be one of
    // theirs, as amounts that are sold are.
    const bool chosen = DigitsOf(end.value) <= kDigits || std::fabs(end.value) >= kHuge;
    const bool mark = end.value <= 0 || std::fabs(end.value) >= kHuge || IsVaried(column, end.value);
    const bool sure = nines || (chosen && mark && range > 0 && distance >= kFar * range) || (repeated && distance >= 2 * range);
    if (!sure && !repeated) return false;
    auto known = std::find_if(marks_.begin(), marks_.end(), [&](const Mark& each) { return each.value == end.value; });
    if (known == marks_.end()) known = marks_.insert(known, {end.value, sure, {}, end.count, end.first, span});
    else if (IsCopy(column, table_.At(known->columns.front()))) return sure;
    else known->sure = true;
    known->columns.push_back(column.name);
    return sure;
  }

  static bool IsCopy(const runtime::Column& column, const runtime::Column& other) {
    for (int64_t row = 0; row < column.rows; ++row)
      if (const double a = column.Number(row), b = other.Number(row); a != b && !(std::isnan(a) && std::isnan(b))) return false;
    return true;
  }

  // Whether it has many values beside this one: of few, as those of classes, one may lie anywhere.
  static bool IsVaried(const runtime::Column& column, double beside) {
    constexpr size_t kFewest = 10;
    std::set<double> values;
    for (int64_t row = 0; row < column.rows && values.size() < kFewest; ++row)
      if (const double number = column.Number(row); std::isfinite(number) && number != beside) values.insert(number);
    return values.size() == kFewest;
  }

  const runtime::Table& table_;
  std::vector<Mark> marks_;
};

}  // namespace

// Another column that holds the number, not as a mark, and how often.
static std::pair<std::string, int64_t> HolderOf(const Mark& mark, const runtime::Table& table, const std::set<std::string>& columns) {
  for (const std::string& name : columns) {
    const runtime::Column& column = table.At(name);
    if (column.is_text || column.width() != 1 || std::find(mark.columns.begin(), mark.columns.end(), name) != mark.columns.end()) continue;
    int64_t count = 0;
    for (int64_t row = 0; row < table.rows; ++row) count += column.Number(row) == mark.value ? 1 : 0;
    if (count > 0) return {name, count};
  }
  return {};
}

void WarnOfMarks(Session& session, const runtime::Table& table, const sema::DataSource& data, const std::vector<sema::RawColumn>& raws) {
  constexpr size_t kMost = 12;
  Marks marks(table);
  std::set<std::string> taken;
  for (const sema::RawColumn& raw : raws)
    if (raw.kind == sema::RawColumn::Kind::Number)
      for (const std::string& name : raw.FileColumns())
        if (taken.insert(name).second) marks.Take(name, raw.span);
  for (Mark mark : marks.all()) {
    const auto is_compared = [&](const std::string& column) {
      return std::any_of(data.compared.begin(), data.compared.end(), [&](const auto& compared) { return compared.column == column && compared.number == mark.value; });
    };
    const auto is_filled = [&](const std::string& column) {
      const sema::FillRule* fill = data.header.FillOf(column);
      return fill != nullptr && fill->kind == sema::FillRule::Kind::Number && static_cast<float>(fill->number) == static_cast<float>(mark.value);
    };
    std::erase_if(mark.columns, [&](const std::string& column) { return is_compared(column) || is_filled(column); });  // the program knows of it
    if (!mark.sure || mark.columns.empty()) continue;
    const auto is_input = [&](const std::string& column) {
      return std::any_of(raws.begin(), raws.end(), [&](const sema::RawColumn& raw) {
        const std::vector<std::string> columns = raw.FileColumns();
        return (!data.inputs || data.inputs->count(raw.input) != 0) && std::find(columns.begin(), columns.end(), column) != columns.end();
      });
    };
    std::string number, others, marked, filled;
    runtime::AppendNumber(number, mark.value);
    for (size_t i = 0; i < mark.columns.size() && i < kMost; ++i) {
      marked += (i == 0 ? "" : ", ") + runtime::InProgram(mark.columns[i]);
      if (is_input(mark.columns[i])) filled += (filled.empty() ? "" : ", ") + runtime::InProgram(mark.columns[i]);
      if (i > 0) others += (i == 1 ? "`" : ", `") + mark.columns[i] + "`";
    }
    const auto [holder, times] = HolderOf(mark, table, taken);
    if (mark.columns.size() > kMost) others += ", ...", marked += ", ...", filled += filled.empty() ? "" : ", ...";
    const runtime::DataError place(runtime::DataErrorKind::MalformedData, std::to_string(mark.count) + " of " + std::to_string(table.rows) + " cells of column `" + mark.columns.front() + "` hold " + number + ", far from all others" + (others.empty() ? "" : ", and so do cells of " + others),
                                   runtime::PlaceOfRow(table, mark.first));
    const std::string said = holder.empty() ? "the source says so, as in `csv{\"...\", missing = " + number + "}`"
                                            : "`missing[" + marked + "] = " + number + "` in the block says so (in the source's braces it would count in all columns, and " + std::to_string(times) + (times == 1 ? " cell" : " cells") + " of `" + holder + "` hold " + number + " as well)";
    session.Report(DiagnosticKind::LooksMissing, mark.span, place.what()).Help("if this stands for missing values, " + said + (filled.empty() ? ", and `drop = true` leaves such events out" : ", and `fill[" + filled + "] = mean` what becomes of them; `drop = true` leaves them out of the training, and `nnc predict` then answers no event that lacks a value") + (filled.empty() || filled.size() == marked.size() ? "" : "; beside `fill` it leaves out those that lack what no model takes"));
  }
}

namespace {
// A number that the source's `missing` lists, in the columns that have cells of it.
struct TakenNumber {
  std::vector<std::string> among, others;  // where it lies in the midst of the numbers; and where it does not
  bool beyond = false;                     // in one of the others it lies beyond all numbers
  const runtime::TakenMarks::Mark* first = nullptr;  // of the first where it lies among them
  Span span;

  void Take(const runtime::Column& column, float number, Span at) {
    const runtime::TakenMarks::Mark* mark = column.taken.Find(number);
    if (column.is_text || mark == nullptr || mark->count == 0) return;
    if (!column.taken.IsAmong(*mark)) {
      others.push_back(column.name);
      beyond |= column.taken.IsBeyond(*mark);
      return;
    }
    if (first == nullptr) first = mark, span = at;
    among.push_back(column.name);
  }
};
}  // namespace

void WarnOfTakenNumbers(Session& session, const runtime::Table& table, const sema::SourceHeader& source, const std::vector<sema::RawColumn>& raws) {
  std::map<std::string_view, const runtime::Column*> known;  // of very many columns each is looked for
  for (const runtime::Column& column : table.columns) known.emplace(column.name, &column);
  std::set<float> met;
  for (const std::string& text : source.cells.missing) {
    const std::optional<double> number = runtime::NumberOfMark(text, NotationOf(source.cells));
    if (!number || !met.insert(static_cast<float>(*number)).second) continue;
    TakenNumber taken;
    std::set<std::string> columns;
    for (const sema::RawColumn& raw : raws)
      for (const std::string& name : raw.kind == sema::RawColumn::Kind::Number ? raw.FileColumns() : std::vector<std::string>())
        if (const auto column = known.find(name); column != known.end() && source.MarksOf(name) == nullptr && columns.insert(name).second) taken.Take(*column->second, static_cast<float>(*number), raw.span);
    if (taken.among.empty() || !taken.beyond) continue;
    std::string shown, meant;
    runtime::AppendNumber(shown, *number);
    for (const std::string& name : taken.others) meant += (meant.empty() ? "" : ", ") + runtime::InProgram(name);
    const std::string more = taken.among.size() == 1 ? "" : ", and so it does in " + runtime::Listed(std::span(taken.among).subspan(1));
    const runtime::DataError place(runtime::DataErrorKind::MalformedData, "`missing` takes " + shown + " in " + std::to_string(taken.first->count) + (taken.first->count == 1 ? " cell" : " cells") + " of column `" + taken.among.front() + "`, in the midst of its other numbers" + more,
                                   runtime::PlaceOfRowRead(table, taken.first->first));
    session.Report(DiagnosticKind::TakenAmongOthers, taken.span, place.what())
        .Help("if these were measured, `missing[" + meant + "] = " + shown + "` in the block, in the place of " + shown + " in the source's braces, names the columns that it is meant for");
  }
}

// Whether a column of a data block reads anything of the file.
static bool ReadsFile(const ir::Graph& columns, const std::string& field) {
  const ir::Output* output = FindOutput(columns, field);
  bool reads = false;
  if (output != nullptr) ir::ForEachNeeded(columns, output->node, [&](const ir::Node& node) { reads |= node.op() == ir::Node::Op::Input; });
  return reads;
}

static bool IsSameForAll(const runtime::Column& column, const std::vector<int64_t>& rows) {
  const int64_t width = column.width();
  for (int64_t row : rows)
    for (int64_t element = 0; element < width; ++element)
      if (!(column.Number(row, element) == column.Number(rows.front(), element))) return false;
  return true;
}

void WarnOfSameForAll(Session& session, const sema::TrainProgram& program, const Sources& sources) {
  if (sources.size() != 1) return;  // of several, each may be there for one kind of event
  const LoadedSource& source = *sources.front();
  const std::vector<int64_t>& rows = source.TrainRows();
  if (source.header().sample || rows.size() < 2) return;
  for (const std::string& field : program.sources.front().fields) {
    if (field == "weight" || !ReadsFile(program.sources.front().data.columns.graph, field)) continue;
    const runtime::Column& column = source.Field(field);
    if (!IsSameForAll(column, rows)) continue;
    const std::string value = column.width() == 1 ? " is " + runtime::ShortNumber(column.Number(rows.front(), 0)) : " is the same";
    session.Report(DiagnosticKind::SameForAll, source.header().span, "`" + field + "`" + value + " for all " + std::to_string(rows.size()) + " events of the training part")
        .Help("nothing can be learnt from it: look for the label as the file writes it, for a part that one kind of event alone fills, or leave the column out");
  }
}

// The columns of sources that a sum of products with weights reads as they are, by the graph's input.
static std::set<std::string> MultipliedByWeights(const ir::Graph& graph) {
  std::set<std::string> columns;
  for (const ir::Node& node : graph.nodes) {
    if (node.op() != ir::Node::Op::Comp || node.comp().monoid != ir::Monoid::Sum) continue;
    std::string column;
    bool weight = false;
    for (const ir::Access& access : node.comp().accesses) {
      const ir::Node& operand = graph[access.operand];
      if (operand.op() != ir::Node::Op::Input) continue;
      weight = weight || operand.input().role == ir::Role::Weight;
      if (operand.input().role == ir::Role::Column) column = operand.input().name;
    }
    if (weight && !column.empty()) columns.insert(column);
  }
  return columns;
}

static double LargestOf(const runtime::Column& column, const std::vector<int64_t>& rows) {
  double largest = 0;
  const int64_t width = column.width();
  for (int64_t row : rows)
    for (int64_t element = 0; element < width; ++element) largest = std::max(largest, std::fabs(column.Number(row, element)));
  return largest;
}

void WarnOfLargeInputs(Session& session, const sema::TrainProgram& program, const Sources& sources, double bound) {
  const std::set<std::string> multiplied = MultipliedByWeights(program.evaluation.graph);
  for (size_t i = 0; i < sources.size(); ++i)
    for (const std::string& field : program.sources[i].fields) {
      if (multiplied.count(ColumnInput(program, i, field)) == 0) continue;
      const double largest = LargestOf(sources[i]->Field(field), sources[i]->TrainRows());
      if (largest <= bound) continue;
      session.Report(DiagnosticKind::LargeInputs, sources[i]->header().span,
                     "weights are multiplied by `" + field + "`, whose numbers reach " + runtime::ShortNumber(largest) + " in the training part")
          .Help("`|> standardize` behind its definition brings them to the size of 1, at which trainings work best");
      return;
    }
}

// What of the events that were left out was no number where others have one.
static std::string LostWith(const LoadedSource& source) {
  const runtime::LostText& lost = source.lost();
  if (lost.cells == 0) return "";
  return "; " + std::to_string(lost.cells) + (lost.cells == 1 ? " of their cells holds" : " of their cells hold") + " text in a column of numbers: `" + lost.text + "` in `" + lost.where.column + "`, " + lost.where.file + ":" + std::to_string(lost.where.line);
}

std::string UnusedEvents(const Sources& sources) {
  std::string text;
  for (const auto& source : sources) {
    if (source->dropped() > 0)
      text += std::to_string(source->dropped()) + " of " + std::to_string(source->rows() + source->dropped()) + " events of `" + source->header().name + "` lack a value, and `drop = true` left them out" + LostWith(*source) + "\n";
    int64_t used = 0;
    for (const runtime::RowSet& part : source->parts().parts) used += static_cast<int64_t>(part.rows.size());
    if (used < source->rows())
      text += std::to_string(source->rows() - used) + " of " + std::to_string(source->rows()) + " events of `" + source->header().name + "` are in no part: the fractions of its `split` add up to less than 1\n";
  }
  return text;
}

}  // namespace nnc::driver
