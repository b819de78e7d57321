#include "runtime/log_writer.h"
#include "runtime/run_folder.h"
#include "runtime/run_metrics.h"
#include "runtime/safetensors.h"
#include "scratch.h"

#include <cmath>
#include <cstring>

namespace nnc::runtime {
namespace {

class Safetensors : public ScratchTest {
 protected:
  // A file of the JSON header and `bytes` zero bytes.
  std::string MessageFor(const std::string& header, size_t bytes) {
    uint64_t length = header.size();
    std::string content(8, '\0');
    std::memcpy(content.data(), &length, 8);
    return MessageForBytes(content + header + std::string(bytes, '\0'));
  }
  std::string MessageForBytes(const std::string& content) {
    try {
      ReadSafetensors(Write("bad.safetensors", content));
    } catch (const DataError& error) {
      EXPECT_EQ(error.kind, DataErrorKind::MalformedData);
      return error.message;
    }
    return "no error";
  }
};

TEST_F(Safetensors, WhatIsWrittenReadsBackTheSame) {
  float weights[6] = {1, 2, 3, 4, 5, 0.1f};
  double scale = 0.1;
  int64_t ids[2] = {-1, int64_t{1} << 60};
  int32_t small[3] = {1, -2, 3};
  std::vector<TensorView> tensors = {{"net.W", ElementType::F32, {2, 3}, weights},
                                     {"scale", ElementType::F64, {}, &scale},
                                     {"ids", ElementType::I64, {2}, ids},
                                     {"none", ElementType::F32, {0, 4}, nullptr},
                                     {"small", ElementType::I32, {3}, small}};
  WriteSafetensors(folder_ / "w.safetensors", tensors, {{"program", "line\n\"two\""}});
  TensorFile file = ReadSafetensors(folder_ / "w.safetensors");
  EXPECT_EQ(EntriesInFolder(), 1);
  ASSERT_EQ(file.tensors.size(), 5u);
  EXPECT_EQ(file.metadata.at("program"), "line\n\"two\"");
  for (const TensorView& tensor : tensors) {
    const StoredTensor* stored = file.Find(tensor.name);
    ASSERT_NE(stored, nullptr) << tensor.name;
    EXPECT_EQ(stored->type, tensor.type);
    EXPECT_EQ(stored->shape, tensor.shape);
    size_t bytes = static_cast<size_t>(ElementCount(tensor.shape)) * ElementSize(tensor.type);
    EXPECT_EQ(stored->data.size(), bytes);
    bool same = bytes == 0 || std::memcmp(stored->data.data(), tensor.data, bytes) == 0;
    EXPECT_TRUE(same) << tensor.name;
  }
  EXPECT_EQ(file.Find("net.V"), nullptr);
}

TEST_F(Safetensors, ReadsAFileMadeByHand) {
  std::string header = R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  std::string content = std::string("\x36\0\0\0\0\0\0\0", 8) + header + std::string("\0\0\x80\x3f", 4);
  ASSERT_EQ(header.size(), 0x36u);
  TensorFile file = ReadSafetensors(Write("hand", content));
  EXPECT_EQ(file.Find("a")->data.as<float>()[0], 1.0f);
}

TEST_F(Safetensors, DamagedFilesAreReported) {
  EXPECT_EQ(MessageForBytes("short"), "this is not a safetensors file: it is shorter than 8 bytes");
  EXPECT_TRUE(MessageForBytes("a,b,c,d,e\n1,2,3\n").starts_with("this is not a safetensors file: its header would be"));
  EXPECT_EQ(MessageFor("{\"a\":", 0), "the header of the safetensors file is not a JSON object");
  EXPECT_EQ(MessageFor("[]", 0), "the header of the safetensors file is not a JSON object");
  EXPECT_EQ(MessageFor(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4),
            "tensor `a` needs 8 bytes, its data_offsets span 4");
  EXPECT_EQ(MessageFor(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 4),
            "the bytes of tensor `a` lie outside the file");
  EXPECT_EQ(MessageFor(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[8,4]}})", 8),
            "the bytes of tensor `a` lie outside the file");
  EXPECT_EQ(MessageFor(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 8), "bytes follow the last tensor");
  EXPECT_EQ(MessageFor(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8),
            "the bytes before tensor `a` belong to no tensor");
  EXPECT_EQ(MessageFor(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8),
            "the bytes of tensor `b` overlap another's");
  EXPECT_EQ(MessageFor(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8),
            "tensor `a` occurs twice in the header");
  EXPECT_EQ(MessageFor(R"({"a":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}})", 2),
            "tensor `a` has element type BF16, which is not among F64, F32, I64, I32, U8");
  EXPECT_EQ(MessageFor(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4), "tensor `a` has an extent that is no count");
  EXPECT_EQ(MessageFor(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}})", 4),
            "tensor `a` has a shape larger than the file");
  EXPECT_EQ(MessageFor(R"({"a":{"dtype":"F32","data_offsets":[0,4]}})", 4), "tensor `a` has no shape");
  EXPECT_EQ(MessageFor(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}})", 4), "tensor `a` has no data_offsets of two counts");
  EXPECT_EQ(MessageFor(R"({"a":7})", 0), "the header's entry of tensor `a` is not a JSON object");
  EXPECT_EQ(MessageFor(R"({"__metadata__":{"k":1}})", 0), "metadata `k` is not a string");
  EXPECT_EQ(MessageFor(std::string(100000, '['), 0), "the header of the safetensors file is not a JSON object");
}

class Run : public ScratchTest {
 protected:
  static void Fill(const RunFolder& run, uint64_t seed) {
    RunMetrics metrics;
    metrics.header.seed = seed;
    WriteRunMetrics(run.MetricsFile(), metrics);
  }
  static uint64_t SeedOf(const std::filesystem::path& folder) { return ReadRunMetrics(folder / "metrics.json").header.seed; }
};

TEST_F(Run, TakesTheNextFreeNumber) {
  for (int expected = 1; expected <= 3; ++expected) {
    RunFolder run = RunFolder::Next(folder_ / "runs", "PID");
    run.Stage();
    Fill(run, 1);
    EXPECT_EQ(run.Commit(), folder_ / "runs" / ("PID-" + std::to_string(expected)));
    EXPECT_EQ(run.MetricsFile(), folder_ / "runs" / ("PID-" + std::to_string(expected)) / "metrics.json");
  }
  EXPECT_TRUE(IsRun(folder_ / "runs" / "PID-2"));
}

TEST_F(Run, LeavesNothingBehindUnlessCommitted) {
  {
    RunFolder run = RunFolder::At(folder_ / "run");
    EXPECT_EQ(EntriesInFolder(), 0);
    run.Stage();
    Fill(run, 1);
    EXPECT_TRUE(std::filesystem::exists(run.folder()));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "run"));
  }
  EXPECT_EQ(EntriesInFolder(), 0);
}

TEST_F(Run, ReplacesAnEarlierRunOnlyAtCommit) {
  {
    RunFolder run = RunFolder::At(folder_ / "run/");
    run.Stage();
    Fill(run, 1);
    EXPECT_EQ(run.Commit(), folder_ / "run");
  }
  {
    RunFolder abandoned = RunFolder::At(folder_ / "run");
    abandoned.Stage();
    Fill(abandoned, 2);
    EXPECT_EQ(SeedOf(folder_ / "run"), 1u);
  }
  EXPECT_EQ(SeedOf(folder_ / "run"), 1u);
  {
    RunFolder run = RunFolder::At(folder_ / "run");
    run.Stage();
    Fill(run, 3);
    run.Commit();
    EXPECT_EQ(SeedOf(folder_ / "run"), 3u);
  }
  EXPECT_EQ(EntriesInFolder(), 1);
}

TEST_F(Run, RefusesFoldersThatAreNoRuns) {
  Write("file", "x");
  EXPECT_THROW(RunFolder::At(folder_ / "file"), DataError);
  std::filesystem::create_directories(folder_ / "thesis");
  RunFolder empty = RunFolder::At(folder_ / "thesis");
  empty.Stage();
  Write("thesis/chapter.tex", "x");
  EXPECT_THROW(RunFolder::At(folder_ / "thesis"), DataError);
  EXPECT_THROW(empty.Commit(), DataError);  // it was filled in the meantime
  Write("thesis/metrics.json", "{\"accuracy\": 1}");
  EXPECT_THROW(RunFolder::At(folder_ / "thesis"), DataError);
  EXPECT_EQ(Read(folder_ / "thesis" / "chapter.tex"), "x");
}

TEST_F(Run, RefusesARunThatHoldsOtherFiles) {
  {
    RunFolder run = RunFolder::At(folder_ / "run");
    run.Stage();
    Fill(run, 1);
    run.Commit();
  }
  Write("run/notes.txt", "x");
  try {
    RunFolder::At(folder_ / "run");
    FAIL();
  } catch (const DataError& error) {
    EXPECT_NE(error.message.find("`notes.txt`"), std::string::npos) << error.message;
  }
  EXPECT_EQ(Read(folder_ / "run" / "notes.txt"), "x");
}

TEST_F(Run, GoesWhereALinkLeads) {
  std::filesystem::create_directories(folder_ / "disk");
  std::filesystem::create_directory_symlink(folder_ / "disk" / "run", folder_ / "link");
  for (uint64_t seed : {1, 2}) {
    RunFolder run = RunFolder::At(folder_ / "link/");
    run.Stage();
    Fill(run, seed);
    EXPECT_EQ(run.Commit(), folder_ / "link");
  }
  EXPECT_TRUE(std::filesystem::is_symlink(folder_ / "link"));
  EXPECT_EQ(SeedOf(folder_ / "disk" / "run"), 2u);
}

TEST_F(Run, OneTrainingAtATimeWritesToAPlace) {
  RunFolder first = RunFolder::At(folder_ / "run"), second = RunFolder::At(folder_ / "run"), other = RunFolder::At(folder_ / "other");
  first.Stage();
  Fill(first, 1);
  EXPECT_THROW(second.Stage(), DataError);
  other.Stage();  // removes nothing that is in use
  Fill(other, 2);
  first.Commit();
  other.Commit();
  EXPECT_EQ(SeedOf(folder_ / "run"), 1u);
  EXPECT_EQ(SeedOf(folder_ / "other"), 2u);
}

TEST_F(Run, WhatAnEndedProgramLeftIsRemovedAndNothingElse) {
  Write(".old.staged-77-0/lock", "");
  Write(".old.staged-77-0/run/log.csv", "epoch\n");
  Write(".old.staged-77-0/run/weights.safetensors.tmp-77-1", "x");
  Write(".mine.staged/lock", "");
  Write(".mine.staged/run/thesis.tex", "x");
  Write(".other.staged/notes", "x");
  RunFolder run = RunFolder::At(folder_ / "run");
  run.Stage();
  EXPECT_FALSE(std::filesystem::exists(folder_ / ".old.staged-77-0"));
  EXPECT_EQ(Read(folder_ / ".mine.staged/run/thesis.tex"), "x");
  EXPECT_EQ(Read(folder_ / ".other.staged/notes"), "x");
}

TEST_F(Run, DoesNotTakeThePlaceOfTheWorkingFolder) {
  EXPECT_THROW(RunFolder::At("."), DataError);
  EXPECT_THROW(RunFolder::At(".."), DataError);
  EXPECT_THROW(RunFolder::At("/"), DataError);
}

TEST_F(Run, FolderThatCannotBeMadeIsReported) {
  Write("file", "x");
  auto stage = [&] { RunFolder::At(folder_ / "file" / "run").Stage(); };
  EXPECT_THROW(stage(), DataError);
}

TEST_F(Run, MetricsSurviveStorage) {
  RunMetrics metrics;
  metrics.parts = {{"train", {{"loss", 0.1}}, {}}, {"valid", {{"loss", NAN}, {"auc", 0.98}, {"low", -INFINITY}, {"high", INFINITY}}, {{"confusion", {2, {90, 10, 5, 95.5}}}}}};
  metrics.header.train = "PID";
  metrics.header.seed = ~uint64_t{0};
  metrics.header.data = {{"events", "/data/e.csv"}};
  metrics.header.options = {{"width", "32"}};
  metrics.header.epochs = 20;
  metrics.header.steps = 5860;
  metrics.header.seconds = 2.5;
  metrics.header.version = "0.1.0";
  metrics.header.ended = "interrupted";
  metrics.header.best_epoch = 17;
  metrics.header.flags = {{"batch", 30}};
  metrics.header.classes = {"kaon", "pion"};
  WriteRunMetrics(folder_ / "metrics.json", metrics);
  EXPECT_TRUE(Read(folder_ / "metrics.json").starts_with("{\n  \"train\": {\n    \"loss\": 0.1\n  },"));
  RunMetrics back = ReadRunMetrics(folder_ / "metrics.json");
  ASSERT_EQ(back.parts.size(), 2u);
  EXPECT_EQ(back.parts[0].Find("loss"), 0.1);
  EXPECT_TRUE(std::isnan(back.parts[1].Find("loss")));
  EXPECT_EQ(back.parts[1].Find("auc"), 0.98);
  EXPECT_EQ(back.parts[1].Find("low"), -INFINITY);
  EXPECT_EQ(back.parts[1].Find("high"), INFINITY);
  EXPECT_EQ(back.parts[1].matrices[0].second.At(1, 1), 95.5);
  EXPECT_EQ(back.header.seed, metrics.header.seed);
  EXPECT_EQ(back.header.data, metrics.header.data);
  EXPECT_EQ(back.header.options, metrics.header.options);
  EXPECT_EQ(back.header.steps, 5860);
  EXPECT_EQ(back.header.train, "PID");
  EXPECT_EQ(back.header.version, "0.1.0");
  EXPECT_EQ(back.header.ended, "interrupted");
  EXPECT_EQ(back.header.best_epoch, 17);
  EXPECT_EQ(back.header.flags, metrics.header.flags);
  EXPECT_EQ(back.header.classes, metrics.header.classes);
}

TEST_F(Run, DamagedMetricsAreReported) {
  for (const char* text : {"", "{}", "{\"header\": 1}", "{\"header\": {\"format_version\": 1}}", "[1]"}) {
    EXPECT_THROW(ReadRunMetrics(Write("metrics.json", text)), DataError) << text;
  }
  RunMetrics newer;
  newer.header.format_version = run_format_version + 1;
  WriteRunMetrics(folder_ / "metrics.json", newer);
  try {
    ReadRunMetrics(folder_ / "metrics.json");
    FAIL();
  } catch (const DataError& error) {
    EXPECT_EQ(error.message, "the run was made by a newer version of this program");
  }
}

TEST_F(Run, LogHoldsCountsFiguresAndGaps) {
  std::vector<std::string> names = {"epoch", "train_loss", "valid_loss"};
  {
    LogWriter log(folder_ / "log.csv", names);
    log.Row(std::vector<double>{1, 0.1, NAN});
    log.Row(std::vector<double>{20000000, 1e-7, 0.25});
    log.Flush();
  }
  EXPECT_EQ(Read(folder_ / "log.csv"), "epoch,train_loss,valid_loss\n1,0.1,\n20000000,1e-07,0.25\n");
  EXPECT_THROW(LogWriter(folder_ / "absent" / "log.csv", names), DataError);
  ReplaceLogRow(folder_ / "log.csv", 1, std::vector<double>{2, 0.5, 0.25});
  EXPECT_EQ(Read(folder_ / "log.csv"), "epoch,train_loss,valid_loss\n1,0.1,\n2,0.5,0.25\n");
  ReplaceLogRow(folder_ / "log.csv", 0, std::vector<double>{1, 2, 3});
  EXPECT_EQ(Read(folder_ / "log.csv"), "epoch,train_loss,valid_loss\n1,2,3\n2,0.5,0.25\n");
}

}  // namespace
}  // namespace nnc::runtime
