#include "compiler/driver/run_store.h"

#include <filesystem>

#include "compiler/driver/program.h"
#include "runtime/data_error.h"

namespace nnc::driver {

bool CheckIsRun(Session& session, const std::string& folder) {
  std::error_code error;
  const std::filesystem::path metrics = std::filesystem::path(folder) / "metrics.json";
  if (std::filesystem::exists(metrics, error)) {
    try {
      runtime::ReadRunMetrics(metrics);
      return true;
    } catch (const runtime::DataError& damage) {
      session.Report(damage, {});
      return false;
    }
  }
  if (std::filesystem::is_regular_file(folder, error) && std::filesystem::path(folder).extension() == ".nn") {
    session.Report(DiagnosticKind::NotARun, {}, "`" + folder + "` is a program, and what is wanted here is the folder of a run")
        .Help("`nnc train " + folder + " --out RUN` makes one: give `RUN`");
    return false;
  }
  const std::filesystem::path parent = std::filesystem::path(folder).parent_path();
  bool exists = std::filesystem::exists(folder, error);
  if (exists && std::filesystem::exists(parent / "metrics.json", error) && std::filesystem::exists(parent / "program.nn", error)) {
    session.Report(DiagnosticKind::NotARun, {}, "`" + folder + "` is a file of a run, and what is wanted here is its folder").Help("give " + (parent.empty() ? "`.`" : "`" + parent.string() + "`"));
    return false;
  }
  Diagnostic& diagnostic = session.Report(DiagnosticKind::NotARun, {}, exists ? "`" + folder + "` is not the folder of a run" : "there is no run `" + folder + "`");
  diagnostic.Help("`nnc train FILE.nn --out " + folder + "` makes one");
  return false;
}

std::unique_ptr<OpenRun> OpenRunFolder(Session& session, const std::string& folder, const std::vector<std::string>& data) {
  std::map<std::string, std::string> replaced = ParsePairs(session, data, "--data");
  if (session.diagnostics.HasErrors() || !CheckIsRun(session, folder)) return nullptr;
  std::filesystem::path path(folder);
  auto run = std::make_unique<OpenRun>();
  StoredModel stored;
  try {
    run->metrics = runtime::ReadRunMetrics(path / "metrics.json");
    stored = ReadStoredModel((path / "weights.safetensors").string());
  } catch (const runtime::DataError& error) {
    session.Report(error, {});
    return nullptr;
  }
  run->state = std::move(stored.state);
  for (const auto& [name, file] : run->metrics.header.data) replaced.emplace(name, file);
  run->files = std::make_unique<DataFiles>(session, std::move(replaced));
  run->files->Recall(stored.schema);
  sema::Options options = ElaborationOptions(session, {});
  options.set = run->metrics.header.options;
  options.schema = run->files.get();
  for (const auto& [name, setting] : {std::pair{"epochs", &options.epochs}, std::pair{"batch", &options.batch}})
    if (auto flag = run->metrics.header.flags.find(name); flag != run->metrics.header.flags.end()) *setting = flag->second;
  run->module = LoadProgram(session, (path / "program.nn").string(), options);
  if (!run->module) return nullptr;
  std::optional<sema::TrainProgram> program = run->module->ElaborateTrain(run->metrics.header.train);
  if (!program || session.diagnostics.HasErrors()) return nullptr;
  session.diagnostics.DropWarnings();  // the training has told them
  run->program = std::move(*program);
  if (!CheckState(session, (path / "weights.safetensors").string(), run->program, run->state)) return nullptr;
  for (const auto& source : run->program.sources)
    for (const sema::RawColumn& raw : source.data.raw)
      if (auto labels = run->state.fits.labels.find(LabelKey(source.data.header.name, raw)); labels != run->state.fits.labels.end() && labels->second.is_text())
        run->files->ReadAsText(source.data.header.Table(TableOf(raw)).name, raw.column);
  return run;
}

std::vector<FileRead> FilesBehind(const OpenRun& run, const std::string& folder) {
  std::vector<FileRead> files;
  for (const char* name : {"program.nn", "weights.safetensors", "log.csv", "steps.csv", "metrics.json"})
    files.push_back({(std::filesystem::path(folder) / name).string(), "a file of the run"});
  for (const auto& [source, path] : run.metrics.header.data) files.push_back({path, "what the model was trained on"});
  return files;
}

const sema::Prediction* PredictionOf(Session& session, const OpenRun& run) {
  if (run.program.prediction) return &*run.program.prediction;
  if (run.program.draw.Valid())
    session.Report(DiagnosticKind::NothingToApply, run.program.draw, "the answer of the model is made of a random draw, and an answer to a file depends on its events alone")
        .Help("draw in training only, as in `if training then x + normal[N](0, 1) else x`");
  else session.Report(DiagnosticKind::NothingToApply, run.program.span, "the model of this training has no input that comes from the columns of a data source");
  return nullptr;
}

}  // namespace nnc::driver
