// Bytes in and out: every length around the buffers' borders, limits, links, and what must not be left behind.
#include "runtime/data_error.h"
#include "runtime/file_bytes.h"
#include "scratch.h"

namespace nnc::runtime {
namespace {

class Bytes : public ScratchTest {
 protected:
  static std::string Pattern(size_t length) {
    std::string text(length, '\0');
    for (size_t i = 0; i < length; ++i) text[i] = static_cast<char>('a' + (i * 31 + i / 257) % 26);
    return text;
  }
};

TEST_F(Bytes, FilesOfEveryLengthAreReadWhole) {
  for (size_t length : {0u, 1u, 2u, 3u, 65535u, 65536u, 65537u, 262143u, 262144u, 262145u, 786432u, 1048577u}) {
    const std::string content = Pattern(length);
    EXPECT_TRUE(ReadFileBytes(Write("plain", content)) == content) << length;
    EXPECT_TRUE(ReadFileBytes(WriteGzip("zipped", content)) == content) << length;
  }
}

TEST_F(Bytes, OfALimitedReadingNoMoreComes) {
  const std::string content = Pattern(300000);
  for (int64_t limit : {0, 1, 100, 65536, 262144, 262145, 299999, 300000, 300001}) {
    const std::string wanted = content.substr(0, static_cast<size_t>(limit));
    EXPECT_TRUE(ReadFileBytes(Write("plain", content), limit) == wanted) << limit;
    EXPECT_TRUE(ReadFileBytes(WriteGzip("zipped", content), limit) == wanted) << limit;
  }
}

TEST_F(Bytes, GzipIsKnownByBothItsFirstBytes) {
  EXPECT_EQ(ReadFileBytes(Write("one", "\x1f")), "\x1f");
  EXPECT_EQ(ReadFileBytes(Write("other", "\x1f\x8c rest")), "\x1f\x8c rest");
  EXPECT_EQ(ReadFileBytes(Write("another", "\x1e\x8b rest")), "\x1e\x8b rest");
}

TEST_F(Bytes, WritingReplacesTheFileAndLeavesNothingElse) {
  const auto path = Write("file", "old and longer");
  WriteFileAtomically(path, "new");
  EXPECT_EQ(Read(path), "new");
  EXPECT_EQ(EntriesInFolder(), 1);
  WriteFileAtomically(folder_ / "below" / "deep" / "file", "made");
  EXPECT_EQ(Read(folder_ / "below" / "deep" / "file"), "made");
  EXPECT_THROW(WriteFileAtomically(folder_ / "below", "x"), DataError);
  EXPECT_EQ(EntriesInFolder(), 2);
}

TEST_F(Bytes, WhatALinkLeadsToIsWritten) {
  const auto path = Write("file", "old");
  std::filesystem::create_directory(folder_ / "other");
  std::filesystem::create_symlink("../file", folder_ / "other" / "link");
  std::filesystem::create_symlink("other/link", folder_ / "second");
  WriteFileAtomically(folder_ / "second", "new");
  EXPECT_EQ(Read(path), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder_ / "second"));
  EXPECT_TRUE(std::filesystem::is_symlink(folder_ / "other" / "link"));
  std::filesystem::create_symlink(folder_ / "absent", folder_ / "dangling");
  WriteFileAtomically(folder_ / "dangling", "there now");
  EXPECT_EQ(Read(folder_ / "absent"), "there now");
}

}  // namespace
}  // namespace nnc::runtime
