#include "runtime/run_folder.h"

#include "runtime/data_error.h"
#include "runtime/file_bytes.h"
#include "runtime/run_metrics.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iterator>

namespace nnc::runtime {

namespace fs = std::filesystem;

static constexpr const char* kStaged = ".staged";  // part of the names of all staging folders
static constexpr const char* kRunFiles[] = {"program.nn", "weights.safetensors", "log.csv", "steps.csv", "metrics.json"};

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

// Also what is left of such a file where its writing was cut off.
static bool IsRunFile(const std::string& name) {
  return std::any_of(std::begin(kRunFiles), std::end(kRunFiles), [&](const std::string& file) { return name == file || name.rfind(file + ".tmp-", 0) == 0; });
}

// Removes the files of a run and then the folder, if nothing else is in it.
static void RemoveRun(const fs::path& folder) {
  std::error_code ignored;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder, ignored))
    if (IsRunFile(entry.path().filename().string()) && !entry.is_directory(ignored)) files.push_back(entry.path());
  for (const fs::path& file : files) fs::remove(file, ignored);
  fs::remove(folder, ignored);
}

static void RequireReplaceable(const fs::path& out) {
  std::error_code error;
  if (!fs::exists(fs::symlink_status(out, error))) return;
  if (!fs::is_directory(out, error)) throw CannotWrite(out, "a file is in the place of the run folder; give another place");
  if (fs::is_empty(out, error)) return;
  if (!IsRun(out)) throw CannotWrite(out, "the folder is not empty and holds no earlier run, so it is not replaced; give another place");
  for (const auto& entry : fs::directory_iterator(out, error)) {
    const std::string name = entry.path().filename().string();
    if (IsRunFile(name) && !entry.is_directory(error)) continue;
    throw CannotWrite(out, "beside an earlier run the folder holds `" + name + "`, so it is not replaced; move that away, or give another place");
  }
}

// Staging beside the place and a rename into it need both on one file system, and a place that is no program's working folder.
static void RequireRenamable(const fs::path& out) {
  std::error_code error;
  const fs::path here = fs::current_path(error);
  if (std::mismatch(out.begin(), out.end(), here.begin(), here.end()).first == out.end())
    throw CannotWrite(out, "a run cannot take the place of the folder that the command works in; give another place");
  struct stat inside {}, beside {};
  if (stat(out.c_str(), &inside) == 0 && stat(out.parent_path().c_str(), &beside) == 0 && inside.st_dev != beside.st_dev)
    throw CannotWrite(out, "a run cannot take the place of a mounted file system; name a folder in it");
}

// The innermost folder above a path that is there.
static fs::path Existing(fs::path path) {
  std::error_code error;
  while (!fs::exists(path, error) && path.has_parent_path() && path != path.parent_path()) path = path.parent_path();
  return path;
}

static void RequireWritable(const fs::path& parent) {
  const fs::path place = Existing(parent);
  std::error_code error;
  if (!fs::is_directory(place, error)) throw CannotWrite(parent, "`" + place.string() + "` is no folder");
  if (access(place.c_str(), W_OK | X_OK) != 0) throw CannotWrite(parent, std::string("cannot write to the folder: ") + std::strerror(errno));
}

RunFolder RunFolder::At(const fs::path& out) {
  RunFolder run;
  std::error_code error;
  run.shown_ = out.lexically_normal();
  if (!run.shown_.has_filename()) run.shown_ = run.shown_.parent_path();  // `runs/a/` is `runs/a`
  run.target_ = fs::absolute(BehindLinks(run.shown_), error).lexically_normal();
  if (!run.target_.has_filename()) run.target_ = run.target_.parent_path();
  RequireReplaceable(run.target_);
  RequireRenamable(run.target_);
  RequireWritable(run.target_.parent_path());
  return run;
}

RunFolder RunFolder::Next(const fs::path& root, const std::string& name) {
  RunFolder run;
  run.target_ = root / name;
  run.numbered_ = true;
  RequireWritable(fs::absolute(root));
  return run;
}

RunFolder::RunFolder(RunFolder&& other) noexcept
    : target_(std::move(other.target_)), shown_(std::move(other.shown_)), staging_(std::move(other.staging_)), folder_(std::move(other.folder_)), lock_(other.lock_),
      numbered_(other.numbered_) {
  other.staging_.clear();
  other.lock_ = -1;
}

RunFolder::~RunFolder() { Release(); }

void RunFolder::Release() {
  if (staging_.empty()) return;
  std::error_code ignored;
  RemoveRun(staging_ / "run");
  fs::remove(staging_ / "lock", ignored);
  fs::remove(staging_, ignored);
  if (lock_ >= 0) close(lock_);
  staging_.clear();
  lock_ = -1;
}

// Whether two names lead to one file.
static bool IsFile(int file, const fs::path& path) {
  struct stat open {}, named {};
  return fstat(file, &open) == 0 && stat(path.c_str(), &named) == 0 && open.st_ino == named.st_ino && open.st_dev == named.st_dev;
}

// Locks the file of a staging folder; -1 where another program holds it. A file system without locks gives way to everybody.
static int Lock(const fs::path& path) {
  int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (file < 0) return -1;
  bool held = flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  if (!held && IsFile(file, path)) return file;
  close(file);
  return -1;
}

// Removes what ended programs left beside a place. A lock that can be taken has no owner any more.
static void RemoveAbandoned(const fs::path& parent) {
  std::error_code error;
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(parent, error)) {
    const std::string name = entry.path().filename().string();
    if (name.front() == '.' && name.find(kStaged) != std::string::npos && entry.is_directory(error)) found.push_back(entry.path());
  }
  for (const fs::path& staging : found) {
    std::error_code ignored;
    if (!fs::exists(staging / "lock", ignored)) {
      fs::remove(staging, ignored);  // of a program that ended before it locked, if it is empty
      continue;
    }
    int lock = Lock(staging / "lock");
    if (lock < 0) continue;
    RemoveRun(staging / "run");
    fs::remove(staging / "lock", ignored);
    fs::remove(staging, ignored);
    close(lock);
  }
}

// False where another program came first.
bool RunFolder::TakeStaging(const fs::path& staging) {
  std::error_code error;
  for (int tries = 0; tries < 3; ++tries) {  // whoever removes abandoned folders may be in between
    fs::create_directory(staging, error);
    if (error) throw CannotWrite(staging, "cannot create the folder: " + error.message());
    lock_ = Lock(staging / "lock");
    if (lock_ >= 0) break;
  }
  if (lock_ < 0) return false;
  staging_ = staging;
  folder_ = staging / "run";
  fs::create_directory(folder_, error);
  if (!error) return true;
  Release();
  throw CannotWrite(folder_, "cannot create the folder: " + error.message());
}

void RunFolder::Stage() {
  static std::atomic<int> counter = 0;
  std::error_code error;
  const fs::path parent = target_.parent_path();
  fs::create_directories(parent, error);
  if (error) throw CannotWrite(parent, "cannot create the folder: " + error.message());
  RemoveAbandoned(parent);
  // One staging folder per place lets one training at a time write to it.
  std::string name = "." + target_.filename().string() + kStaged;
  if (numbered_) name += "-" + std::to_string(getpid()) + "-" + std::to_string(counter++);
  if (!TakeStaging(parent / name)) throw CannotWrite(target_, "another training is writing to this place; give another one");
}

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#define RENAME_EXCHANGE 2
#endif

// Renames the run to the first numbered place that is free; the renaming is what decides between two programs.
static fs::path PutNext(const fs::path& run, const fs::path& stem) {
  for (int number = 1;; ++number) {
    fs::path place = stem;
    place += "-" + std::to_string(number);
    std::error_code error;
    if (fs::exists(fs::symlink_status(place, error))) continue;
    if (renameat2(AT_FDCWD, run.c_str(), AT_FDCWD, place.c_str(), RENAME_NOREPLACE) == 0) return place;
    if (errno == EEXIST) continue;
    // A file system without that: creation decides.
    if (!fs::create_directory(place, error)) {
      if (!error) continue;
      throw CannotWrite(place, "cannot create the folder: " + error.message());
    }
    fs::rename(run, place, error);
    if (!error) return place;
    std::error_code ignored;
    fs::remove(place, ignored);
    throw CannotWrite(place, "cannot put the run in its place: " + error.message());
  }
}

// Puts the run in place of an earlier one, which is removed, of an empty folder, or of nothing.
static void Put(const fs::path& run, const fs::path& place) {
  std::error_code error;
  bool replaces = fs::exists(place, error) && !fs::is_empty(place, error);
  if (replaces && renameat2(AT_FDCWD, run.c_str(), AT_FDCWD, place.c_str(), RENAME_EXCHANGE) == 0) return RemoveRun(run);
  fs::path old = run;
  old += ".old";
  error.clear();
  if (replaces) fs::rename(place, old, error);
  if (error) throw CannotWrite(place, "cannot move the earlier run away: " + error.message());
  fs::rename(run, place, error);
  if (error) {
    std::error_code ignored;
    if (replaces) fs::rename(old, place, ignored);
    throw CannotWrite(place, "cannot put the run in its place: " + error.message());
  }
  if (replaces) RemoveRun(old);
}

fs::path RunFolder::Commit() {
  if (numbered_) return folder_ = PutNext(folder_, target_);
  RequireReplaceable(target_);
  Put(folder_, target_);
  folder_ = target_;
  return shown_;
}

}  // namespace nnc::runtime
