/// Quotas and the permits that count against them.
#include "base/quota.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "support/deadline.hpp"

namespace rediscluster::base {
namespace {

using namespace std::chrono_literals;

using test_support::in;

TEST(Quota, gives_as_many_as_its_limit) {
  Quota quota(2);
  EXPECT_TRUE(quota.try_take());
  EXPECT_TRUE(quota.has_room());
  EXPECT_TRUE(quota.try_take());
  EXPECT_FALSE(quota.has_room());
  EXPECT_FALSE(quota.try_take());
  quota.give_back();
  EXPECT_TRUE(quota.try_take());
}

TEST(Quota, lets_a_waiter_know_when_there_is_room) {
  Quota quota(1);
  ASSERT_TRUE(quota.try_take());
  EXPECT_FALSE(quota.wait_for_room(in(1ms)));
  std::thread other([&] { quota.give_back(); });
  EXPECT_TRUE(quota.wait_for_room(in(10s)));
  other.join();
}

TEST(Permit, gives_back_when_it_dies_and_only_once_when_it_was_moved) {
  Quota quota(1);
  {
    Permit permit;
    EXPECT_EQ(permit.take({&quota}), nullptr);
    Permit moved = std::move(permit);
    EXPECT_FALSE(quota.has_room());
    permit.give_back();
    EXPECT_FALSE(quota.has_room());
  }
  EXPECT_TRUE(quota.try_take());
  EXPECT_FALSE(quota.try_take());
}

TEST(Permit, takes_all_or_none_and_names_the_full_one) {
  Quota wide(2), full(1);
  ASSERT_TRUE(full.try_take());
  Permit permit;
  EXPECT_EQ(permit.take({&wide, nullptr, &full}), &full);
  EXPECT_TRUE(wide.try_take() && wide.try_take()) << "nothing was kept";
}

TEST(Permit, of_nothing_is_always_given) {
  Permit permit;
  EXPECT_EQ(permit.take({nullptr, nullptr}), nullptr);
}

TEST(Quota, is_never_exceeded_by_many_threads) {
  Quota quota(3);
  std::atomic<int> at_once{0}, most{0}, taken{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) {
        Permit permit;
        if (permit.take({&quota}) != nullptr) continue;
        const int now = ++at_once;
        ++taken;
        int before = most;
        while (now > before && !most.compare_exchange_weak(before, now)) {
        }
        --at_once;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(most, 3);
  EXPECT_GE(taken, 2000);
}

}  // namespace
}  // namespace rediscluster::base
