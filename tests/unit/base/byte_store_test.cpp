/// Copies of byte strings that stay where they are.
#include "base/byte_store.hpp"

#include <gtest/gtest.h>

#include <string>

namespace rediscluster::base {
namespace {

TEST(ByteStore, keeps_copies_at_places_that_do_not_move) {
  ByteStore store;
  std::vector<std::string> texts;
  std::vector<std::string_view> kept;
  for (std::size_t i = 0; i < 3000; ++i) {
    texts.emplace_back(i % 7 == 0 ? 3000 : i % 50, static_cast<char>('a' + i % 26));
    kept.push_back(store.keep(texts.back()));
  }
  for (std::size_t i = 0; i < texts.size(); ++i) ASSERT_EQ(kept[i], texts[i]) << i;
}

TEST(ByteStore, lets_go_of_its_memory_but_for_one_block) {
  ByteStore store;
  for (int i = 0; i < 1000; ++i) store.keep(std::string(2000, 'x'));
  EXPECT_GT(store.memory(), 2'000'000u);
  store.clear();
  EXPECT_LT(store.memory(), 70'000u);
  EXPECT_EQ(store.keep("again"), "again");
}

TEST(ByteStore, is_empty_at_first_and_takes_nothing_for_nothing) {
  ByteStore store;
  EXPECT_EQ(store.memory(), 0u);
  EXPECT_TRUE(store.keep("").empty());
  store.clear();
  EXPECT_EQ(store.memory(), 0u);
}

}  // namespace
}  // namespace rediscluster::base
