// nnc sample: a data source's fields as a table, drawn or read, prepared as for training.
#include <algorithm>
#include <numeric>

#include "compiler/driver/command.h"
#include "compiler/driver/data_loader.h"
#include "compiler/driver/output_file.h"
#include "compiler/driver/program.h"
#include "compiler/driver/rehearsal.h"
#include "runtime/csv_writer.h"
#include "runtime/file_bytes.h"

namespace nnc::driver {

// The rows of the column in their order.
static runtime::Column Pick(const runtime::Column& column, const std::vector<int64_t>& rows) {
  runtime::Column picked(column.name, column.type, column.shape, static_cast<int64_t>(rows.size()));
  size_t bytes = static_cast<size_t>(column.width()) * runtime::ElementSize(column.type);
  for (size_t i = 0; i < rows.size(); ++i)
    std::copy_n(static_cast<const char*>(column.data.data()) + static_cast<size_t>(rows[i]) * bytes, bytes,
                static_cast<char*>(picked.data.data()) + i * bytes);
  return picked;
}

static void Write(Session& session, const LoadedSource& source, const sema::DataSource& data, const SampleRequest& request) {
  std::vector<int64_t> rows(static_cast<size_t>(source.rows()));
  std::iota(rows.begin(), rows.end(), int64_t{0});
  if (!request.part.empty()) {
    const runtime::RowSet* part = source.parts().Find(request.part);
    if (part == nullptr) {
      session.Report(DiagnosticKind::MissingSplit, data.header.span, "`" + data.header.name + "` has no part `" + request.part + "`");
      return;
    }
    rows = part->rows;
  }
  std::vector<runtime::Column> columns;
  for (const auto& field : data.fields) {
    columns.push_back(Pick(source.Field(field.name), rows));
    columns.back().name = field.name;
  }
  std::vector<const runtime::Column*> pointers;
  for (const runtime::Column& column : columns) pointers.push_back(&column);
  runtime::WriteOutput(request.output, runtime::FormatCsv(pointers));
}

static bool MayWriteSample(Session& session, DataFiles& files, const sema::SourceHeader& header, const std::string& output) {
  std::vector<FileRead> read = ProgramFiles(session);
  try {
    for (const auto& [name, path] : files.Paths(header)) read.push_back({path, "a file of `" + header.name + "`"});
  } catch (const runtime::DataError& error) {
    session.Report(error, header.span);
    return false;
  }
  return MayWrite(session, output, read);
}

// What the program's trainings take as input from the source, for a `fill` that is meant for that; nothing where none trains on it.
static std::optional<std::set<std::string>> InputsOf(sema::Module& module, const std::string& source) {
  std::optional<std::set<std::string>> inputs;
  for (const std::string& name : module.TrainNames()) {
    std::optional<sema::TrainProgram> program = module.ElaborateTrain(name);
    if (!program) continue;
    for (const auto& use : program->sources) {
      if (use.data.header.name != source || !use.data.inputs) continue;
      if (!inputs) inputs.emplace();
      inputs->insert(use.data.inputs->begin(), use.data.inputs->end());
    }
  }
  return inputs;
}

static void SampleInto(Session& session, DataFiles& files, sema::Module& module, const SampleRequest& request) {
  std::string name = ChooseName(session, request.data, module.DataNames(), "data source", request.file);
  if (name.empty()) return;
  std::optional<sema::DataSource> data = module.ElaborateData(name);
  if (!data || session.diagnostics.HasErrors()) return;
  if (data->header.fill) data->inputs = InputsOf(module, name);
  files.CheckReplacements({data->header});
  if (!MayWriteSample(session, files, data->header, request.output)) return;
  LoadedSource source(session, files, *data, nullptr);
  std::set<std::string> fields;
  for (const auto& field : data->fields) fields.insert(field.name);
  if (session.diagnostics.HasErrors() || !source.Open() || !source.Materialise(fields)) return;
  try {
    Write(session, source, *data, request);
  } catch (const runtime::DataError& error) {
    session.Report(error, {});
  }
}

int Sample(const SampleRequest& request) {
  Session session;
  sema::Options options = ElaborationOptions(session, request.set);
  DataFiles files(session, ParsePairs(session, request.paths, "--data"));
  options.schema = &files;
  if (auto module = LoadProgram(session, request.file, options)) {
    SampleInto(session, files, *module, request);
    if (request.paths.empty()) Rehearse(session, request.file, options, true);
  }
  return session.Finish();
}

}  // namespace nnc::driver
