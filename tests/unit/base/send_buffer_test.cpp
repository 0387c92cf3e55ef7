/// Bytes gathered, taken out of the middle, and overwritten.
#include "base/send_buffer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace rediscluster::base {
namespace {

TEST(SendBuffer, keeps_what_is_appended_in_order_while_it_grows) {
  SendBuffer buffer;
  std::string expected;
  for (int i = 0; i < 2000; ++i) {
    const std::string text(static_cast<std::size_t>(i % 90), static_cast<char>('a' + i % 26));
    buffer.append(text);
    expected += text;
  }
  EXPECT_EQ(buffer.bytes(), expected);
  EXPECT_EQ(buffer.size(), expected.size());
}

TEST(SendBuffer, is_empty_at_first_and_takes_nothing_for_nothing) {
  SendBuffer buffer;
  EXPECT_TRUE(buffer.empty());
  buffer.append({});
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.capacity(), 0u);
}

TEST(SendBuffer, closes_the_gap_of_what_is_taken_out) {
  SendBuffer buffer;
  buffer.append("onetwothree");
  buffer.erase(3, 3);
  EXPECT_EQ(buffer.bytes(), "onethree");
  buffer.erase(3, 5);
  EXPECT_EQ(buffer.bytes(), "one");
}

TEST(SendBuffer, keeps_its_memory_until_it_is_released) {
  SendBuffer buffer;
  buffer.append(std::string(10'000, 'x'));
  buffer.clear();
  EXPECT_TRUE(buffer.empty());
  EXPECT_GE(buffer.capacity(), 10'000u);
  buffer.release();
  EXPECT_EQ(buffer.capacity(), 0u);
  buffer.append("again");
  EXPECT_EQ(buffer.bytes(), "again");
}

TEST(SendBuffer, overwrites_what_a_longer_text_left_behind) {
  SendBuffer buffer;
  buffer.append("a long secret");
  buffer.clear();
  buffer.append("short");
  const char* const memory = buffer.bytes().data();
  buffer.wipe();
  EXPECT_TRUE(buffer.empty());
  for (std::size_t i = 0; i < 13; ++i) EXPECT_EQ(memory[i], '\0') << i;
}

TEST(SendBuffer, changes_places_with_another) {
  SendBuffer a, b;
  a.append("a");
  b.append("bb");
  swap(a, b);
  EXPECT_EQ(a.bytes(), "bb");
  EXPECT_EQ(b.bytes(), "a");
}

}  // namespace
}  // namespace rediscluster::base
