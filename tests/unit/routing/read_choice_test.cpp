/// Which copy a read goes to: the table of strategies, and fairness among equals.
#include "routing/read_choice.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "command_play.hpp"

namespace rediscluster::routing {
namespace {

using Copies = std::vector<ReadCandidate>;

constexpr ReadCandidate primary{.is_primary = true};
constexpr ReadCandidate replica{};

ReadCandidate tried(ReadCandidate copy) { return copy.was_tried = true, copy; }
ReadCandidate troubled(ReadCandidate copy) { return copy.in_trouble = true, copy; }
ReadCandidate at(Zone zone, ReadCandidate copy = replica) { return copy.zone = zone, copy; }
ReadCandidate taking(std::uint32_t latency_us, ReadCandidate copy = replica) { return copy.latency_us = latency_us, copy; }

/// How often each copy is chosen.
std::vector<int> chosen(const Copies& copies, ReadFrom strategy, int times = 3000) {
  base::Random random(7);
  std::vector<int> counts(copies.size());
  for (int i = 0; i < times; ++i) {
    const ReadChoice choice = choose_reader(copies, strategy, random);
    if (choice.index != ReadChoice::none) ++counts[static_cast<std::size_t>(choice.index)];
  }
  return counts;
}
void expect_always(int index, const Copies& copies, ReadFrom strategy) {
  EXPECT_EQ(chosen(copies, strategy)[static_cast<std::size_t>(index)], 3000) << "strategy " << static_cast<int>(strategy);
}
void expect_shared(const std::vector<std::size_t>& winners, const Copies& copies, ReadFrom strategy) {
  const std::vector<int> counts = chosen(copies, strategy);
  int sum = 0;
  for (const std::size_t winner : winners) {
    EXPECT_GT(counts[winner], 3000 / static_cast<int>(winners.size()) * 8 / 10) << "copy " << winner;
    sum += counts[winner];
  }
  EXPECT_EQ(sum, 3000) << "somebody else was chosen too";
}

TEST(ChooseReader, primary_takes_the_primary_even_in_trouble) {
  expect_always(0, {troubled(primary), replica}, ReadFrom::primary);
}

TEST(ChooseReader, prefer_replica_shares_among_replicas_and_leaves_the_primary_alone) {
  expect_shared({1, 2}, {primary, replica, replica}, ReadFrom::prefer_replica);
}

TEST(ChooseReader, any_shares_among_all_copies) {
  expect_shared({0, 1, 2}, {primary, replica, replica}, ReadFrom::any);
}

TEST(ChooseReader, a_copy_in_trouble_is_passed_over_by_every_strategy) {
  for (const ReadFrom strategy : {ReadFrom::prefer_replica, ReadFrom::any, ReadFrom::lowest_latency, ReadFrom::same_zone}) {
    expect_always(1, {tried(primary), replica, troubled(replica)}, strategy);
  }
}

TEST(ChooseReader, prefer_replica_takes_the_primary_when_all_replicas_are_in_trouble) {
  expect_always(0, {primary, troubled(replica), troubled(replica)}, ReadFrom::prefer_replica);
}

TEST(ChooseReader, a_copy_in_trouble_is_better_than_none) {
  expect_always(1, {tried(primary), troubled(replica)}, ReadFrom::any);
}

TEST(ChooseReader, nobody_is_chosen_twice_in_a_call_and_nobody_at_all_when_all_were) {
  expect_always(2, {tried(primary), tried(replica), replica}, ReadFrom::any);
  base::Random random(1);
  EXPECT_EQ(choose_reader(Copies{tried(primary), tried(replica)}, ReadFrom::any, random).index, ReadChoice::none);
  EXPECT_EQ(choose_reader({}, ReadFrom::any, random).index, ReadChoice::none);
}

TEST(ChooseReader, lowest_latency_takes_the_fastest_and_looks_at_the_others_now_and_then) {
  const std::vector<int> counts = chosen({taking(900, primary), taking(200), taking(40'000)}, ReadFrom::lowest_latency);
  EXPECT_GT(counts[1], 2700);
  EXPECT_GT(counts[0], 20);
  EXPECT_GT(counts[2], 20);
}

TEST(ChooseReader, lowest_latency_says_when_it_looks_around) {
  base::Random random(7);
  const Copies copies{taking(900, primary), taking(200)};
  for (int i = 0; i < 1000; ++i) {
    const ReadChoice choice = choose_reader(copies, ReadFrom::lowest_latency, random);
    EXPECT_TRUE(choice.index == 1 || choice.explores);
  }
}

TEST(ChooseReader, lowest_latency_measures_who_was_never_measured) {
  const std::vector<int> counts = chosen({taking(100, primary), taking(0)}, ReadFrom::lowest_latency);
  EXPECT_GT(counts[1], 2700);
}

TEST(ChooseReader, same_zone_goes_down_its_list) {
  const ReadCandidate here = at(Zone::same), there = at(Zone::other), somewhere = at(Zone::unknown);
  const ReadCandidate primary_here = at(Zone::same, primary), primary_there = at(Zone::other, primary);
  expect_shared({2, 3}, {primary_here, there, here, here}, ReadFrom::same_zone);
  expect_always(2, {primary_here, there, somewhere}, ReadFrom::same_zone);
  expect_always(0, {primary_here, there, there}, ReadFrom::same_zone);
  expect_always(1, {primary_there, there}, ReadFrom::same_zone);
  expect_always(0, {primary_there, troubled(here)}, ReadFrom::same_zone);
}

TEST(AnyCopyMayAnswer, reads_of_data_only) {
  EXPECT_TRUE(any_copy_may_answer(command({"GET", "k"})));
  EXPECT_TRUE(any_copy_may_answer(command({"MGET", "k", "l"})));
  EXPECT_TRUE(any_copy_may_answer(command({"XREAD", "STREAMS", "k", "0"})));
  EXPECT_FALSE(any_copy_may_answer(command({"SET", "k", "v"})));
  EXPECT_FALSE(any_copy_may_answer(command({"GETEX", "k"})));
  EXPECT_FALSE(any_copy_may_answer(command({"TOUCH", "k"})));
  for (const char* scan : {"HSCAN", "SSCAN", "ZSCAN"}) {
    EXPECT_FALSE(any_copy_may_answer(command({scan, "k", "0"}))) << scan << " has a cursor that only one server knows";
  }
}

TEST(AnyCopyMayAnswer, not_what_blocks) {
  EncodedCommand xread = command({"XREAD", "BLOCK", "100", "STREAMS", "k", "$"});
  xread.block_for(std::chrono::milliseconds(100));
  EXPECT_FALSE(any_copy_may_answer(xread));
}

}  // namespace
}  // namespace rediscluster::routing
