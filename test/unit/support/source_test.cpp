// Places in texts: lines of either ending, the last one without, spans over nothing and over two.
#include "compiler/support/source.h"

#include <gtest/gtest.h>

namespace nnc {
namespace {

class Sources : public testing::Test {
 protected:
  SourceManager sources_;
  const uint32_t first_ = sources_.Add("a.nn", "one\r\ntwo\n\nfour");
  const uint32_t second_ = sources_.Add("b.nn", "");
};

TEST_F(Sources, LinesComeWithoutTheirEnd) {
  EXPECT_EQ(sources_.FileCount(), 2u);
  EXPECT_EQ(sources_.File(first_).path, "a.nn");
  EXPECT_EQ(sources_.File(second_).path, "b.nn");
  EXPECT_EQ(sources_.Line(first_, 1), "one");
  EXPECT_EQ(sources_.Line(first_, 2), "two");
  EXPECT_EQ(sources_.Line(first_, 3), "");
  EXPECT_EQ(sources_.Line(first_, 4), "four");
  EXPECT_EQ(sources_.Line(first_, 5), "");
  EXPECT_EQ(sources_.Line(first_, 0), "");
  EXPECT_EQ(sources_.Line(second_, 1), "");
}

TEST_F(Sources, EveryByteHasALineAndAColumn) {
  const std::pair<uint32_t, LineColumn> places[] = {{0, {1, 1}}, {3, {1, 4}}, {4, {1, 5}}, {5, {2, 1}}, {8, {2, 4}}, {9, {3, 1}}, {10, {4, 1}}, {14, {4, 5}}};
  for (const auto& [offset, place] : places) {
    EXPECT_EQ(sources_.Locate(first_, offset).line, place.line) << offset;
    EXPECT_EQ(sources_.Locate(first_, offset).column, place.column) << offset;
  }
}

TEST_F(Sources, SpansAreDescribedAndRead) {
  EXPECT_EQ(sources_.Text({first_, 5, 8}), "two");
  EXPECT_EQ(sources_.Text({}), "");
  EXPECT_EQ(sources_.Describe({first_, 6, 8}), "a.nn:2:2");
  EXPECT_EQ(sources_.Describe({}), "<built in>");
}

TEST_F(Sources, CoverIsTheSmallestStretchOfOneFile) {
  const Span a{1, 5, 8}, b{1, 2, 6}, other{2, 0, 9};
  EXPECT_EQ(Cover(a, b), (Span{1, 2, 8}));
  EXPECT_EQ(Cover(b, a), (Span{1, 2, 8}));
  EXPECT_EQ(Cover({1, 0, 9}, a), (Span{1, 0, 9}));
  EXPECT_EQ(Cover(a, {}), a);
  EXPECT_EQ(Cover({}, a), a);
  EXPECT_EQ(Cover(a, other), a);
}

}  // namespace
}  // namespace nnc
