// A primary that hangs (SIGSTOP): its sockets stay, nothing answers. Nobody may wait longer than his deadline, nobody
// else may wait at all, and no reply may reach the wrong command.
#include "support/write_load.hpp"

#include <rediscluster/rediscluster.hpp>
#include <rediscluster/testing/local_cluster.hpp>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using namespace test_support;
using rediscluster::Errc;
using rediscluster::Execution;
using rediscluster::RedisCluster;
using rediscluster::Result;
using rediscluster::testing::key_in_slot;
using rediscluster::testing::LocalCluster;

struct Observed {
  std::atomic<std::int64_t> longest_us{0};
  std::atomic<int> calls{0};
  std::atomic<int> errors{0};
  std::atomic<int> wrong{0};

  void note(Clock::duration span) {
    const std::int64_t us = std::chrono::duration_cast<std::chrono::microseconds>(span).count();
    std::int64_t longest = longest_us;
    while (us > longest && !longest_us.compare_exchange_weak(longest, us)) {
    }
    ++calls;
  }
};

// SETs and GETs keys whose value is the key, and counts every answer that belongs to another question.
void read_and_write(RedisCluster& client, const std::vector<std::string>& keys, const std::atomic<bool>& stopping, Observed& seen) {
  rediscluster::NothrowRedisCluster commands = client.nothrow();
  for (std::size_t i = 0; !stopping; ++i) {
    const std::string& key = keys[i % keys.size()];
    const TimePoint begin = Clock::now();
    if (i % 2 == 0) {
      const Result<bool> stored = commands.set(key, key);
      if (!stored) ++seen.errors;
      if (stored ? !*stored : stored.error().code == Errc::unexpected_reply) ++seen.wrong;
    } else {
      const Result<std::optional<std::string>> value = commands.get(key);
      if (!value) ++seen.errors;
      if (value ? (*value && **value != key) : value.error().code == Errc::unexpected_reply) ++seen.wrong;
    }
    seen.note(Clock::now() - begin);
  }
}

std::vector<std::string> keys_where(const std::vector<bool>& slots, const std::string& prefix) {
  std::vector<std::string> keys;
  for (int i = 0; keys.size() < 100; ++i) {
    std::string key = prefix + std::to_string(i);
    if (slots[static_cast<std::size_t>(rediscluster::keyslot(key))]) keys.push_back(std::move(key));
  }
  return keys;
}

TEST(Hang, a_stopped_primary_holds_nobody_beyond_his_deadline_and_nobody_else_at_all) {
  LocalCluster cluster({.require_full_coverage = false});
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 1s});
  std::vector<bool> sick = slots_of(client, cluster.node(0).address());
  std::vector<bool> well = sick;
  well.flip();
  Observed on_sick;
  Observed on_well;
  std::atomic<bool> stopping{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    const bool chooses_sick = t % 2 == 0;
    threads.emplace_back([&, chooses_sick, keys = keys_where(chooses_sick ? sick : well, "hang:" + std::to_string(t) + ":")] {
      read_and_write(client, keys, stopping, chooses_sick ? on_sick : on_well);
    });
  }
  std::this_thread::sleep_for(500ms);
  cluster.stop(0);
  std::this_thread::sleep_for(8s);
  cluster.resume(0);
  std::this_thread::sleep_for(1500ms);
  stopping = true;
  for (std::thread& thread : threads) thread.join();

  std::printf("sick shard: %d calls, %d errors, longest %.0f ms; healthy: %d calls, longest %.1f ms\n", on_sick.calls.load(),
              on_sick.errors.load(), static_cast<double>(on_sick.longest_us) / 1000, on_well.calls.load(), static_cast<double>(on_well.longest_us) / 1000);
  EXPECT_LE(on_sick.longest_us, 1'020'000) << "a call outlived its deadline";
  EXPECT_LE(on_well.longest_us, 250'000) << "a healthy shard stalled";
  EXPECT_EQ(on_well.errors, 0);
  EXPECT_GT(on_sick.errors, 0) << "the hang was not felt: the test tests nothing";
  EXPECT_EQ(on_sick.wrong + on_well.wrong, 0) << "a reply reached the wrong command";
  EXPECT_EQ(client.get("hang:after"), std::nullopt);
}

TEST(Hang, an_increment_is_never_run_twice_by_a_primary_that_stalls_for_a_while) {
  LocalCluster cluster({.require_full_coverage = false});
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 1s});
  const int slot = cluster.primary_of_slot(0) == 0 ? 0 : 1;
  constexpr int counters = 8;
  std::atomic<bool> stopping{false};
  std::array<std::int64_t, counters> acknowledged{};
  std::array<std::int64_t, counters> in_doubt{};
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < counters; ++t) {
    threads.emplace_back([&, t] {
      rediscluster::NothrowRedisCluster commands = client.nothrow();
      const std::string key = key_in_slot(slot, ":counter:" + std::to_string(t));
      while (!stopping) {
        const Result<std::int64_t> value = commands.incr(key);
        if (value) ++acknowledged[t];
        else if (value.error().execution == Execution::maybe_executed) ++in_doubt[t];
      }
    });
  }
  std::this_thread::sleep_for(300ms);
  cluster.stop(0);
  std::this_thread::sleep_for(1600ms);
  cluster.resume(0);
  std::this_thread::sleep_for(1s);
  stopping = true;
  for (std::thread& thread : threads) thread.join();

  std::int64_t doubts = 0;
  for (std::size_t t = 0; t < counters; ++t) {
    const std::string stored = client.get(key_in_slot(slot, ":counter:" + std::to_string(t))).value_or("0");
    const std::int64_t excess = std::stoll(stored) - acknowledged[t];
    EXPECT_GE(excess, 0) << "an acknowledged INCR is missing from counter " << t;
    EXPECT_LE(excess, in_doubt[t]) << "counter " << t << " was incremented more often than anybody was told";
    doubts += in_doubt[t];
  }
  EXPECT_GT(doubts, 0) << "nobody ran into the stall: the test tests nothing";
}

}  // namespace
