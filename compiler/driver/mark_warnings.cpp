#include "compiler/driver/mark_warnings.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "compiler/driver/data_files.h"
#include "runtime/csv_column.h"
#include "runtime/far_numbers.h"
#include "runtime/names.h"
#include "runtime/number_text.h"
#include "runtime/row_places.h"

namespace nnc::driver {

namespace {

// A number at an end of columns, apart from all others of each.
struct Mark {
  double value = 0;
  bool sure = false;  // one of the columns alone tells it, or several do together
  std::vector<std::string> columns;
  int64_t count = 0, first = 0;  // of the first column: cells, and the row of the first
  bool near = false;             // of the first column: it is told by its sign
  Span span;
};

}  // namespace

static bool IsCopy(const runtime::Column& column, const runtime::Column& other) {
  for (int64_t row = 0; row < column.rows; ++row)
    if (const double a = column.Number(row), b = other.Number(row); a != b && !(std::isnan(a) && std::isnan(b))) return false;
  return true;
}

static void TakeMarks(const runtime::Table& table, const runtime::Column& column, Span span, std::vector<Mark>& marks) {
  for (const runtime::FarNumber& far : runtime::FarNumbers(column)) {
    auto known = std::find_if(marks.begin(), marks.end(), [&](const Mark& each) { return each.value == far.value; });
    if (known == marks.end()) known = marks.insert(known, {far.value, far.sure, {}, far.count, far.first, far.near, span});
    else if (IsCopy(column, table.At(known->columns.front()))) continue;
    else known->sure = true;
    known->columns.push_back(column.name);
  }
}

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

// Takes out the columns of which the program knows: that it compares with the number, or fills with it.
static void TakeOutKnown(const sema::DataSource& data, Mark& mark) {
  std::erase_if(mark.columns, [&](const std::string& column) {
    const sema::FillRule* fill = data.header.FillOf(column);
    const bool filled = fill != nullptr && fill->kind == sema::FillRule::Kind::Number && static_cast<float>(fill->number) == static_cast<float>(mark.value);
    return filled || std::any_of(data.compared.begin(), data.compared.end(), [&](const auto& compared) { return compared.column == column && compared.number == mark.value; });
  });
}

namespace {

// What is proposed for the marks of a source, once for each column: followed together, all of it holds.
class Proposals {
 public:
  Proposals(const runtime::Table& table, const sema::DataSource& data, const std::vector<sema::RawColumn>& raws, const std::set<std::string>& columns, const std::vector<Mark>& marks)
      : table_(table), data_(data), raws_(raws), columns_(columns), several_(marks.size() > 1) {
    for (const Mark& mark : marks)
      for (const std::string& column : mark.columns) {
        runtime::AppendNumber(marks_[column].emplace_back(), mark.value);
        if (const auto* named = data.header.MarksOf(column); named != nullptr && named_.insert(column).second) marks_[column].insert(marks_[column].begin(), named->marks.begin(), named->marks.end());
      }
  }

  std::string For(const Mark& mark) {
    std::vector<std::string> columns, inputs;
    for (const std::string& column : mark.columns)
      if (proposed_.insert(column).second) columns.push_back(column);
    if (columns.empty()) return "if this stands for missing values, what is proposed above takes it as well";
    std::copy_if(columns.begin(), columns.end(), std::back_inserter(inputs), [&](const std::string& column) { return IsInput(column); });
    return "if this stands for missing values, " + Said(mark, columns) + (inputs.empty() ? ", and `drop = true` leaves such events out" : ", and `fill[" + InList(inputs) + "] = mean` what becomes of them; `drop = true` leaves them out of the training, and `nnc predict` then answers no event that lacks a value") +
           (inputs.empty() || inputs.size() == columns.size() ? "" : "; beside `fill` it leaves out those that lack what no model takes");
  }

 private:
  static std::string InList(const std::vector<std::string>& columns) {
    constexpr size_t kMost = 12;
    std::string list;
    for (size_t i = 0; i < columns.size() && i < kMost; ++i) list += (i == 0 ? "" : ", ") + runtime::InProgram(columns[i]);
    return columns.size() > kMost ? list + ", ..." : list;
  }

  bool IsInput(const std::string& column) const {
    return std::any_of(raws_.begin(), raws_.end(), [&](const sema::RawColumn& raw) {
      const std::vector<std::string> columns = raw.FileColumns();
      return (!data_.inputs || data_.inputs->count(raw.input) != 0) && std::find(columns.begin(), columns.end(), column) != columns.end();
    });
  }

  // What says that the number is one: the source's braces, where no other column holds it or has another mark; else the block.
  std::string Said(const Mark& mark, const std::vector<std::string>& columns) const {
    std::string number;
    runtime::AppendNumber(number, mark.value);
    const auto [holder, times] = HolderOf(mark, table_, columns_);
    if (holder.empty() && !several_) return "the source says so, as in `csv{\"...\", missing = " + number + "}`";
    std::map<std::vector<std::string>, std::vector<std::string>> alike;  // the columns that have the same marks
    std::vector<std::string> instead;
    for (const std::string& column : columns) {
      alike[marks_.at(column)].push_back(column);
      if (named_.count(column) != 0) instead.push_back(runtime::InProgram(column));
    }
    std::string said;
    for (const auto& [marks, among] : alike) said += (said.empty() ? "`missing[" : "; missing[") + InList(among) + "] = " + Written(marks);
    said += "` in the block " + std::string(instead.empty() ? "" : "in the place of what it has for " + runtime::Listed(instead) + " ") + (alike.size() == 1 ? "says so" : "say so");
    if (!holder.empty()) return said + " (in the source's braces it would count in all columns, and " + std::to_string(times) + (times == 1 ? " cell" : " cells") + " of `" + holder + "` hold " + number + " as well)";
    return said + (several_ ? " (in the source's braces it would count in all columns)" : "");
  }

  // A mark or several as programs write them: numbers, and texts in quotes.
  std::string Written(const std::vector<std::string>& marks) const {
    std::string list;
    for (const std::string& mark : marks) list += (list.empty() ? "" : ", ") + (runtime::NumberOfMark(mark, runtime::Notation()) ? mark : runtime::Literal(mark));
    return marks.size() == 1 ? list : "[" + list + "]";
  }

  const runtime::Table& table_;
  const sema::DataSource& data_;
  const std::vector<sema::RawColumn>& raws_;
  const std::set<std::string>& columns_;
  const bool several_;
  std::map<std::string, std::vector<std::string>> marks_;  // of each column, with those that the block names
  std::set<std::string> named_, proposed_;
};

}  // namespace

void WarnOfMarks(Session& session, const runtime::Table& table, const sema::DataSource& data, const std::vector<sema::RawColumn>& raws) {
  constexpr size_t kMost = 12;
  std::vector<Mark> marks;
  std::set<std::string> taken;
  for (const sema::RawColumn& raw : raws)
    for (const std::string& name : raw.kind == sema::RawColumn::Kind::Number ? raw.FileColumns() : std::vector<std::string>())
      if (taken.insert(name).second) TakeMarks(table, table.At(name), raw.span, marks);
  for (Mark& mark : marks) TakeOutKnown(data, mark);
  std::erase_if(marks, [](const Mark& mark) { return !mark.sure || mark.columns.empty(); });
  Proposals proposals(table, data, raws, taken, marks);
  for (const Mark& mark : marks) {
    std::string number, others;
    runtime::AppendNumber(number, mark.value);
    for (size_t i = 1; i < mark.columns.size() && i < kMost; ++i) others += (i == 1 ? "`" : ", `") + mark.columns[i] + "`";
    if (mark.columns.size() > kMost) others += ", ...";
    const runtime::DataError place(runtime::DataErrorKind::MalformedData, std::to_string(mark.count) + " of " + std::to_string(table.rows) + " cells of column `" + mark.columns.front() + "` hold " + number + (mark.near ? ", where no others are negative" : ", far from all others") + (others.empty() ? "" : ", and so do cells of " + others),
                                   runtime::PlaceOfRow(table, mark.first));
    session.Report(DiagnosticKind::LooksMissing, mark.span, place.what()).Help(proposals.For(mark));
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

}  // namespace nnc::driver
