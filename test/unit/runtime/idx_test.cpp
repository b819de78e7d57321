#include "runtime/idx.h"
#include "scratch.h"

#include <bit>

namespace nnc::runtime {
namespace {

class Idx : public ScratchTest {
 protected:
  // An IDX file of the type code, extents and big-endian data bytes.
  static std::string File(char type, std::initializer_list<uint32_t> extents, const std::string& data) {
    std::string file{0, 0, type, static_cast<char>(extents.size())};
    for (uint32_t extent : extents) file += BigEndian(extent, 4);
    return file + data;
  }
  static std::string BigEndian(uint64_t value, int bytes) {
    std::string text;
    for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> (8 * i));
    return text;
  }
  std::string MessageFor(const std::string& content) {
    try {
      ReadIdx(Write("bad.idx", content), "x");
    } catch (const DataError& error) {
      EXPECT_EQ(error.kind, DataErrorKind::MalformedData);
      return error.message;
    }
    return "no error";
  }
};

TEST_F(Idx, ImagesStayBytesWithTheirShape) {
  Column images = ReadIdx(WriteGzip("i.gz", File(8, {2, 2, 3}, "abcdefghijkl")), "image");
  EXPECT_EQ(images.rows, 2);
  EXPECT_EQ(images.type, ElementType::U8);
  EXPECT_EQ(images.shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(images.Number(1, 0), 'g');
  IdxHeader header = ReadIdxHeader(folder_ / "i.gz");
  EXPECT_EQ(header.extents, (std::vector<int64_t>{2, 2, 3}));
}

TEST_F(Idx, OtherElementTypesAreBigEndian) {
  Column shorts = ReadIdx(Write("s", File(0x0B, {2}, BigEndian(0xFFFE, 2) + BigEndian(300, 2))), "s");
  EXPECT_EQ(shorts.Number(0), -2);
  EXPECT_EQ(shorts.Number(1), 300);
  EXPECT_TRUE(shorts.shape.empty());
  Column bytes = ReadIdx(Write("b", File(9, {1}, "\xFF")), "b");
  EXPECT_EQ(bytes.Number(0), -1);
  Column ints = ReadIdx(Write("i", File(0x0C, {1}, BigEndian(0x80000000u, 4))), "i");
  EXPECT_EQ(ints.Number(0), -2147483648.0);
  Column floats = ReadIdx(Write("f", File(0x0D, {1}, BigEndian(std::bit_cast<uint32_t>(-2.5f), 4))), "f");
  EXPECT_EQ(floats.Number(0), -2.5);
  Column doubles = ReadIdx(Write("d", File(0x0E, {1}, BigEndian(std::bit_cast<uint64_t>(0.1), 8))), "d");
  EXPECT_EQ(doubles.Number(0), 0.1);
}

TEST_F(Idx, FileOfNoRowsIsAColumnOfNoRows) { EXPECT_EQ(ReadIdx(Write("n", File(8, {0, 28, 28}, "")), "n").rows, 0); }

TEST_F(Idx, DamagedFilesAreReported) {
  EXPECT_EQ(MessageFor(File(8, {2, 2}, "abc")), "the IDX header promises 4 bytes of data, the file has 3");
  EXPECT_EQ(MessageFor(File(8, {2, 2}, "abcde")), "the IDX header promises 4 bytes of data, the file has 5");
  EXPECT_EQ(MessageFor(File(8, {2, 2}, "").substr(0, 9)), "the file ends within the IDX header");
  EXPECT_EQ(MessageFor(File(7, {2}, "ab")), "this is not an IDX file: element type 7 does not exist");
  EXPECT_EQ(MessageFor(File(8, {0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}, "")), "the extents of the IDX header are impossibly large");
  EXPECT_EQ(MessageFor(File(8, {}, "")), "the IDX header states no axes");
  EXPECT_TRUE(MessageFor("label,x\n1,2\n").starts_with("this is not an IDX file"));
  EXPECT_TRUE(MessageFor("").starts_with("this is not an IDX file"));
}

}  // namespace
}  // namespace nnc::runtime
