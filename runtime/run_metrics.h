// metrics.json of a run: the figures of each part of the data, and a header that says what made them.
//
//   {"train": {"loss": 0.12}, "valid": {"loss": 0.13, "auc": 0.98, "confusion": [[90, 10], [5, 95]]},
//    "header": {"format_version": 1, "data": {"toy": "/data/toy.csv"}, "seed": 1, "options": {"width": "32"}, "seconds": 2.5}}
//
// Figures that are not finite are null.
#pragma once

#include "runtime/metrics.h"
#include "runtime/progress.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace nnc::runtime {

inline constexpr int run_format_version = 1;

struct RunHeader {
  int format_version = run_format_version;
  std::string train;                           // the name after `train`
  std::map<std::string, std::string> data;     // data source -> absolute path, for sources read from files
  uint64_t seed = 0;
  std::map<std::string, std::string> options;  // as they were set, spelled as in the program
  int64_t epochs = 0;
  int64_t steps = 0;
  double seconds = 0;
};

struct PartMetrics {
  std::string part;  // "train", "valid", "test", ...
  std::vector<NamedValue> figures;
  std::vector<std::pair<std::string, ConfusionMatrix>> matrices;

  // The figure, or NaN if there is none of the name.
  double Find(const std::string& name) const;
};

struct RunMetrics {
  std::vector<PartMetrics> parts;
  RunHeader header;
};

// Throws DataError WriteFailed.
void WriteRunMetrics(const std::filesystem::path& path, const RunMetrics& metrics);

// Throws DataError FileNotFound or MalformedData, also for a newer format version.
RunMetrics ReadRunMetrics(const std::filesystem::path& path);

}  // namespace nnc::runtime
