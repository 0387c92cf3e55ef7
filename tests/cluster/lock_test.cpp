/// Locks on a real cluster: one owner at a time among threads, leases that end, and owners that come too late.
#include <atomic>
#include <rediscluster/testing/wait_until.hpp>
#include <thread>

#include "support/commands_fixture.hpp"

namespace {

using namespace std::chrono_literals;
using namespace test_support;
using rediscluster::Errc;
using rediscluster::Lock;
using rediscluster::LockGuard;
using rediscluster::testing::wait_until;

using LockOnCluster = Commands;

TEST_P(LockOnCluster, has_one_owner_at_a_time_among_threads) {
  constexpr int threads = 8;
  constexpr int rounds = 25;
  std::atomic<int> inside = 0;
  std::atomic<int> collisions = 0;
  std::vector<std::thread> crowd;
  for (int i = 0; i < threads; ++i) {
    crowd.emplace_back([&] {
      for (int round = 0; round < rounds; ++round) {
        LockGuard guard(client_.lock("counter:lock", {.timeout = 60s, .sleep = 2ms}));
        if (inside.fetch_add(1) != 0) ++collisions;
        // Read and write apart, so that two owners at once would lose one of the two counts.
        const std::int64_t count = std::stoll(client_.get("counter").value_or("0"));
        client_.set("counter", count + 1);
        inside.fetch_sub(1);
        guard.release();
      }
    });
  }
  for (std::thread& thread : crowd) thread.join();
  EXPECT_EQ(collisions, 0);
  EXPECT_EQ(client_.get("counter"), std::to_string(threads * rounds));
}

TEST_P(LockOnCluster, ends_with_its_lease) {
  Lock first = client_.lock("l", {.timeout = 50ms});
  ASSERT_TRUE(first.acquire());
  Lock second = client_.lock("l", {.timeout = 60s, .sleep = 5ms, .blocking_timeout = 20s});
  EXPECT_TRUE(second.acquire()) << "the lease of the first owner never ended";
  EXPECT_FALSE(first.owned());
  EXPECT_THROW(first.release(), rediscluster::LockNotOwnedError);
  EXPECT_TRUE(second.owned()) << "the late owner must not release the lock of the next one";
  second.release();
  EXPECT_FALSE(second.locked());
}

TEST_P(LockOnCluster, is_extended_by_its_owner_only) {
  Lock lock = client_.lock("l", {.timeout = 30s});
  ASSERT_TRUE(lock.acquire());
  lock.extend(60s);
  EXPECT_GT(client_.pttl("l"), 80'000);
  lock.extend(10s, true);
  EXPECT_LE(client_.pttl("l"), 10'000);
  lock.reacquire();
  EXPECT_GT(client_.pttl("l"), 20'000);
  client_.set("l", "of somebody else");
  EXPECT_THROW(lock.extend(60s), rediscluster::LockNotOwnedError);
  EXPECT_EQ(client_.pttl("l"), -1) << "somebody else's lock was changed";
}

TEST_P(LockOnCluster, is_not_waited_for_when_that_is_not_wanted) {
  Lock holder = client_.lock("l");
  ASSERT_TRUE(holder.acquire());
  EXPECT_EQ(client_.pttl("l"), -1) << "without a timeout there is no lease";
  Lock lock = client_.lock("l", {.blocking = false});
  EXPECT_FALSE(lock.acquire());
  EXPECT_TRUE(lock.locked());
  EXPECT_FALSE(lock.owned());
  EXPECT_THROW(lock.release(), rediscluster::LockError);
  holder.release();
  EXPECT_TRUE(lock.acquire());
}

TEST_P(LockOnCluster, gives_results_on_the_nothrow_surface) {
  rediscluster::NothrowLock lock = client_.nothrow().lock("l", {.timeout = 60s});
  EXPECT_EQ(lock.release().error().code, Errc::lock_misused);
  ASSERT_TRUE(lock.acquire());
  client_.del("l");
  EXPECT_EQ(lock.extend(1s).error().code, Errc::lock_not_owned);
  EXPECT_EQ(lock.release().error().code, Errc::lock_misused) << "after that the lock is not held";
}

TEST_P(LockOnCluster, works_while_the_scripts_are_flushed) {
  for (int round = 0; round < 3; ++round) {
    LockGuard guard(client_.lock("l", {.timeout = 60s}));
    client_.script_flush();
    EXPECT_NO_THROW(guard.release());
  }
}

INSTANTIATE_TEST_SUITE_P(protocol, LockOnCluster, ::testing::Values(3, 2), ::testing::PrintToStringParamName());

}  // namespace
