/// Sets of slots, beside a set of numbers.
#include "slots/slot_set.hpp"

#include <gtest/gtest.h>

#include <set>

#include "base/random.hpp"

namespace rediscluster::slots {
namespace {

TEST(SlotSet, agrees_with_a_set_of_numbers) {
  base::Random random(7);
  SlotSet slots;
  std::set<int> numbers;
  for (int i = 0; i < 2000; ++i) {
    const int slot = static_cast<int>(random.below(4) == 0 ? random.below(64) : random.below(slot_count));
    if (random.below(3) == 0) {
      slots.remove(slot);
      numbers.erase(slot);
    } else {
      slots.add(slot);
      numbers.insert(slot);
    }
    const int from = static_cast<int>(random.below(slot_count + 1));
    const auto next = numbers.lower_bound(from);
    ASSERT_EQ(slots.next(from), next == numbers.end() ? slot_count : *next);
  }
  EXPECT_EQ(slots.size(), static_cast<int>(numbers.size()));
  std::set<int> seen;
  slots.for_each([&](int slot) { seen.insert(slot); });
  EXPECT_EQ(seen, numbers);
  EXPECT_EQ((~slots).size(), slot_count - slots.size());
  EXPECT_TRUE((slots & ~slots).empty());
  EXPECT_EQ((slots | ~slots), SlotSet::all());
}

TEST(SlotSet, finds_its_first_and_last_slot) {
  SlotSet slots;
  EXPECT_TRUE(slots.empty());
  EXPECT_EQ(slots.next(0), slot_count);
  slots.add(0);
  slots.add(slot_count - 1);
  EXPECT_EQ(slots.next(0), 0);
  EXPECT_EQ(slots.next(1), slot_count - 1);
  EXPECT_EQ(slots.next(slot_count - 1), slot_count - 1);
  EXPECT_EQ(slots.next(slot_count), slot_count);
  EXPECT_FALSE(slots.empty());
}

}  // namespace
}  // namespace rediscluster::slots
