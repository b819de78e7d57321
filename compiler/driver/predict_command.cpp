// nnc predict: the model of a run applied to events that carry no label.
#include <algorithm>
#include <cstdio>

#include "compiler/driver/command.h"
#include "compiler/driver/output_file.h"
#include "compiler/driver/prediction.h"
#include "runtime/csv_writer.h"
#include "runtime/file_bytes.h"

namespace nnc::driver {

static std::vector<FileRead> FilesOf(const OpenRun& run, const PredictRequest& request) {
  std::vector<FileRead> files = FilesBehind(run, request.run);
  for (const std::string& input : request.inputs) files.insert(files.begin(), {input, "the input"});
  return files;
}

// "a,b" and "c" are a, b, c; a name with a comma of its own stands in quotes, as in the cells of a file: "\"a, b\",c".
static std::vector<std::string> Names(const std::vector<std::string>& lists) {
  std::vector<std::string> names;
  for (const std::string& list : lists) {
    bool quoted = false;
    names.emplace_back();
    for (size_t i = 0; i < list.size(); ++i) {
      const bool doubled = quoted && list[i] == '"' && i + 1 < list.size() && list[i + 1] == '"';
      if (list[i] == '"' && !doubled && (quoted || names.back().empty())) quoted = !quoted;
      else if (list[i] == ',' && !quoted) names.emplace_back();
      else names.back() += list[i];
      if (doubled) ++i;
    }
  }
  return names;
}

static bool AreDistinct(Session& session, const std::vector<std::string>& names) {
  for (size_t i = 0; i < names.size(); ++i) {
    if (std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(i), names[i]) == names.begin() + static_cast<std::ptrdiff_t>(i)) continue;
    session.Report(DiagnosticKind::UsageError, {}, "--keep names `" + names[i] + "` twice");
    return false;
  }
  return true;
}

int Predict(const PredictRequest& request) {
  Session session;
  auto run = OpenRunFolder(session, request.run, {});
  if (!run || !MayWrite(session, request.output, FilesOf(*run, request))) return session.Finish();
  const sema::Prediction* prediction = PredictionOf(session, *run);
  std::vector<std::string> keep = Names(request.keep);
  if (prediction == nullptr || !AreDistinct(session, keep)) return session.Finish();
  auto written = PredictFile(session, *run, *prediction, {request.inputs, keep});
  if (!written) return session.Finish();
  TellAnswer(session, *prediction);
  std::vector<const runtime::Column*> columns;
  for (const runtime::Column& column : *written) columns.push_back(&column);
  try {
    runtime::WriteOutput(request.output, runtime::FormatCsv(columns));
  } catch (const runtime::DataError& error) {
    session.Report(error, {});
  }
  return session.Finish();
}

}  // namespace nnc::driver
