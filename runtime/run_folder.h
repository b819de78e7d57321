// The folder of one training: written beside its final place under a hidden name and renamed when it is complete, so that a
// failure leaves an earlier run as it was and no half-written one.
//
// A run holds program.nn, weights.safetensors, log.csv, perhaps steps.csv, and metrics.json (run_metrics.h), which also marks the
// folder as a run of this program. A folder that holds anything else is nobody's to replace: it is refused.
//
// Staging. The hidden folder `.NAME.staged...` holds a file `lock`, which its program keeps locked, and the folder `run`. What a
// program left that was ended from outside is therefore known as such, and removed by the next training that stages beside it; it
// never holds more than files of a run.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace nnc::runtime {

class RunFolder {
 public:
  // A run to be put at `out`, or where that leads as a symbolic link. An existing run there is replaced at commit, an empty folder is
  // used; anything else is refused with DataError WriteFailed, at once.
  static RunFolder At(const std::filesystem::path& out);

  // A run to be put at `root`/`name`-1, -2, ...: the first number free at commit.
  static RunFolder Next(const std::filesystem::path& root, const std::string& name);

  RunFolder(RunFolder&& other) noexcept;
  RunFolder& operator=(RunFolder&&) = delete;
  // Removes what was staged, unless it was committed.
  ~RunFolder();

  // Makes the folder that the run is written to. Throws DataError WriteFailed, also where another training is writing to the place.
  void Stage();

  // Where the run's files are: staged, and after the commit in their place.
  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path ProgramFile() const { return folder_ / "program.nn"; }
  std::filesystem::path WeightsFile() const { return folder_ / "weights.safetensors"; }
  std::filesystem::path LogFile() const { return folder_ / "log.csv"; }
  std::filesystem::path StepsFile() const { return folder_ / "steps.csv"; }
  std::filesystem::path MetricsFile() const { return folder_ / "metrics.json"; }

  // Puts the run in its place and returns that as it was given: in one step that a reader sees whole, where the file system can. Throws DataError
  // WriteFailed and leaves an older run as it was. The place stays locked as long as this object lives.
  std::filesystem::path Commit();

 private:
  RunFolder() = default;
  bool TakeStaging(const std::filesystem::path& staging);
  void Release();

  std::filesystem::path target_;   // with `numbered_`, without its number
  std::filesystem::path shown_;    // the place as it was given
  std::filesystem::path staging_;  // holds `lock` and `run`; empty: not staged
  std::filesystem::path folder_;
  int lock_ = -1;
  bool numbered_ = false;
};

// Whether the folder is a run of this program.
bool IsRun(const std::filesystem::path& folder);

}  // namespace nnc::runtime
