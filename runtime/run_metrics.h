// metrics.json of a run: the figures of each part of the data, and a header that says what made them.
//
//   {"train": {"loss": 0.12}, "valid": {"loss": 0.13, "auc": 0.98, "confusion": [[90, 10], [5, 95]]},
//    "header": {"format_version": 1, "version": "0.1.0", "ended": "complete", "best_epoch": 20, "seed": 1, ...}}
//
// Figures that are not finite are the texts "nan", "inf" and "-inf". A part has figures once it was evaluated; a part's `confusion_matrix` is that behind its
// first metric that judges classes.
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
  std::string version;                         // of the program that made the run
  std::string train;                           // the name after `train`
  std::map<std::string, std::string> data;     // data source -> absolute path, for sources read from files
  std::map<std::string, std::string> contents; // by the same names: Fingerprint of the file
  uint64_t seed = 0;
  std::map<std::string, std::string> options;  // as they were set, spelled as in the program
  std::map<std::string, int64_t> flags;        // settings that the command line overrode: epochs, batch
  std::string ended;                           // "complete", "stalled", "condition", "interrupted" or "diverged"
  int64_t epochs = 0;                          // begun
  int64_t steps = 0;
  int64_t best_epoch = 0;                      // whose weights are kept; 0: the initial ones
  std::vector<std::string> classes;            // names of the classes of confusion matrices, where they are known
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

// The text of metrics.json.
std::string FormatRunMetrics(const RunMetrics& metrics);

// Throws DataError WriteFailed.
void WriteRunMetrics(const std::filesystem::path& path, const RunMetrics& metrics);

// Throws DataError FileNotFound or MalformedData, also for a newer format version.
RunMetrics ReadRunMetrics(const std::filesystem::path& path);

}  // namespace nnc::runtime
