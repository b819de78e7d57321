// nnc predict: the model of a run applied to events that carry no label.
#include "compiler/driver/command.h"
#include "compiler/driver/prediction.h"
#include "runtime/csv_writer.h"
#include "runtime/file_bytes.h"

namespace nnc::driver {

int Predict(const PredictRequest& request) {
  Session session;
  auto run = OpenRunFolder(session, request.run, {});
  if (!run) return session.Finish();
  const sema::Prediction* prediction = PredictionOf(session, *run);
  if (prediction == nullptr) return session.Finish();
  auto outputs = PredictFile(session, *run, *prediction, request.input);
  if (!outputs) return session.Finish();
  std::vector<const runtime::Column*> columns;
  for (const runtime::Column& column : *outputs) columns.push_back(&column);
  try {
    runtime::WriteOutput(request.output, runtime::FormatCsv(columns));
  } catch (const runtime::DataError& error) {
    session.Report(error, {});
  }
  return session.Finish();
}

}  // namespace nnc::driver
