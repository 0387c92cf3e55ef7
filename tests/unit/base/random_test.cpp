/// Bounds and spread of the small random numbers.
#include "base/random.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <string>

namespace rediscluster::base {
namespace {

TEST(Random, is_the_published_splitmix64) {
  Random random(1234567);
  EXPECT_EQ(random.next(), 6457827717110365317ull);
  EXPECT_EQ(random.next(), 3203168211198807973ull);
  EXPECT_EQ(random.next(), 9817491932198370423ull);
}

TEST(Seeds, are_those_that_a_random_of_the_same_seed_gives) {
  Seeds seeds(1234567);
  Random random(1234567);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(seeds.next(), random.next());
}

TEST(Random, stays_below_its_bound) {
  Random random(1);
  for (std::uint64_t bound = 1; bound < 1000; ++bound) ASSERT_LT(random.below(bound), bound);
}

TEST(Random, gives_zero_below_zero) { EXPECT_EQ(Random(1).below(0), 0u); }

TEST(Random, gives_fractions_from_zero_to_below_one) {
  Random random(2);
  for (int i = 0; i < 10'000; ++i) {
    const double fraction = random.fraction();
    ASSERT_GE(fraction, 0.0);
    ASSERT_LT(fraction, 1.0);
  }
}

TEST(Random, shuffles_into_every_order_about_equally_often) {
  Random random(4);
  std::map<std::string, int> count;
  for (int i = 0; i < 60'000; ++i) {
    std::string letters = "abc";
    random.shuffle(letters);
    ++count[letters];
  }
  EXPECT_EQ(count.size(), 6u);
  for (const auto& [order, times] : count) EXPECT_NEAR(times, 10'000, 500) << order;
  std::string nothing;
  random.shuffle(nothing);
  EXPECT_EQ(nothing, "");
}

TEST(Random, chooses_among_eight_about_equally_often) {
  Random random(3);
  std::array<int, 8> count{};
  for (int i = 0; i < 80'000; ++i) ++count[random.below(8)];
  for (const int each : count) EXPECT_NEAR(each, 10'000, 500);
}

}  // namespace
}  // namespace rediscluster::base
