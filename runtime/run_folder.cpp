#include "runtime/run_folder.h"

#include "runtime/data_error.h"
#include "runtime/run_metrics.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

namespace nnc::runtime {

namespace fs = std::filesystem;

static DataError cannot_write(const fs::path& place, const std::string& reason) {
  return DataError(DataErrorKind::WriteFailed, reason, {place.string()});
}

bool is_run(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_regular_file(folder / "metrics.json", error)) return false;
  try {
    return read_run_metrics(folder / "metrics.json").header.format_version > 0;
  } catch (const DataError&) {
    return false;
  }
}

static void require_replaceable(const fs::path& out) {
  std::error_code error;
  if (!fs::exists(fs::symlink_status(out, error))) return;
  if (!fs::is_directory(out, error)) throw cannot_write(out, "a file is in the place of the run folder");
  if (fs::is_empty(out, error) || is_run(out)) return;
  throw cannot_write(out, "the folder is not empty and holds no earlier run, so it is not replaced");
}

// A path without a trailing slash, whose file name is the folder's.
static fs::path folder_path(fs::path path) {
  path = path.lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

void RunFolder::make_staging(const fs::path& parent, const std::string& name) {
  static std::atomic<int> counter = 0;
  std::error_code error;
  fs::create_directories(parent.empty() ? fs::path(".") : parent, error);
  if (error) throw cannot_write(parent, "cannot create the folder: " + error.message());
  staging_ = parent / ("." + name + ".staged-" + std::to_string(getpid()) + "-" + std::to_string(counter++));
  fs::remove_all(staging_, error);
  fs::create_directory(staging_, error);
  if (error) throw cannot_write(staging_, "cannot create the folder: " + error.message());
}

RunFolder RunFolder::stage_at(const fs::path& out) {
  RunFolder run;
  run.target_ = folder_path(out);
  require_replaceable(run.target_);
  run.make_staging(run.target_.parent_path(), run.target_.filename().string());
  return run;
}

RunFolder RunFolder::stage_next(const fs::path& root, const std::string& name) {
  RunFolder run;
  run.target_ = root / name;
  run.numbered_ = true;
  run.make_staging(root, name);
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
static fs::path claim_number(const fs::path& stem) {
  std::error_code error;
  for (int number = 1;; ++number) {
    fs::path place = stem;
    place += "-" + std::to_string(number);
    if (fs::create_directory(place, error)) return place;
    if (error && error != std::errc::file_exists) throw cannot_write(place, "cannot create the folder: " + error.message());
  }
}

fs::path RunFolder::commit() {
  std::error_code error;
  fs::path place = numbered_ ? claim_number(target_) : target_;
  if (!numbered_) require_replaceable(place);
  fs::path old = staging_;
  old += ".old";
  bool replaces = fs::exists(place, error) && !fs::is_empty(place, error);
  if (replaces) fs::rename(place, old, error);
  if (error) throw cannot_write(place, "cannot move the earlier run away: " + error.message());
  fs::rename(staging_, place, error);  // over an empty folder, or into a free place
  if (error) {
    std::error_code ignored;
    if (replaces) fs::rename(old, place, ignored);
    if (numbered_) fs::remove(place, ignored);
    throw cannot_write(place, "cannot put the run in its place: " + error.message());
  }
  committed_ = true;
  if (replaces) fs::remove_all(old, error);
  return place;
}

}  // namespace nnc::runtime
