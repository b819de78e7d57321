#include "runtime/file_bytes.h"

#include "runtime/data_error.h"
#include "runtime/names.h"
#include "runtime/number_text.h"

#include <glob.h>
#include <poll.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

namespace nnc::runtime {

namespace fs = std::filesystem;

namespace {
struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
struct CloseGzip {
  void operator()(gzFile file) const { gzclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;
using Gzip = std::unique_ptr<gzFile_s, CloseGzip>;
}  // namespace

static DataError Unreadable(const fs::path& path, const char* reason) {
  return DataError(DataErrorKind::FileNotFound, std::string("cannot read the file: ") + reason, {path.string()});
}

static bool IsGzip(std::FILE* file) {
  unsigned char magic[2];
  bool yes = std::fread(magic, 1, 2, file) == 2 && magic[0] == 0x1f && magic[1] == 0x8b;
  std::rewind(file);
  return yes;
}

bool IsPacked(const fs::path& path) {
  const File file(CanReadTwice(path) ? std::fopen(path.c_str(), "rb") : nullptr);
  return file && IsGzip(file.get());
}

static int64_t MachineBytes() {
  int64_t bytes = static_cast<int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGE_SIZE);
  int64_t allowed = 0;
  if (std::ifstream("/sys/fs/cgroup/memory.max") >> allowed && allowed > 0) bytes = std::min(bytes, allowed);
  return bytes;
}

int64_t MostFileBytes() {
  const char* given = std::getenv("NNC_FILE_LIMIT");
  if (given == nullptr || *given == 0) return MachineBytes() / 2;
  std::string text = given;
  int64_t unit = 1;
  if (size_t at = std::string("kMG").find(text.back()); at != std::string::npos) {
    unit = int64_t{1} << (10 * (at + 1));
    text.pop_back();
  }
  std::optional<int64_t> number = ParseInteger(text);
  if (number && *number > 0 && *number <= std::numeric_limits<int64_t>::max() / unit) return *number * unit;
  throw DataError(DataErrorKind::MalformedData, "NNC_FILE_LIMIT is `" + std::string(given) + "`, and a number of bytes is needed, as in 500M or 8G");
}

static DataError TooMuch(const fs::path& path, int64_t most) {
  constexpr int64_t kMega = int64_t{1} << 20;
  std::string shown = most >= kMega ? std::to_string(most / kMega) + " MiB" : std::to_string(most) + " bytes";
  return DataError(DataErrorKind::TooLarge, "the file holds more than " + shown + ", the most that is read", {path.string()},
                   "the environment variable NNC_FILE_LIMIT sets another limit, as in NNC_FILE_LIMIT=8G");
}

// Takes pieces from `read`, which gives fewer bytes than it is asked for at the end alone, up to `limit` bytes if that is not negative.
template <typename Read>
static std::string Drain(Read read, size_t first, const fs::path& path, int64_t limit) {
  const int64_t most = MostFileBytes();
  const size_t end = static_cast<size_t>(limit < 0 ? most + 1 : std::min(limit, most + 1));
  std::string content;
  size_t used = 0, step = first;
  while (used < end) {
    size_t want = std::min({step, end - used, size_t{1} << 30});
    content.resize(used + want);
    size_t got = read(content.data() + used, want);
    used += got;
    if (got < want) break;
    step = std::max<size_t>(used, 1 << 16);
  }
  if (used > static_cast<size_t>(most)) throw TooMuch(path, most);
  content.resize(used);
  return content;
}

// Unpacks what is packed and passes on what is not.
static std::string ReadGzip(gzFile opened, const fs::path& path, int64_t limit) {
  Gzip file(opened);
  if (!file) throw Unreadable(path, std::strerror(errno));
  gzbuffer(file.get(), 1 << 17);
  auto read = [&](char* into, size_t want) {
    int got = gzread(file.get(), into, static_cast<unsigned>(want));
    if (got >= 0) return static_cast<size_t>(got);
    int status = Z_OK;
    const char* reason = gzerror(file.get(), &status);
    if (status == Z_ERRNO) throw Unreadable(path, reason);
    throw DataError(DataErrorKind::MalformedData, "the gzip stream is damaged", {path.string()});
  };
  std::string content = Drain(read, 1 << 18, path, limit);
  int status = Z_OK;
  gzerror(file.get(), &status);
  if (status != Z_OK) {
    throw DataError(DataErrorKind::MalformedData, "the gzip stream ends early or is damaged", {path.string()});
  }
  return content;
}

static std::string ReadPlain(std::FILE* file, const fs::path& path, int64_t limit) {
  std::error_code no_size;
  uintmax_t bytes = fs::file_size(path, no_size);
  if (no_size) bytes = 0;
  auto read = [&](char* into, size_t want) { return std::fread(into, 1, want, file); };
  std::string content = Drain(read, std::max<size_t>(bytes + 1, 1 << 16), path, limit);
  if (std::ferror(file)) throw Unreadable(path, "reading failed");
  return content;
}

bool CanReadTwice(const fs::path& path) {
  std::error_code ignored;
  return path != "-" && fs::is_regular_file(path, ignored);
}

std::string ReadFileBytes(const fs::path& path, int64_t limit) {
  std::error_code ignored;
  if (path == "-") return ReadGzip(gzdopen(dup(STDIN_FILENO), "rb"), path, limit);
  if (fs::is_directory(path, ignored)) throw Unreadable(path, "it is a folder");
  File file(std::fopen(path.c_str(), "rb"));
  if (!file) throw Unreadable(path, std::strerror(errno));
  // What cannot be rewound is not looked at beforehand.
  if (!CanReadTwice(path)) return ReadGzip(gzdopen(dup(fileno(file.get())), "rb"), path, limit);
  if (IsGzip(file.get())) return ReadGzip(gzopen(path.c_str(), "rb"), path, limit);
  return ReadPlain(file.get(), path, limit);
}

std::string Fingerprint(const fs::path& path) {
  if (!CanReadTwice(path)) return "";
  File file(std::fopen(path.c_str(), "rb"));
  if (!file) throw Unreadable(path, std::strerror(errno));
  uLong check = crc32(0, nullptr, 0);
  uint64_t size = 0;
  std::vector<unsigned char> piece(size_t{1} << 20);
  while (const size_t bytes = std::fread(piece.data(), 1, piece.size(), file.get())) {
    check = crc32(check, piece.data(), static_cast<uInt>(bytes));
    size += bytes;
  }
  char text[40];
  std::snprintf(text, sizeof text, "%08lx-%llx", static_cast<unsigned long>(check), static_cast<unsigned long long>(size));
  return text;
}

static DataError Unwritable(const fs::path& path, const std::string& reason) {
  return DataError(DataErrorKind::WriteFailed, "cannot write the file: " + reason, {path.string()});
}

static void WriteAndClose(std::FILE* opened, std::string_view content, const fs::path& path) {
  File file(opened);
  if (!file) throw Unwritable(path, std::strerror(errno));
  bool written = std::fwrite(content.data(), 1, content.size(), file.get()) == content.size();
  int reason = errno;
  bool closed = std::fclose(file.release()) == 0;
  if (!written || !closed) throw Unwritable(path, std::strerror(written ? errno : reason));
}

bool ReaderIsGone() {
  pollfd output{STDOUT_FILENO, 0, 0};
  return poll(&output, 1, 0) > 0 && (output.revents & POLLERR) != 0;
}

void WriteStandardOutput(std::string_view content) {
  bool written = std::fwrite(content.data(), 1, content.size(), stdout) == content.size();
  if (written && std::fflush(stdout) == 0) return;
  int reason = errno;
  std::clearerr(stdout);
  if (ReaderIsGone()) return;
  throw DataError(DataErrorKind::WriteFailed, std::string("cannot write to standard output: ") + std::strerror(reason));
}

fs::path BehindLinks(fs::path path) {
  constexpr int kMostLinks = 40;
  std::error_code error;
  for (int links = 0; links < kMostLinks && fs::is_symlink(fs::symlink_status(path, error)); ++links) {
    fs::path target = fs::read_symlink(path, error);
    if (error) break;
    path = target.is_absolute() ? target : path.parent_path() / target;
  }
  return path;
}

void WriteFileAtomically(const fs::path& path, std::string_view content) {
  static std::atomic<int> counter = 0;
  std::error_code error;
  fs::file_status status = fs::status(path, error);
  if (fs::is_directory(status)) throw Unwritable(path, "it is a folder");
  if (fs::exists(status) && !fs::is_regular_file(status)) return WriteAndClose(std::fopen(path.c_str(), "wb"), content, path);
  fs::path target = BehindLinks(path);
  if (target.has_parent_path()) fs::create_directories(target.parent_path(), error);
  fs::path staged = target;
  staged += ".tmp-" + std::to_string(getpid()) + "-" + std::to_string(counter++);
  try {
    WriteAndClose(std::fopen(staged.c_str(), "wb"), content, path);
    fs::rename(staged, target, error);
    if (error) throw Unwritable(path, error.message());
  } catch (const DataError&) {
    fs::remove(staged, error);
    throw;
  }
}

void WriteOutput(const std::string& path, std::string_view content) {
  if (path.empty() || path == "-" || path == "/dev/stdout") WriteStandardOutput(content);
  else WriteFileAtomically(path, content);
}

static std::vector<std::string> NamesIn(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder.empty() ? "." : folder, error)) names.push_back(entry.path().filename().string());
  return names;
}

// The files that a pattern of the shell means, run*.csv, beside what the program writes; a hint that lists them, or "".
static std::string MatchingFiles(const std::string& path, const std::vector<fs::path>& places) {
  constexpr size_t kMost = 12;
  if (path.find_first_of("*?[") == path.npos) return "";
  for (const fs::path& place : places) {
    glob_t found{};
    const bool any = glob(place.c_str(), 0, nullptr, &found) == 0;
    std::string list;
    for (size_t i = 0; any && i < found.gl_pathc; ++i)
      list += i < kMost ? (i == 0 ? "" : ", ") + Literal((fs::path(path).parent_path() / fs::path(found.gl_pathv[i]).filename()).string()) : i == kMost ? ", ..." : "";
    globfree(&found);
    if (any) return "files are named one by one: `csv{[" + list + "]}` reads those that are meant as one";
  }
  return "";
}

fs::path FindDataFile(const std::string& path, const fs::path& program_folder) {
  if (path == "-") return path;
  std::vector<fs::path> places;
  if (fs::path(path).is_absolute()) {
    places.push_back(path);
  } else {
    places.push_back(program_folder == "." ? fs::path(path) : program_folder / path);
    const char* data_folder = std::getenv("NNC_DATA");
    if (data_folder && *data_folder) places.push_back(fs::path(data_folder) / path);
  }
  std::error_code error;
  for (const fs::path& place : places) {
    if (fs::exists(place, error)) return place;
  }
  std::string message = "there is no file `" + path + "`, looked at";
  const char* separator = " ";
  for (const fs::path& place : places) {
    message += separator + place.string();
    separator = ", ";
  }
  if (const std::string matching = MatchingFiles(path, places); !matching.empty()) throw DataError(DataErrorKind::FileNotFound, message, {path}, matching);
  for (const fs::path& place : places) {
    std::string near = NearestName(place.filename().string(), NamesIn(place.parent_path()));
    if (near.empty()) continue;
    message += "; did you mean `" + (fs::path(path).parent_path() / near).string() + "`?";
    break;
  }
  throw DataError(DataErrorKind::FileNotFound, message, {path});
}

}  // namespace nnc::runtime
