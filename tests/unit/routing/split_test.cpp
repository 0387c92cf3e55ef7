/// One command over several slots becomes one command a slot.
#include "routing/split.hpp"

#include <gtest/gtest.h>

#include "unit/routing/command_play.hpp"

namespace rediscluster::routing {
namespace {

using Words = std::vector<std::string>;
using Indexes = std::vector<std::uint32_t>;

Indexes indexes(const Part& part) { return {part.keys.begin(), part.keys.end()}; }

TEST(Split, makes_one_part_a_slot_in_the_order_of_first_use) {
  const Result<Split> split = routing::split(command({"MGET", "a", "b", "{a}2", "c", "{b}2"}));
  ASSERT_TRUE(split);
  ASSERT_EQ(split->parts.size(), 3u);
  EXPECT_EQ(split->key_count, 5u);
  EXPECT_EQ(words_of(split->parts[0].command), (Words{"MGET", "a", "{a}2"}));
  EXPECT_EQ(words_of(split->parts[1].command), (Words{"MGET", "b", "{b}2"}));
  EXPECT_EQ(words_of(split->parts[2].command), (Words{"MGET", "c"}));
  EXPECT_EQ(indexes(split->parts[0]), (Indexes{0, 2}));
  EXPECT_EQ(indexes(split->parts[1]), (Indexes{1, 4}));
  EXPECT_EQ(indexes(split->parts[2]), (Indexes{3}));
}

TEST(Split, gives_each_part_its_slot) {
  const Result<Split> split = routing::split(command({"DEL", "a", "b", "c"}));
  ASSERT_TRUE(split);
  for (const Part& part : split->parts) EXPECT_EQ(part.command.slot(), keyslot(words_of(part.command)[1]));
}

TEST(Split, keeps_values_with_their_keys) {
  const Result<Split> split = routing::split(command({"MSET", "a", "1", "b", "2", "{a}2", "3"}));
  ASSERT_TRUE(split);
  ASSERT_EQ(split->parts.size(), 2u);
  EXPECT_EQ(words_of(split->parts[0].command), (Words{"MSET", "a", "1", "{a}2", "3"}));
  EXPECT_EQ(words_of(split->parts[1].command), (Words{"MSET", "b", "2"}));
}

TEST(Split, keeps_the_order_of_a_key_given_twice) {
  const Result<Split> split = routing::split(command({"MSET", "a", "1", "b", "x", "a", "2"}));
  ASSERT_TRUE(split);
  EXPECT_EQ(words_of(split->parts[0].command), (Words{"MSET", "a", "1", "a", "2"}));
}

TEST(Split, keeps_the_place_of_every_key_given_twice_to_mget) {
  const Result<Split> split = routing::split(command({"MGET", "a", "b", "a"}));
  ASSERT_TRUE(split);
  EXPECT_EQ(indexes(split->parts[0]), (Indexes{0, 2}));
}

TEST(Split, splits_binary_and_empty_keys) {
  const std::string binary("\0\r\n{x", 5);
  const Result<Split> split = routing::split(command({"DEL", "", binary}));
  ASSERT_TRUE(split);
  ASSERT_EQ(split->parts.size(), 2u);
  EXPECT_EQ(words_of(split->parts[1].command)[1], binary);
}

// A command whose keys are followed by options: JSON.MGET key [key ...] path.
TEST(Split, repeats_what_stands_behind_the_keys_in_each_part) {
  const CommandFacts* facts = find_command("JSON.MGET");
  ASSERT_NE(facts, nullptr);
  const Result<Split> split = routing::split(command({"JSON.MGET", "a", "b", "$.path"}));
  ASSERT_TRUE(split);
  ASSERT_EQ(split->parts.size(), 2u);
  EXPECT_EQ(words_of(split->parts[0].command), (Words{"JSON.MGET", "a", "$.path"}));
  EXPECT_EQ(words_of(split->parts[1].command), (Words{"JSON.MGET", "b", "$.path"}));
}

TEST(Split, makes_one_part_of_many_keys_of_one_slot) {
  Words words{"DEL"};
  for (int i = 0; i < 1000; ++i) words.push_back("{t}" + std::to_string(i));
  const Result<Split> split = routing::split(command(words));
  ASSERT_TRUE(split);
  EXPECT_EQ(split->parts.size(), 1u);
  EXPECT_EQ(split->parts[0].keys.size(), 1000u);
}

TEST(Split, refuses_what_has_no_regular_row_of_keys) {
  for (const Words& words :
       {Words{"EVAL", "s", "2", "a", "b"}, Words{"PING"}, Words{"ZUNIONSTORE", "d", "2", "a", "b"}}) {
    const Result<Split> split = routing::split(command(words));
    ASSERT_FALSE(split) << words[0];
    EXPECT_EQ(split.error().code, Errc::cross_slot);
    EXPECT_EQ(split.error().execution, Execution::not_executed);
  }
}

TEST(Split, loses_no_key_of_an_mset_with_an_odd_number_of_words) {
  const Result<Split> split = routing::split(command({"MSET", "a", "1", "b"}));
  EXPECT_FALSE(split) << "the server would have refused it as a whole";
}

}  // namespace
}  // namespace rediscluster::routing
