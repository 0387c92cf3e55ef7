/// The map of slots as numbers: full, emptied, and given out again.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>

#include "cluster/topology/slot_map.hpp"

namespace rediscluster::cluster {
namespace {

TEST(SlotMap, leads_nowhere_at_first) {
  const SlotMap map;
  EXPECT_EQ(map.shard_of(0), nullptr);
  EXPECT_EQ(map.shard_of(slot_count - 1), nullptr);
}

TEST(SlotMap, leads_to_what_was_put_there_last) {
  SlotMap map;
  Shard first, second;
  map.admit(first);
  map.admit(second);
  map.put(7, &first);
  map.put(8, &second);
  EXPECT_EQ(map.shard_of(7), &first);
  EXPECT_EQ(map.shard_of(8), &second);
  map.put(7, &second);
  EXPECT_EQ(map.shard_of(7), &second);
  map.put(7, nullptr);
  EXPECT_EQ(map.shard_of(7), nullptr);
}

int next_with_another_shard(const SlotMap& map, int slot, int last) {
  int end = slot + 1;
  while (end <= last && map.shard_of(end) == map.shard_of(slot)) ++end;
  return end;
}

TEST(SlotMap, knows_where_runs_end) {
  SlotMap map;
  EXPECT_EQ(map.end_of_run(0), slot_count);
  EXPECT_EQ(map.end_of_run(slot_count - 1), slot_count);
  std::array<Shard, 3> shards;
  for (Shard& each : shards) map.admit(each);
  std::mt19937 random(7);
  const auto below = [&](int bound) { return static_cast<int>(random() % static_cast<unsigned>(bound)); };
  for (int change = 0; change < 300; ++change) {
    const int first = below(slot_count);
    const int last = std::min(first + below(change % 3 == 0 ? 1 : 400), slot_count - 1);
    const Shard* const shard = change % 5 == 0 ? nullptr : &shards[static_cast<std::size_t>(below(3))];
    for (int slot = first; slot <= last; ++slot) map.put(slot, shard);
    for (const int slot : {0, std::max(first - 1, 0), first, last, below(slot_count), slot_count - 1}) {
      for (const int bound : {slot, last, slot_count - 1}) ASSERT_EQ(map.end_of_run(slot, bound), next_with_another_shard(map, slot, bound)) << slot << " to " << bound;
    }
  }
}

TEST(SlotMap, is_full_at_its_bound_and_takes_one_for_each_that_goes) {
  SlotMap map;
  std::vector<Shard> shards(SlotMap::most_shards);
  for (Shard& each : shards) map.admit(each);
  Shard one_more;
  EXPECT_THROW(map.admit(one_more), std::bad_alloc);
  EXPECT_EQ(one_more.number, 0);
  map.put(3, &shards.back());
  EXPECT_EQ(map.shard_of(3), &shards.back());
  map.dismiss(shards.front());
  map.admit(one_more);
  map.put(4, &one_more);
  EXPECT_EQ(map.shard_of(4), &one_more);
  EXPECT_THROW(map.admit(shards.front()), std::bad_alloc);
}

}  // namespace
}  // namespace rediscluster::cluster
