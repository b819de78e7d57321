// The folder of one training: written beside its final place under a hidden name and renamed when it is complete, so that a
// failure or an interrupt leaves nothing behind.
//
// A run holds program.nn, weights.safetensors, log.csv and metrics.json (run_metrics.h), which also marks the folder as a
// run of this program.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace nnc::runtime {

class RunFolder {
 public:
  // A run to be put at `out`. An existing run there is replaced at commit, an empty folder is used; anything else is refused
  // with DataError WriteFailed, at once.
  static RunFolder StageAt(const std::filesystem::path& out);

  // A run to be put at `root`/`name`-1, -2, ...: the first number free at commit.
  static RunFolder StageNext(const std::filesystem::path& root, const std::string& name);

  RunFolder(RunFolder&& other) noexcept;
  RunFolder& operator=(RunFolder&&) = delete;
  // Removes what was staged, unless it was committed.
  ~RunFolder();

  // Where the run's files are written until it is committed.
  const std::filesystem::path& staging() const { return staging_; }
  std::filesystem::path ProgramFile() const { return staging_ / "program.nn"; }
  std::filesystem::path WeightsFile() const { return staging_ / "weights.safetensors"; }
  std::filesystem::path LogFile() const { return staging_ / "log.csv"; }
  std::filesystem::path StepsFile() const { return staging_ / "steps.csv"; }
  std::filesystem::path MetricsFile() const { return staging_ / "metrics.json"; }

  // Puts the run in its place and returns that. Throws DataError WriteFailed and leaves an older run as it was.
  std::filesystem::path Commit();

 private:
  RunFolder() = default;
  void MakeStaging(const std::filesystem::path& parent, const std::string& name);

  std::filesystem::path staging_;
  std::filesystem::path target_;  // with `numbered_`, without its number
  bool numbered_ = false;
  bool committed_ = false;
};

// Whether the folder is a run of this program.
bool IsRun(const std::filesystem::path& folder);

}  // namespace nnc::runtime
