/// Bounds of the pauses between attempts (U08).
#include "routing/backoff.hpp"

#include <gtest/gtest.h>

#include <climits>

namespace rediscluster::routing {
namespace {

using namespace std::chrono_literals;

void expect_between(int attempt, base::Duration least, base::Duration most) {
  base::Random random(static_cast<std::uint64_t>(attempt) + 99);
  base::Duration shortest = base::Duration::max();
  base::Duration longest{};
  for (int i = 0; i < 2000; ++i) {
    const base::Duration pause = Backoff{8ms, 100ms}.pause(attempt, random);
    shortest = std::min(shortest, pause);
    longest = std::max(longest, pause);
  }
  EXPECT_GE(shortest, least) << attempt;
  EXPECT_LE(longest, most) << attempt;
  EXPECT_LT(shortest, least + (most - least) / 10) << "the jitter uses its whole range";
  EXPECT_GT(longest, most - (most - least) / 10) << "the jitter uses its whole range";
}

TEST(Backoff, doubles_from_its_first_bound) {
  expect_between(1, 4ms, 8ms);
  expect_between(2, 8ms, 16ms);
  expect_between(3, 16ms, 32ms);
}

TEST(Backoff, stays_at_its_cap) {
  expect_between(5, 50ms, 100ms);
  expect_between(100, 50ms, 100ms);
  expect_between(INT_MAX, 50ms, 100ms);
}

TEST(Backoff, treats_attempts_before_the_first_as_the_first) {
  expect_between(0, 4ms, 8ms);
  expect_between(INT_MIN, 4ms, 8ms);
}

TEST(Backoff, differs_between_clients_of_different_seeds) {
  base::Random one(1);
  base::Random two(2);
  int equal = 0;
  for (int i = 0; i < 100; ++i) equal += Backoff{}.pause(10, one) == Backoff{}.pause(10, two) ? 1 : 0;
  EXPECT_LT(equal, 5);
}

}  // namespace
}  // namespace rediscluster::routing
