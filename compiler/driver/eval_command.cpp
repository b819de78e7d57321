// nnc eval: a run's metrics, computed anew.
#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "compiler/driver/command.h"
#include "compiler/driver/evaluation.h"
#include "compiler/driver/figures.h"
#include "compiler/driver/run_store.h"
#include "compiler/driver/value_conditions.h"
#include "runtime/csv.h"
#include "runtime/file_bytes.h"
#include "runtime/names.h"
#include "runtime/text_plot.h"

namespace nnc::driver {

// A source whose files were replaced as a whole is one part: `part`, or "data". Files that stand together are replaced together.
static void TakeWhole(Session& session, sema::DataSource& data, const std::vector<std::string>& replaced, const std::string& part) {
  std::string others, all;
  size_t taken = 0;
  for (size_t number = 0; number < data.header.Tables(); ++number) {
    sema::SourceHeader& table = data.header.Table(number);
    const size_t before = taken;
    for (const std::string& pair : replaced) {
      if (pair.substr(0, pair.find('=')) != table.name) continue;
      data.header.split.clear();
      table.ReplaceFiles(pair.substr(pair.find('=') + 1), part.empty() ? "data" : part);
      taken = before + 1;
    }
    if (taken == before) others += (others.empty() ? "`" : ", `") + table.name + "`";
    all += (all.empty() ? "`--data " : " --data ") + table.name + "=FILE";
  }
  if (taken > 0 && taken < data.header.Tables())
    session.Report(DiagnosticKind::UsageError, {}, "--data names another file for some of the files of `" + data.header.name + "`, and none for " + others + ", which have rows of the same events").Help("name all: " + all + "`");
}

static bool LoadSources(Session& session, OpenRun& run, Sources& sources) {
  for (const auto& use : run.program.sources) {
    sources.push_back(std::make_unique<LoadedSource>(session, *run.files, use.data, &run.state.fits));
    if (!sources.back()->Open() || !sources.back()->Materialise({use.fields.begin(), use.fields.end()})) return false;
  }
  return true;
}

static HostValues StoredValues(const OpenRun& run, const Sources& sources) {
  HostValues values = DriverValues(run.program, sources, 1);
  for (auto& [name, value] : values) {
    auto stored = run.state.fits.values.find(name);
    if (stored != run.state.fits.values.end()) value = stored->second;
  }
  return values;
}

// Loss per epoch, as the run's log has it; "" for a log of one epoch.
static std::string LearningCurve(const std::filesystem::path& log) {
  const runtime::Table table = runtime::ReadCsv(log);
  auto numbers = [&](const char* name) {
    const runtime::Column* column = table.Find(name);
    std::vector<double> values;
    for (int64_t row = 0; column != nullptr && row < column->rows; ++row) values.push_back(column->Number(row));
    return values;
  };
  const std::vector<double> epochs = numbers("epoch"), train = numbers("train.loss");
  return epochs.size() < 2 ? "" : runtime::PlotLearningCurve(epochs, train, numbers("valid.loss"));
}

// A split goes by the places of events in their file: in another one, parts hold other events, and `valid` some that the training saw. Sources
// that `--data` replaces as a whole are not divided, nor are files of parts but the training's; such a one that was asked for is no surprise.
static void WarnOfChangedData(Session& session, const OpenRun& run, const std::vector<std::string>& replaced) {
  const std::map<std::string, std::string> others = ParsePairs(session, replaced, "--data");
  const auto warn = [&](const sema::SourceHeader& header, bool split) {
    for (const auto& [name, content] : run.metrics.header.contents) {
      if (name != header.name && !name.starts_with(header.name + ".")) continue;
      const auto other = others.find(name);
      const auto read = run.metrics.header.data.find(name);
      if (other == others.end() && read == run.metrics.header.data.end()) continue;
      const std::string path = other == others.end() ? read->second : other->second;
      if (!runtime::CanReadTwice(path) || runtime::Fingerprint(path) == content) continue;
      const bool divided = split && std::none_of(header.files.begin(), header.files.end(), [&](const auto& part) {
        return !part.part.empty() && part.part != "train" && (name + ".").starts_with(header.name + "." + part.part + ".");
      });
      if (other != others.end() && !divided) continue;
      session.Report(DiagnosticKind::DataChanged, {}, "`" + path + "` is not what the training read" + (divided ? ": its events are divided anew, and a part may hold events that the training saw" : ""))
          .Help(divided ? "`--data " + header.name + "=FILE` evaluates all events of a file, without dividing them" : "these figures are those of the file as it is now");
    }
  };
  for (const auto& use : run.program.sources) {
    const sema::SourceHeader& header = use.data.header;
    for (size_t table = 0; table < header.Tables(); ++table)
      if (others.count(header.name) == 0) warn(header.Table(table), !header.split.empty());
  }
}

// A part is chosen among those of a source that is still divided; files of `--data` are taken whole, under its name.
static void CheckChoosesPart(Session& session, const OpenRun& run, const EvalRequest& request) {
  if (request.split.empty()) return;
  const std::map<std::string, std::string> others = ParsePairs(session, request.data, "--data");
  const auto& sources = run.program.sources;
  if (std::all_of(sources.begin(), sources.end(), [&](const auto& use) { return others.count(use.data.header.name) != 0; }))
    session.Report(DiagnosticKind::UsageError, {}, "`--split` chooses a part of the training's data, and `--data` gives another file, which is evaluated as a whole").Help("leave `--split` out");
}

int Eval(const EvalRequest& request) {
  Session session;
  auto run = OpenRunFolder(session, request.run, request.data);
  if (!run || !MayWrite(session, request.output, FilesBehind(*run, request.run))) return session.Finish();
  std::vector<sema::SourceHeader> headers;
  for (const auto& use : run->program.sources) headers.push_back(use.data.header);
  run->files->CheckReplacements(headers);
  CheckChoosesPart(session, *run, request);
  if (session.diagnostics.HasErrors()) return session.Finish();
  for (auto& use : run->program.sources) TakeWhole(session, use.data, request.data, request.split);
  if (session.diagnostics.HasErrors()) return session.Finish();
  WarnOfChangedData(session, *run, request.data);
  Sources sources;
  if (!LoadSources(session, *run, sources) || !CheckValues(session, run->program, sources)) return session.Finish();
  std::vector<std::string> parts = PartNames(sources);
  if (!request.split.empty()) {
    if (std::find(parts.begin(), parts.end(), request.split) == parts.end()) {
      session.Report(DiagnosticKind::MissingSplit, headers.empty() ? run->program.span : headers.front().span,
                     "the data has no part `" + request.split + "`").Help("it has " + runtime::Listed(parts) + (request.split.find_first_of(", ") == std::string::npos ? "" : ": `--split` takes one of them"));
      return session.Finish();
    }
    parts = {request.split};
  }
  HostValues values = StoredValues(*run, sources);
  Evaluation evaluation(run->program, sources, run->state.variables, values, run->metrics.header.seed);
  if (!evaluation.FitsMemory(session)) return session.Finish();
  PartFigures figures;
  run->metrics.parts.clear();
  try {
    for (const std::string& part : parts) {
      figures.emplace_back(part, evaluation.Run(part));
      evaluation.ReportDoubtful(session, part, figures.back().second);
      run->metrics.parts.push_back(MetricsOf(part, figures.back().second, evaluation.Confusion()));
    }
    if (!request.output.empty()) runtime::WriteOutput(request.output, runtime::FormatRunMetrics(run->metrics));
  } catch (const runtime::DataError& error) {
    session.Report(error, run->program.span);
    return session.Finish();
  }
  if (request.output == "-") return session.Finish();
  std::printf("%s", FormatFigures(figures).c_str());
  std::printf("%s", evaluation.ConfusionTables(parts.back(), run->state.fits).c_str());
  if (request.plot) {
    const std::string picture = evaluation.Picture();
    for (const std::string& drawn : {LearningCurve(std::filesystem::path(request.run) / "log.csv"), picture})
      if (!drawn.empty()) std::printf("\n%s", drawn.c_str());
  }
  return session.Finish();
}

}  // namespace nnc::driver
