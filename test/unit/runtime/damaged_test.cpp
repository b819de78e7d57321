// Files that somebody else damaged: every reader either succeeds or throws DataError, whatever the bytes.
#include "runtime/csv.h"
#include "runtime/idx.h"
#include "runtime/labels.h"
#include "runtime/philox.h"
#include "runtime/run_metrics.h"
#include "runtime/safetensors.h"
#include "scratch.h"

#include <functional>

namespace nnc::runtime {
namespace {

class Damaged : public ScratchTest {
 protected:
  static uint32_t Draw(uint32_t number, uint32_t purpose) { return Philox({number, purpose, 0, 0}, 42)[0]; }

  // Changes a few bytes of the content, or cuts it, or repeats a stretch of it.
  static std::string Damage(std::string content, uint32_t number) {
    size_t at = Draw(number, 0) % content.size();
    switch (Draw(number, 1) % 4) {
      case 0: return content.substr(0, at);
      case 1: return content.insert(at, content.substr(at, Draw(number, 2) % 20));
      case 2: content[at] = static_cast<char>(Draw(number, 3)); break;
      case 3: content[at] = "\"\n\r,0[{-"[Draw(number, 3) % 8]; break;
    }
    at = Draw(number, 4) % content.size();
    content[at] = static_cast<char>(Draw(number, 5));
    return content;
  }

  // Reads 150 damaged copies; says how many were refused.
  int Refused(const std::string& content, const std::function<void(const std::filesystem::path&)>& read) {
    int refused = 0;
    for (uint32_t number = 0; number < 150; ++number) {
      auto path = Write("damaged", Damage(content, number));
      try {
        read(path);
      } catch (const DataError& error) {
        EXPECT_FALSE(error.message.empty());
        ++refused;
      }
    }
    return refused;
  }
};

TEST_F(Damaged, TextFilesAreReadOrRefused) {
  std::string content = "id,energy,\"the name\"\r\n1,0.5,\"a, b\"\r\n2,1e5,c\r\n3,nan,\"d\"\"e\"\r\n";
  int refused = Refused(content, [](const auto& path) {
    Table table = ReadCsv(path);
    for (const Column& column : table.columns) RequireNumber(table, column);
  });
  EXPECT_GT(refused, 50);
}

TEST_F(Damaged, IdxFilesAreReadOrRefused) {
  std::string content("\0\0\x08\x02\0\0\0\x03\0\0\0\x02" "abcdef", 18);
  EXPECT_GT(Refused(content, [](const auto& path) { ReadIdx(path, "x"); }), 50);
}

TEST_F(Damaged, WeightsFilesAreReadOrRefused) {
  float values[4] = {1, 2, 3, 4};
  std::vector<TensorView> tensors = {{"a.W", ElementType::F32, {2, 2}, values}, {"b", ElementType::F32, {3}, values}};
  WriteSafetensors(folder_ / "good", tensors, {{"labels", "[1,2]"}});
  EXPECT_GT(Refused(Read(folder_ / "good"), [](const auto& path) { ReadSafetensors(path); }), 50);
}

TEST_F(Damaged, MetricsFilesAreReadOrRefused) {
  RunMetrics metrics;
  metrics.parts = {{"train", {{"loss", 0.5}}, {{"confusion", {2, {1, 2, 3, 4}}}}}};
  WriteRunMetrics(folder_ / "good", metrics);
  EXPECT_GT(Refused(Read(folder_ / "good"), [](const auto& path) { ReadRunMetrics(path); }), 25);
}

TEST_F(Damaged, RandomBytesAreRefused) {
  std::string bytes;
  for (uint32_t i = 0; i < 250000; ++i) bytes += static_cast<char>(Draw(i, 6));
  auto path = Write("random", bytes);
  EXPECT_THROW(ReadCsv(path), DataError);
  EXPECT_THROW(ReadCsvNames(path), DataError);
  EXPECT_THROW(ReadIdx(path, "x"), DataError);
  EXPECT_THROW(ReadSafetensors(path), DataError);
  EXPECT_THROW(ReadRunMetrics(path), DataError);
}

}  // namespace
}  // namespace nnc::runtime
