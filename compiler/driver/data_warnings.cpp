#include "compiler/driver/data_warnings.h"

#include <algorithm>
#include <cmath>

#include "runtime/number_text.h"

namespace nnc::driver {

void WarnOfUnknownLabels(Session& session, const runtime::Table& table, const sema::RawColumn& raw, const runtime::LabelDictionary& known,
                         const std::vector<int64_t>& rows, Span span) {
  const runtime::Column& column = table.At(raw.column);
  if (!column.is_text) return;
  std::map<std::string_view, int64_t> counts;
  int64_t first = -1;
  for (int64_t row : rows) {
    const std::string_view label = column.Text(row);
    auto counted = counts.find(label);
    if (counted == counts.end() && known.ClassOf(std::string(label)) >= 0) continue;
    if (first < 0) first = row;
    if (counted == counts.end()) counts.emplace(label, 1);
    else ++counted->second;
  }
  if (first < 0) return;
  const std::string_view label = column.Text(first);
  const int64_t times = counts.at(label);
  std::string text = "label \"" + std::string(label) + "\" of column `" + raw.column + "`, " + std::to_string(times) + (times == 1 ? " event" : " events") +
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

static bool IsHeld(int64_t number) {
  const float whole = static_cast<float>(number);
  const long double left = static_cast<long double>(number) - static_cast<long double>(whole);  // exact: of 64 bits
  return static_cast<long double>(static_cast<float>(left)) == left;
}

void WarnOfRoundedIntegers(Session& session, const runtime::Table& table, const sema::RawColumn& raw) {
  if (raw.kind != sema::RawColumn::Kind::Number) return;
  for (const std::string& name : raw.FileColumns()) {
    const runtime::Column& column = table.At(name);
    if (column.is_text || column.type != runtime::ElementType::I64) continue;
    const auto numbers = column.values<int64_t>();
    const auto first = std::find_if_not(numbers.begin(), numbers.end(), IsHeld);
    if (first == numbers.end()) continue;
    const runtime::DataError place(runtime::DataErrorKind::MalformedData, "column `" + name + "` holds whole numbers beyond 2^48, as " + std::to_string(*first) + ", which are rounded",
                                   runtime::PlaceOfRow(table, first - numbers.begin()));
    session.Report(DiagnosticKind::RoundedIntegers, raw.span, place.what())
        .Help("write the column relative to a start of its own or in coarser units; what is only compared, `" + name + " == \"...\"`, or tells classes apart, `onehot(" + name + ")`, is exact");
    return;
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

std::string UnusedEvents(const Sources& sources) {
  std::string text;
  for (const auto& source : sources) {
    int64_t used = 0;
    for (const runtime::RowSet& part : source->parts().parts) used += static_cast<int64_t>(part.rows.size());
    if (used < source->rows())
      text += std::to_string(source->rows() - used) + " of " + std::to_string(source->rows()) + " events of `" + source->header().name + "` are in no part: the fractions of its `split` add up to less than 1\n";
  }
  return text;
}

}  // namespace nnc::driver
