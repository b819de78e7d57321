#include "compiler/driver/label_warnings.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "runtime/csv_remarks.h"
#include "runtime/labels.h"
#include "runtime/names.h"
#include "runtime/number_text.h"

namespace nnc::driver {

std::string WithRare(std::string_view call, const std::string& column, int64_t rare) {
  const bool plain = (call.starts_with("onehot(") || call.starts_with("encode(")) && call.ends_with(")") && call.find(',') == call.npos;
  return (plain ? std::string(call.substr(0, call.size() - 1)) : "onehot(" + runtime::InProgram(column)) + ", unseen = \"other\", rare = " + std::to_string(rare) + ")";
}

void WarnOfUnknownLabels(Session& session, const runtime::Table& table, const sema::RawColumn& raw, const runtime::LabelDictionary& known,
                         const std::vector<int64_t>& rows, Span span) {
  const runtime::Column& column = table.At(raw.column);
  if (!column.is_text) return;
  // Where the program names its label in two ways, the others of such a file are written so, too.
  const bool spelt = raw.spellings && std::any_of(raw.spellings->begin(), raw.spellings->end(), [&](const std::string& other) { return other != raw.text && runtime::IsWrittenLike(other, raw.text); });
  const auto is_spelt = [&](std::string_view label) {
    return spelt && std::any_of(known.labels().begin(), known.labels().end(), [&](const std::string& other) { return runtime::IsWrittenLike(other, label); });
  };
  std::map<std::string_view, int64_t> counts;
  int64_t first = -1;
  for (int64_t row : rows) {
    const std::string_view label = column.Text(row);
    auto counted = counts.find(label);
    if (counted == counts.end() && (known.ClassOf(std::string(label)) >= 0 || raw.AsksFor(std::string(label)) || is_spelt(label))) continue;
    if (first < 0) first = row;
    if (counted == counts.end()) counts.emplace(label, 1);
    else ++counted->second;
  }
  if (first < 0) return;
  const std::string_view label = column.Text(first);
  const int64_t times = counts.at(label);
  std::string text = "label \"" + std::string(label) + "\" of column `" + raw.column + "`, " + std::to_string(times) + (times == 1 ? " row" : " rows") +
                     ", does not occur in the training part, and counts as not equal to \"" + raw.text + "\"";
  if (counts.size() == 2) text += "; so does another label";
  if (counts.size() > 2) text += "; so do " + std::to_string(counts.size() - 1) + " other labels";
  const runtime::DataError place(runtime::DataErrorKind::UnknownLabel, text, runtime::PlaceOfRow(table, first));
  constexpr size_t kMost = 8;
  std::string list;
  for (size_t i = 0; i < known.labels().size() && i < kMost; ++i) list += (i == 0 ? "\"" : ", \"") + known.labels()[i] + "\"";
  if (known.labels().size() > kMost) list += ", ...";
  session.Report(DiagnosticKind::UnknownToComparison, span, place.what()).Help("the training part has " + list + "; if the label is one of these, written otherwise, correct the file");
}

void WarnOfUnlearntLabels(Session& session, const runtime::Table& table, const sema::RawColumn& raw, const runtime::LabelDictionary& known,
                          const std::vector<int64_t>& rows, Span span) {
  if (known.UnseenClass() < 0 || known.HasMetUnseen()) return;
  const std::vector<int64_t> classes = known.Encode(table, table.At(raw.column), rows);
  const auto first = std::find(classes.begin(), classes.end(), known.UnseenClass());
  if (first == classes.end()) return;
  const runtime::DataError place(runtime::DataErrorKind::UnknownLabel,
                                 std::to_string(std::count(first, classes.end(), known.UnseenClass())) + " of " + std::to_string(rows.size()) + " cells of column `" + raw.column + "` are `" + raw.unseen + "`, of which training met none",
                                 runtime::PlaceOfRow(table, rows[static_cast<size_t>(first - classes.begin())]));
  session.Report(DiagnosticKind::UnlearntLabel, span, place.what())
      .Help("what is answered for these events rests on weights as they began; `rare = 10` beside `unseen` gives it the labels that occur fewer than 10 times in the training part, if there are any");
}

// Without the remark that a mark of the source's comments begins behind a blank.
static std::string_view WithoutRemark(std::string_view label, const std::vector<std::string>& comments) {
  for (const std::string& mark : comments) label = label.substr(0, label.find(" " + mark));
  return runtime::Trimmed(label);
}

// How often each label of the column occurs; empty where labels are not what matters, or are too many to be classes.
static std::vector<int64_t> LabelCounts(const runtime::Column& column) {
  constexpr size_t kMostLabels = 10000;
  if (!column.is_text || column.dictionary.size() > kMostLabels) return {};
  std::vector<int64_t> counts(column.dictionary.size());
  for (int32_t code : column.values<int32_t>()) ++counts[static_cast<size_t>(code)];
  return counts;
}

static int64_t FirstRowOf(const runtime::Column& column, size_t code) {
  const auto codes = column.values<int32_t>();
  return std::find(codes.begin(), codes.end(), static_cast<int32_t>(code)) - codes.begin();
}

void WarnOfLabelOnce(Session& session, const runtime::Table& table, const sema::RawColumn& raw) {
  constexpr int64_t kOften = 20;
  if (raw.kind == sema::RawColumn::Kind::Number || !raw.unseen.empty()) return;
  const runtime::Column& column = table.At(raw.column);
  const std::vector<int64_t> counts = LabelCounts(column);
  const auto once = std::find(counts.begin(), counts.end(), 1);
  if (once == counts.end()) return;
  const auto other = [&](const int64_t& count) { return &count == &*once || count == 0 || count >= kOften; };
  if (counts.size() < 2 || !std::all_of(counts.begin(), counts.end(), other)) return;
  const size_t code = static_cast<size_t>(once - counts.begin());
  const std::string label(column.dictionary[code]);
  const runtime::DataError place(runtime::DataErrorKind::UnknownLabel, "label \"" + label + "\" of column `" + raw.column + "` occurs once, and all others " + std::to_string(kOften) + " times or more",
                                 runtime::PlaceOfRow(table, FirstRowOf(column, code)));
  const bool first = FirstRowOf(column, code) == 0;
  session.Report(DiagnosticKind::LabelOnce, raw.span, place.what())
      .Help(std::string("if the line is no event, as one of units or sums, take it out of the file") + (first ? " (a header is skipped by `header = true` in the source's braces)" : "") + "; if the label is misspelt, correct it" +
            (raw.kind == sema::RawColumn::Kind::Encode ? "; if it is right, `" + WithRare(session.sources.Text(raw.span), raw.column) + "` makes one class of labels that are so rare" : ""));
}

// A label that says elsewhere that there is no value: in a column of text an empty cell does.
// The first such label of a column, and how often it is there. What the program asks for or fills in is meant.
static std::pair<std::string, int64_t> MissingLabelOf(const runtime::Column& column, const sema::RawColumn& raw, const sema::FillRule* fill, int64_t& row) {
  const std::vector<int64_t> counts = LabelCounts(column);
  const bool signs = std::find(column.dictionary.begin(), column.dictionary.end(), "+") != column.dictionary.end();  // of charges
  for (size_t code = 0; code < counts.size(); ++code) {
    const std::string label(column.dictionary[code]);
    const bool mark = runtime::Trimmed(label).find_first_not_of(signs ? "?." : "?-.") == std::string_view::npos;
    if (counts[code] == 0 || label.empty() || !(mark || runtime::IsMissingText(label)) || (raw.kind == sema::RawColumn::Kind::Equals && raw.text == label) || (fill != nullptr && fill->kind == sema::FillRule::Kind::Label && fill->label == label)) continue;
    row = FirstRowOf(column, code);
    return {label, counts[code]};
  }
  return {};
}

namespace {
// A label that may say that there is no value, in the columns that have it.
struct MissingLabel {
  std::string label;
  int64_t count, row;  // of the first column
  Span span;
  std::vector<std::string> columns, filled, kept;  // all; those that the block fills; and the others
};
}  // namespace

// Names of columns as a program lists them.
static std::string ListedInProgram(const std::vector<std::string>& columns) {
  constexpr size_t kMost = 12;
  std::string list;
  for (size_t i = 0; i < columns.size() && i < kMost; ++i) list += (i == 0 ? "" : ", ") + runtime::InProgram(columns[i]);
  return list + (columns.size() > kMost ? ", ..." : "");
}

static void ReportMissingLabel(Session& session, const runtime::Table& table, const MissingLabel& found) {
  constexpr size_t kMost = 12;
  const std::vector<std::string> others(found.columns.begin() + 1, found.columns.begin() + static_cast<std::ptrdiff_t>(std::min(found.columns.size(), kMost)));
  const std::string filled = "`fill[" + ListedInProgram(found.filled) + "]`";
  const runtime::DataError place(runtime::DataErrorKind::UnknownLabel, "label \"" + found.label + "\" of column `" + found.columns.front() + "` is one like any other, in " + std::to_string(found.count) + (found.count == 1 ? " row" : " rows") +
                                     (others.empty() ? "" : ", and so it is in " + runtime::Listed(others) + (found.columns.size() > kMost ? ", ..." : "")) + (found.filled.empty() ? "" : ", which " + filled + " leaves as it is"), runtime::PlaceOfRow(table, found.row));
  const std::string replaced = found.filled.empty() ? "" : found.kept.empty() ? ", and " + filled + " then replaces it" : ", " + filled + " then replaces it";
  const std::string kept = found.kept.empty() ? "" : ", and `drop = true` or `fill[" + ListedInProgram(found.kept) + "] = most_frequent` says what becomes of " + (found.filled.empty() ? "these events" : "the other events");
  session.Report(DiagnosticKind::LooksLikeMissing, found.span, place.what())
      .Help("if it says that there is no value, `missing = " + runtime::Literal(found.label) + "` in the source's braces takes it so" + replaced + kept);
}

void WarnOfMissingLabels(Session& session, const runtime::Table& table, const std::vector<sema::RawColumn>& raws, const sema::SourceHeader& source) {
  std::vector<MissingLabel> found;
  std::set<std::string> met;
  for (const sema::RawColumn& raw : raws) {
    if (raw.kind == sema::RawColumn::Kind::Number || !met.insert(raw.column).second) continue;
    int64_t row = 0;
    const sema::FillRule* fill = source.FillOf(raw.column);
    const auto [label, count] = MissingLabelOf(table.At(raw.column), raw, fill, row);
    if (label.empty()) continue;
    auto known = std::find_if(found.begin(), found.end(), [&](const MissingLabel& each) { return each.label == label; });
    if (known == found.end()) known = found.insert(known, {label, count, row, raw.span, {}, {}, {}});
    known->columns.push_back(raw.column);
    (fill == nullptr ? known->kept : known->filled).push_back(raw.column);
  }
  for (const MissingLabel& each : found) ReportMissingLabel(session, table, each);
}

namespace {
// A label that is written as another one but for capitals, blanks or a number's writing.
struct SimilarLabel {
  std::string label, first;
  size_t code;
  bool remark;  // a remark stands behind one of them
};
}  // namespace

static std::vector<SimilarLabel> SimilarLabelsOf(const runtime::Column& column, const std::vector<int64_t>& counts, const sema::RawColumn& raw, const std::vector<std::string>& comments) {
  std::map<std::string, size_t> known;
  std::vector<SimilarLabel> similar;
  for (size_t code = 0; code < counts.size(); ++code) {
    const std::string label(column.dictionary[code]);
    if (counts[code] == 0 || runtime::IsMissingText(label)) continue;
    const auto [like, fresh] = known.emplace(runtime::Unwritten(WithoutRemark(label, comments)), code);
    if (fresh) continue;
    const std::string first(column.dictionary[like->second]);
    if (raw.AsksFor(label) && raw.AsksFor(first)) continue;
    similar.push_back({label, first, code, WithoutRemark(label, comments) != runtime::Trimmed(label) || WithoutRemark(first, comments) != runtime::Trimmed(first)});
  }
  return similar;
}

// Two labels that are one number: comparisons and classes go by the number.
static void WarnOfAlike(Session& session, const runtime::Column& column, const sema::RawColumn& raw) {
  const auto& [one, other, file] = column.alike;
  const runtime::DataError place(runtime::DataErrorKind::UnknownLabel, "\"" + one + "\" and \"" + other + "\" of column `" + raw.column + "` are one number, and one label",
                                 {file, 0, 0, raw.column});
  session.Report(DiagnosticKind::SimilarLabels, raw.span, place.what())
      .Help("a column in which all cells are numbers has their values as labels; where these are two, write them as text, as \"v" + one + "\" and \"v" + other + "\"");
}

void WarnOfSimilarLabels(Session& session, const runtime::Table& table, const sema::RawColumn& raw, const std::vector<std::string>& comments) {
  constexpr size_t kMost = 8;
  if (raw.kind == sema::RawColumn::Kind::Number) return;
  const runtime::Column& column = table.At(raw.column);
  if (!column.alike.one.empty()) return WarnOfAlike(session, column, raw);
  const std::vector<int64_t> counts = LabelCounts(column);
  const std::vector<SimilarLabel> similar = SimilarLabelsOf(column, counts, raw, comments);
  if (similar.empty()) return;
  const SimilarLabel& shown = similar.front();
  std::string more, asked;
  for (size_t i = 1; i < similar.size() && i < kMost; ++i) more += (i == 1 ? "; so are \"" : ", \"") + similar[i].label + "\" beside \"" + similar[i].first + "\"";
  if (similar.size() > kMost) more += ", and " + std::to_string(similar.size() - kMost) + " more";
  for (const SimilarLabel& each : similar)
    if (raw.AsksFor(each.label) || raw.AsksFor(each.first))
      for (const std::string& label : {each.first, each.label})
        if (const std::string comparison = runtime::InProgram(raw.column) + " == " + runtime::Literal(label); asked.find(comparison) == std::string::npos) asked += (asked.empty() ? "`" : " or ") + comparison;
  const int64_t times = counts[shown.code];
  const runtime::DataError place(runtime::DataErrorKind::UnknownLabel, "label \"" + shown.label + "\" of column `" + raw.column + "`, " + std::to_string(times) + (times == 1 ? " row" : " rows") +
                                     ", is another one than \"" + shown.first + "\"" + more, runtime::PlaceOfRow(table, FirstRowOf(column, shown.code)));
  session.Report(DiagnosticKind::SimilarLabels, raw.span, place.what()).Help(
      shown.remark ? "`comment` takes whole lines, and what stands behind a cell is part of it: take the remark out of the file, or write it as a line of its own"
                   : "they differ in capitals, in blanks or in a number's writing alone; if they mean the same, write them alike in the file" + (asked.empty() ? "" : ", or " + asked + "`"));
}

}  // namespace nnc::driver
