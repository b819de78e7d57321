#include "runtime/run_metrics.h"

#include "runtime/data_error.h"
#include "runtime/file_bytes.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <limits>

namespace nnc::runtime {

using Json = nlohmann::ordered_json;

static constexpr double nan = std::numeric_limits<double>::quiet_NaN();

double PartMetrics::Find(const std::string& name) const {
  for (const NamedValue& figure : figures) {
    if (figure.name == name) return figure.value;
  }
  return nan;
}

// JSON has no number that is not finite: text says which it is.
static Json FigureJson(double value) {
  if (std::isfinite(value)) return value;
  return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

static Json MatrixJson(const ConfusionMatrix& matrix) {
  Json rows = Json::array();
  for (int64_t i = 0; i < matrix.classes; ++i) {
    Json row = Json::array();
    for (int64_t j = 0; j < matrix.classes; ++j) row.push_back(FigureJson(matrix.At(i, j)));
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string FormatRunMetrics(const RunMetrics& metrics) {
  Json document = Json::object();
  for (const PartMetrics& part : metrics.parts) {
    Json& entry = document[part.part] = Json::object();
    for (const NamedValue& figure : part.figures) entry[figure.name] = FigureJson(figure.value);
    for (const auto& [name, matrix] : part.matrices) entry[name] = MatrixJson(matrix);
  }
  const RunHeader& header = metrics.header;
  document["header"] = {{"format_version", header.format_version}, {"version", header.version}, {"train", header.train},
                        {"data", header.data},       {"contents", header.contents}, {"seed", header.seed},     {"options", header.options},
                        {"flags", header.flags},     {"ended", header.ended},   {"epochs", header.epochs},
                        {"steps", header.steps},     {"best_epoch", header.best_epoch}, {"seconds", FigureJson(header.seconds)},
                        {"classes", header.classes}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

void WriteRunMetrics(const std::filesystem::path& path, const RunMetrics& metrics) { WriteFileAtomically(path, FormatRunMetrics(metrics)); }

// null stood for all that is not finite.
static double ReadFigure(const Json& value) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (value.is_null() || value == "nan") return nan;
  if (value == "inf" || value == "-inf") return value == "inf" ? infinity : -infinity;
  return value.get<double>();
}

static ConfusionMatrix ReadMatrix(const Json& rows) {
  ConfusionMatrix matrix;
  matrix.classes = static_cast<int64_t>(rows.size());
  for (const Json& row : rows) {
    if (row.size() != rows.size()) throw std::length_error("matrix");
    for (const Json& value : row) matrix.counts.push_back(ReadFigure(value));
  }
  return matrix;
}

static PartMetrics ReadPart(const std::string& name, const Json& entry) {
  PartMetrics part;
  part.part = name;
  for (const auto& [figure, value] : entry.items()) {
    if (value.is_array()) part.matrices.emplace_back(figure, ReadMatrix(value));
    else part.figures.push_back({figure, ReadFigure(value)});
  }
  return part;
}

static RunHeader ReadHeader(const Json& entry) {
  RunHeader header;
  header.format_version = entry.at("format_version").get<int>();
  header.train = entry.at("train").get<std::string>();
  header.data = entry.at("data").get<std::map<std::string, std::string>>();
  header.seed = entry.at("seed").get<uint64_t>();
  header.options = entry.at("options").get<std::map<std::string, std::string>>();
  header.epochs = entry.at("epochs").get<int64_t>();
  header.steps = entry.at("steps").get<int64_t>();
  header.seconds = ReadFigure(entry.at("seconds"));
  header.contents = entry.value("contents", header.contents);
  header.version = entry.value("version", "");
  header.flags = entry.value("flags", header.flags);
  header.ended = entry.value("ended", "complete");
  header.best_epoch = entry.value("best_epoch", header.epochs);
  header.classes = entry.value("classes", header.classes);
  return header;
}

RunMetrics ReadRunMetrics(const std::filesystem::path& path) {
  std::string text = ReadFileBytes(path);
  auto fail = [&](const char* message) { return DataError(DataErrorKind::MalformedData, message, {path.string()}); };
  Json document = Json::parse(text, nullptr, false);
  if (!document.is_object() || !document.contains("header")) throw fail("this is not the metrics.json of a run");
  RunMetrics metrics;
  try {
    metrics.header = ReadHeader(document["header"]);
    if (metrics.header.format_version > run_format_version) throw fail("the run was made by a newer version of this program");
    for (const auto& [name, entry] : document.items()) {
      if (name != "header") metrics.parts.push_back(ReadPart(name, entry));
    }
  } catch (const Json::exception&) {
    throw fail("the metrics.json of the run is damaged");
  } catch (const std::length_error&) {
    throw fail("the metrics.json of the run is damaged");
  }
  return metrics;
}

}  // namespace nnc::runtime
