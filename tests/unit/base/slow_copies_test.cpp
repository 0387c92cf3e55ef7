#include <gtest/gtest.h>

#include "base/slow_copies.hpp"

namespace rediscluster::base {
namespace {

const char* at(std::uintptr_t place) { return reinterpret_cast<const char*>(place); }

TEST(SlowCopies, are_those_to_a_place_a_little_behind) {
  constexpr std::uintptr_t page = 7 * 4096;
  EXPECT_FALSE(is_slow_copy(16, at(page + 16)));
  EXPECT_TRUE(is_slow_copy(17, at(page + 16)));
  EXPECT_TRUE(is_slow_copy(47, at(page + 16)));
  EXPECT_FALSE(is_slow_copy(48, at(page + 16)));
  EXPECT_FALSE(is_slow_copy(0, at(page + 16)));
}

TEST(SlowCopies, are_counted_within_a_page) {
  EXPECT_TRUE(is_slow_copy(5, at(2 * 4096 - 1)));
  EXPECT_TRUE(is_slow_copy(3 * 4096 + 20, at(4096 + 10)));
  EXPECT_FALSE(is_slow_copy(40, at(2 * 4096 - 1)));
}

}  // namespace
}  // namespace rediscluster::base
