/// The table of slots of one round.
#include "cluster/run/slot_order.hpp"

#include <gtest/gtest.h>

namespace rediscluster::cluster {
namespace {

struct Batch {};

TEST(SlotOrder, has_one_place_for_each_slot) {
  constexpr int slots = 16384;
  SlotOrder<Batch> order(slots);
  std::vector<Batch> batches(slots);
  for (int slot = 0; slot < slots; ++slot) {
    EXPECT_EQ(order.of(slot).batch, nullptr);
    order.of(slot).batch = &batches[static_cast<std::size_t>(slot)];
  }
  for (int slot = 0; slot < slots; ++slot) ASSERT_EQ(order.of(slot).batch, &batches[static_cast<std::size_t>(slot)]);
}

TEST(SlotOrder, tells_slots_apart_that_share_a_place_in_its_table) {
  SlotOrder<Batch> order(3);
  order.of(1).is_held = true;
  EXPECT_FALSE(order.of(1 + 8).is_held);
  EXPECT_FALSE(order.of(1 + 1024).is_held);
  EXPECT_TRUE(order.of(1).is_held);
}

}  // namespace
}  // namespace rediscluster::cluster
