#include "runtime/run_folder.h"

#include "runtime/data_error.h"
#include "runtime/run_metrics.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

namespace nnc::runtime {

namespace fs = std::filesystem;

static DataError CannotWrite(const fs::path& place, const std::string& reason) {
  return DataError(DataErrorKind::WriteFailed, reason, {place.string()});
}

bool IsRun(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_regular_file(folder / "metrics.json", error)) return false;
  try {
    return ReadRunMetrics(folder / "metrics.json").header.format_version > 0;
  } catch (const DataError&) {
    return false;
  }
}

static void RequireReplaceable(const fs::path& out) {
  std::error_code error;
  if (!fs::exists(fs::symlink_status(out, error))) return;
  if (!fs::is_directory(out, error)) throw CannotWrite(out, "a file is in the place of the run folder");
  if (fs::is_empty(out, error) || IsRun(out)) return;
  throw CannotWrite(out, "the folder is not empty and holds no earlier run, so it is not replaced");
}

// A path without a trailing slash, whose file name is the folder's.
static fs::path FolderPath(fs::path path) {
  path = path.lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

void RunFolder::MakeStaging(const fs::path& parent, const std::string& name) {
  static std::atomic<int> counter = 0;
  std::error_code error;
  fs::create_directories(parent.empty() ? fs::path(".") : parent, error);
  if (error) throw CannotWrite(parent, "cannot create the folder: " + error.message());
  staging_ = parent / ("." + name + ".staged-" + std::to_string(getpid()) + "-" + std::to_string(counter++));
  fs::remove_all(staging_, error);
  fs::create_directory(staging_, error);
  if (error) throw CannotWrite(staging_, "cannot create the folder: " + error.message());
}

RunFolder RunFolder::StageAt(const fs::path& out) {
  RunFolder run;
  run.target_ = FolderPath(out);
  RequireReplaceable(run.target_);
  run.MakeStaging(run.target_.parent_path(), run.target_.filename().string());
  return run;
}

RunFolder RunFolder::StageNext(const fs::path& root, const std::string& name) {
  RunFolder run;
  run.target_ = root / name;
  run.numbered_ = true;
  run.MakeStaging(root, name);
  return run;
}

RunFolder::RunFolder(RunFolder&& other) noexcept
    : staging_(std::move(other.staging_)), target_(std::move(other.target_)), numbered_(other.numbered_), committed_(other.committed_) {
  other.committed_ = true;
}

RunFolder::~RunFolder() {
  if (committed_) return;
  std::error_code ignored;
  fs::remove_all(staging_, ignored);
}

// Creates the first numbered folder that is not there yet; creation is what decides between two programs.
static fs::path ClaimNumber(const fs::path& stem) {
  std::error_code error;
  for (int number = 1;; ++number) {
    fs::path place = stem;
    place += "-";
    place += std::to_string(number);
    if (fs::create_directory(place, error)) return place;
    if (error && error != std::errc::file_exists) throw CannotWrite(place, "cannot create the folder: " + error.message());
  }
}

fs::path RunFolder::Commit() {
  std::error_code error;
  fs::path place = numbered_ ? ClaimNumber(target_) : target_;
  if (!numbered_) RequireReplaceable(place);
  fs::path old = staging_;
  old += ".old";
  bool replaces = fs::exists(place, error) && !fs::is_empty(place, error);
  if (replaces) fs::rename(place, old, error);
  if (error) throw CannotWrite(place, "cannot move the earlier run away: " + error.message());
  fs::rename(staging_, place, error);  // over an empty folder, or into a free place
  if (error) {
    std::error_code ignored;
    if (replaces) fs::rename(old, place, ignored);
    if (numbered_) fs::remove(place, ignored);
    throw CannotWrite(place, "cannot put the run in its place: " + error.message());
  }
  committed_ = true;
  if (replaces) fs::remove_all(old, error);
  return place;
}

}  // namespace nnc::runtime
