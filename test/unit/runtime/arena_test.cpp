// Aligned blocks, and the check for bytes that no buffer of an arena owns.
#include "runtime/arena.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>

namespace nnc::runtime {

TEST(Arena, BlocksAreAlignedAndZeroed) {
  AlignedBuffer buffer(100);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer.data()) % NNC_ALIGNMENT, 0u);
  for (uint8_t byte : buffer.as<uint8_t>()) EXPECT_EQ(byte, 0);
}

TEST(Arena, BlocksOfACheckedRunLieBeforeAPageThatNobodyMayTouch) {
  auto touch = [](size_t bytes, size_t place) {
    setenv("NNC_CHECK_BUFFERS", "1", 1);
    AlignedBuffer buffer(bytes);
    static_cast<volatile char*>(buffer.data())[place] = 1;
    std::_Exit(0);
  };
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // a process of its own, which has not yet asked for the variable
  constexpr size_t kWhole = 5 * NNC_ALIGNMENT;
  for (size_t bytes : {kWhole - 1, kWhole}) {
    EXPECT_EXIT(touch(bytes, kWhole - 1), testing::ExitedWithCode(0), "") << "blocks are padded";
    EXPECT_DEATH(touch(bytes, kWhole), "");
  }
}

TEST(Arena, DamageIsFoundInRedZonesAlone) {
  AlignedBuffer arena(256);
  const RedZone zones[] = {{0, 64}, {128, 192}, {250, 256}};
  PoisonArena(arena.data(), arena.size());
  arena.as<uint8_t>()[64] = 1;   // a buffer's own
  arena.as<uint8_t>()[249] = 1;
  EXPECT_EQ(FirstDamage(arena.data(), zones), -1);
  arena.as<uint8_t>()[255] = 0;
  EXPECT_EQ(FirstDamage(arena.data(), zones), 255);
  arena.as<uint8_t>()[128] = 0;
  EXPECT_EQ(FirstDamage(arena.data(), zones), 128);
}

}  // namespace nnc::runtime
