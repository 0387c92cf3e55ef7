/// The map of slots as numbers: full, emptied, and given out again.
#include <gtest/gtest.h>

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
