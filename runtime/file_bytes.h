// Whole files in and out: transparent gzip on reading, temporary file and rename on writing, devices and pipes written as they are.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace nnc::runtime {

// The file's content, unpacked if it is gzipped (recognised by content, not by name). At most `limit` bytes of it when
// that is not negative. "-" is standard input. Throws DataError: FileNotFound, MalformedData for a damaged gzip stream, or
// TooLarge where the content exceeds MostFileBytes().
std::string ReadFileBytes(const std::filesystem::path& path, int64_t limit = -1);

// Whether the file is there, and gzipped.
bool IsPacked(const std::filesystem::path& path);

// Whether the file can be read more than once: a pipe, a device and standard input cannot.
bool CanReadTwice(const std::filesystem::path& path);

// What tells a file from one whose content was changed: its cyclic redundancy check (CRC-32) and its size, in hexadecimal, as it lies on the
// disk; "" for what cannot be read twice. Throws DataError FileNotFound.
std::string Fingerprint(const std::filesystem::path& path);

// How much of one file is read, unpacked: half of the machine's memory (or of what the process's control group may use), or what the
// environment variable NNC_FILE_LIMIT says: bytes, or 500M, 8G. Throws DataError MalformedData for another text there.
int64_t MostFileBytes();

// Writes the content beside the path and renames, so that a reader sees the old file or the new one and a failure
// leaves nothing behind. Symbolic links stay, what they lead to is written; what is there and no regular file (a device, a pipe)
// is written to as it is. Creates the parent folder. Throws DataError WriteFailed.
void WriteFileAtomically(const std::filesystem::path& path, std::string_view content);

// The same, where "" and "-" are standard output.
void WriteOutput(const std::string& path, std::string_view content);
// Throws DataError WriteFailed; not where the reader went away (`| head`), which has what it wanted.
void WriteStandardOutput(std::string_view content);
// Whether standard output is a pipe or socket that nothing reads any more.
bool ReaderIsGone();

// The file that the path leads to through symbolic links, whether it is there yet or not.
std::filesystem::path BehindLinks(std::filesystem::path path);

// Where a program's data path lies: an absolute path as it is, a relative one in the program's folder, then in the
// folder that the environment variable NNC_DATA names; "-" stays what it is. Throws DataError FileNotFound, which lists the places that were
// looked at and the nearest name there.
std::filesystem::path FindDataFile(const std::string& path, const std::filesystem::path& program_folder);

}  // namespace nnc::runtime
