#include "compiler/driver/data_warnings.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <limits>

#include "compiler/driver/slice.h"
#include "compiler/ir/walk.h"
#include "compiler/passes/two_singles.h"
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
