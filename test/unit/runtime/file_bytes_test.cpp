// Reading whole files: pipes keep their first bytes, and no more is read than the limit.
#include "runtime/data_error.h"
#include "runtime/file_bytes.h"
#include "scratch.h"

#include <sys/stat.h>

#include <cstdlib>
#include <thread>

namespace nnc::runtime {
namespace {

class FileBytes : public ScratchTest {
 protected:
  // What a pipe gives whose other end writes `content`.
  std::string ThroughPipe(const std::string& content) {
    auto pipe = folder_ / "pipe";
    mkfifo(pipe.c_str(), 0600);
    std::thread writer([&] { std::ofstream(pipe, std::ios::binary) << content; });
    std::string read = ReadFileBytes(pipe);
    writer.join();
    std::filesystem::remove(pipe);
    return read;
  }
};

TEST_F(FileBytes, PipesAreReadFromTheirFirstByte) {
  EXPECT_EQ(ThroughPipe("x_x_0,y\n1,2\n"), "x_x_0,y\n1,2\n");
  EXPECT_EQ(ThroughPipe(""), "");
  EXPECT_EQ(ThroughPipe("a"), "a");
  std::string large(300000, 'x');
  EXPECT_EQ(ThroughPipe(large), large);
  EXPECT_EQ(ThroughPipe(Read(WriteGzip("packed.gz", large))), large);
}

TEST_F(FileBytes, OnlyRegularFilesCanBeReadTwice) {
  EXPECT_TRUE(CanReadTwice(Write("a", "b")));
  EXPECT_FALSE(CanReadTwice("-"));
  EXPECT_FALSE(CanReadTwice("/dev/zero"));
}

TEST_F(FileBytes, NoMoreIsReadThanTheLimit) {
  setenv("NNC_FILE_LIMIT", "64k", 1);
  EXPECT_EQ(MostFileBytes(), 65536);
  EXPECT_EQ(ReadFileBytes(Write("fits", std::string(65536, 'x'))).size(), 65536u);
  for (const auto& path : {Write("plain", std::string(65537, 'x')), WriteGzip("bomb.gz", std::string(20 << 20, 'x')), std::filesystem::path("/dev/zero")}) {
    try {
      ReadFileBytes(path);
      ADD_FAILURE() << path;
    } catch (const DataError& error) {
      EXPECT_EQ(error.kind, DataErrorKind::TooLarge);
      EXPECT_NE(error.hint.find("NNC_FILE_LIMIT"), std::string::npos);
    }
  }
  EXPECT_EQ(ReadFileBytes(folder_ / "bomb.gz", 100).size(), 100u);  // a beginning is no more than that
  EXPECT_THROW(ReadFileBytes(folder_ / "plain", 1 << 20), DataError) << "a beginning of more than what is read at most";
  setenv("NNC_FILE_LIMIT", "much", 1);
  EXPECT_THROW(MostFileBytes(), DataError);
  unsetenv("NNC_FILE_LIMIT");
  EXPECT_GT(MostFileBytes(), int64_t{1} << 26);
}

}  // namespace
}  // namespace nnc::runtime
