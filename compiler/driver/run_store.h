// A finished run opened again: the program as it was trained, its weights and fits, and where its data lay.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/driver/data_files.h"
#include "compiler/driver/model_state.h"
#include "compiler/driver/output_file.h"
#include "compiler/driver/session.h"
#include "compiler/sema/sema.h"
#include "runtime/run_metrics.h"

namespace nnc::driver {

struct OpenRun {
  runtime::RunMetrics metrics;
  ModelState state;
  std::unique_ptr<DataFiles> files;
  std::unique_ptr<sema::Module> module;
  sema::TrainProgram program;
};

// Reports, and is false, unless the folder is that of a run.
bool CheckIsRun(Session& session, const std::string& folder);

// Opens a run folder; `data` are NAME=PATH replacements. Reports, and gives null, if the folder is no run or is damaged.
std::unique_ptr<OpenRun> OpenRunFolder(Session& session, const std::string& folder, const std::vector<std::string>& data);

// The folder's own files and the data that it was trained on, which no output takes the place of.
std::vector<FileRead> FilesBehind(const OpenRun& run, const std::string& folder);

// The prediction of an opened run; reports, and gives null, where the model's input does not come from a source's columns.
const sema::Prediction* PredictionOf(Session& session, const OpenRun& run);

}  // namespace nnc::driver
