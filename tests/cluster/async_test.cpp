/// The asynchronous client on real servers: a primary is killed, hangs, hands over slots, cuts connections; operations are cancelled at
/// random. The figures are those of the blocking client (failover, hang, reshard).
#include <rediscluster/async.hpp>
#include <rediscluster/rediscluster.hpp>
#include <rediscluster/testing/local_cluster.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <mutex>
#include <random>
#include <thread>

#include "support/task.hpp"

namespace {

using namespace std::chrono_literals;
using rediscluster::AsyncRedisCluster;
using rediscluster::Errc;
using rediscluster::Error;
using rediscluster::Execution;
using rediscluster::Options;
using rediscluster::RedisCluster;
using rediscluster::Resend;
using rediscluster::Result;
using rediscluster::testing::key_in_slot;
using rediscluster::testing::LocalCluster;
using rediscluster::testing::wait_until;
using test_support::Fiber;
using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Text = std::optional<std::string>;

struct Written {
  std::string key;
  TimePoint begin;
  TimePoint end;
  std::optional<Error> error;
};

/// Coroutines that write, each one key after another, until they are told to stop.
class Writers {
 public:
  /// @param slots  one writer for each: its keys lie there.
  Writers(AsyncRedisCluster& redis, const std::vector<int>& slots) : redis_(redis) {
    for (std::size_t i = 0; i < slots.size(); ++i) fibers_.push_back(write(i, slots[i]));
  }
  ~Writers() { stop(); }
  std::vector<Written> stop() {
    stopping_ = true;
    for (Fiber& fiber : fibers_) fiber.wait();
    fibers_.clear();
    std::lock_guard lock{mutex_};
    return written_;
  }

 private:
  Fiber write(std::size_t number, int slot) {
    for (int i = 0; !stopping_; ++i) {
      Written written{key_in_slot(slot, ":" + std::to_string(number) + ":" + std::to_string(i)), Clock::now(), {}, {}};
      const Result<bool> done = co_await redis_.set(written.key, written.key);
      written.end = Clock::now();
      if (!done) written.error = done.error();
      std::lock_guard lock{mutex_};
      written_.push_back(std::move(written));
    }
  }

  AsyncRedisCluster& redis_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;  // guards written_
  std::vector<Written> written_;
  std::vector<Fiber> fibers_;
};

// A slot of each primary of three.
constexpr int doomed_slot = 100;
const std::vector<int> slots{doomed_slot, 8000, 16000, doomed_slot + 1, 8001, 16001, doomed_slot + 2, 8002};

TEST(AsyncOnServers, a_killed_primary_costs_only_the_commands_in_flight) {
  LocalCluster cluster({.require_full_coverage = false});
  AsyncRedisCluster redis(Options{.startup_nodes = cluster.seeds(), .command_timeout = 10s});
  Writers writers(redis, slots);
  std::this_thread::sleep_for(1s);
  const TimePoint killed = Clock::now();
  const int victim = cluster.primary_of_slot(doomed_slot);
  cluster.kill(victim);
  cluster.wait_for_primary(doomed_slot, victim);
  const TimePoint served_again = Clock::now();
  std::this_thread::sleep_for(1s);
  const std::vector<Written> all = writers.stop();
  RedisCluster witness(Options{.startup_nodes = cluster.seeds()});
  TimePoint first_success = TimePoint::max();
  TimePoint longest_on_others_begin{};
  Clock::duration longest_on_others{};
  std::size_t errors = 0;
  std::size_t checked = 0;
  for (const Written& written : all) {
    const int slot = rediscluster::keyslot(written.key);
    const bool is_doomed = slot <= 5460;
    if (written.error) {
      ++errors;
      EXPECT_EQ(written.error->execution, Execution::maybe_executed) << to_string(*written.error);
      EXPECT_LE(written.begin, killed + 50ms) << "not in flight at the kill: " << to_string(*written.error);
      continue;
    }
    if (is_doomed && written.end > killed + 500ms) first_success = std::min(first_success, written.end);
    if (!is_doomed && written.end - written.begin > longest_on_others) {
      longest_on_others = written.end - written.begin;
      longest_on_others_begin = written.begin;
    }
    const bool must_exist = !is_doomed || written.end < killed - 100ms || written.begin > killed;
    if (must_exist && ++checked % 16 == 0) {
      EXPECT_EQ(witness.get(written.key), written.key) << "an acknowledged write was lost";
    }
  }
  EXPECT_GT(checked, 1000u);
  EXPECT_LE(errors, 3u) << "three writers wrote to it";
  ASSERT_NE(first_success, TimePoint::max());
  EXPECT_LE(first_success - served_again, 250ms) << "the client noticed the new primary late";
  EXPECT_LE(longest_on_others, 250ms) << "begun " << (longest_on_others_begin - killed) / 1ms << " ms after the kill";
}

TEST(AsyncOnServers, with_idempotent_writes_resent_a_killed_primary_costs_no_error_at_all) {
  LocalCluster cluster({.require_full_coverage = false});
  AsyncRedisCluster redis(Options{.startup_nodes = cluster.seeds(), .command_timeout = 10s, .resend = Resend::idempotent_writes});
  Writers writers(redis, slots);
  std::this_thread::sleep_for(300ms);
  const int victim = cluster.primary_of_slot(doomed_slot);
  cluster.kill(victim);
  cluster.wait_for_primary(doomed_slot, victim);
  std::this_thread::sleep_for(500ms);
  for (const Written& written : writers.stop()) {
    if (written.error) ADD_FAILURE() << to_string(*written.error);
  }
}

/// The others share a cluster.
class AsyncShared : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { servers = new LocalCluster({.require_full_coverage = false}); }
  static void TearDownTestSuite() { delete servers; }
  static Options options(std::chrono::milliseconds timeout = 5s) { return Options{.startup_nodes = servers->seeds(), .command_timeout = timeout}; }
  static inline LocalCluster* servers = nullptr;
};

TEST_F(AsyncShared, slots_that_move_cost_no_error) {
  AsyncRedisCluster redis(options());
  Writers writers(redis, {200, 201, 202, 203, 8000, 16000});
  std::this_thread::sleep_for(100ms);
  const int from = servers->primary_of_slot(200);
  const int to = servers->primary_of_slot(16000);
  servers->move_slots(200, 203, from, to);
  servers->move_slots(200, 203, to, from);
  for (const Written& written : writers.stop()) {
    if (written.error) ADD_FAILURE() << to_string(*written.error);
  }
}

TEST_F(AsyncShared, connections_that_are_cut_cost_reads_nothing) {
  AsyncRedisCluster redis(options());
  const std::string key = key_in_slot(300, "cut");
  ASSERT_TRUE(redis.set(key, "v").to_future().get());
  std::atomic<bool> stopping{false};
  std::atomic<long> reads{0};
  std::vector<Fiber> readers;
  const auto read = [](AsyncRedisCluster& client, const std::string& its_key, std::atomic<bool>& is_over, std::atomic<long>& count) -> Fiber {
    while (!is_over) {
      const Result<Text> value = co_await client.get(its_key);
      if (!value) ADD_FAILURE() << to_string(value.error());
      EXPECT_EQ(value.value_or(""), "v");
      ++count;
    }
  };
  for (int i = 0; i < 50; ++i) readers.push_back(read(redis, key, stopping, reads));
  for (int round = 0; round < 10; ++round) {
    const long before = reads;
    EXPECT_TRUE(wait_until([&] { return reads > before + 500; }, 10s));
    servers->call(servers->primary_of_slot(300), {"CLIENT", "KILL", "TYPE", "normal"});
  }
  stopping = true;
  for (Fiber& each : readers) each.wait();
}

TEST_F(AsyncShared, replies_reach_their_own_commands_however_many_are_cancelled) {
  constexpr int rounds = 2000;
  constexpr int together = 1000;  // two million in all, of which more than half are cancelled
  AsyncRedisCluster redis(options());
  std::vector<std::string> keys;
  for (int i = 0; i < 200; ++i) {
    keys.push_back("cancel:" + std::to_string(i));
    ASSERT_TRUE(redis.set(keys.back(), keys.back()).to_future().get());
  }
  std::atomic<long> wrong{0}, cancelled{0}, answered{0};
  std::mt19937 dice(20261129);
  for (int round = 0; round < rounds; ++round) {
    std::vector<std::stop_source> sources(16);
    std::latch ended(together);
    for (int i = 0; i < together; ++i) {
      const std::string& key = keys[dice() % keys.size()];
      redis.get(key).cancel_on(sources[dice() % sources.size()].get_token()).then([&](const Result<Text>& value) {
        if (value) {
          ++answered;
          if (*value != key) ++wrong;
        } else if (value.error().code == Errc::cancelled) {
          ++cancelled;
        } else {
          ++wrong;
        }
        ended.count_down();
      });
      if (dice() % 40 == 0) sources[dice() % sources.size()].request_stop();
    }
    ended.wait();
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(cancelled, 1'000'000);
  EXPECT_GT(answered, 100'000);
}

TEST_F(AsyncShared, batches_that_are_cancelled_while_connections_are_cut_have_one_end_each) {
  AsyncRedisCluster redis(options());
  std::vector<std::string> keys;
  for (int i = 0; i < 60; ++i) {
    keys.push_back("batch:" + std::to_string(i));
    ASSERT_TRUE(redis.set(keys.back(), keys.back()).to_future().get());
  }
  std::atomic<long> wrong{0}, good{0}, bad{0};
  std::mt19937 dice(7);
  for (int round = 0; round < 60; ++round) {
    constexpr int together = 60;
    std::vector<std::stop_source> sources(8);
    std::latch ended(2 * together);
    for (int i = 0; i < together; ++i) {
      const auto stop = [&] { return sources[dice() % sources.size()].get_token(); };
      redis.mget(keys).cancel_on(stop()).then([&](const Result<std::vector<Text>>& values) {
        ++(values ? good : bad);
        for (std::size_t k = 0; values && k < keys.size(); ++k) wrong += values->at(k) != keys[k] ? 1 : 0;
        ended.count_down();
      });
      auto pipe = redis.pipeline();
      const auto first = pipe.get(keys[static_cast<std::size_t>(i)]);
      pipe.get(keys[(static_cast<std::size_t>(i) + 7) % keys.size()]);
      pipe.execute().cancel_on(stop()).then([&, first, i](const Result<rediscluster::Replies>& replies) {
        ++(replies ? good : bad);
        if (replies && first.value() != keys[static_cast<std::size_t>(i)]) ++wrong;
        ended.count_down();
      });
      if (dice() % 10 == 0) sources[dice() % sources.size()].request_stop();
      if (dice() % 200 == 0) servers->call(servers->primary_of_slot(300), {"CLIENT", "KILL", "TYPE", "normal"});
    }
    ended.wait();
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(good, 1000);
  EXPECT_GT(bad, 100) << "the test tests too little";
}

TEST_F(AsyncShared, counters_say_the_same_as_the_servers) {
  AsyncRedisCluster redis(options());
  const std::string counter = key_in_slot(400, "counter");
  std::atomic<long> acknowledged{0}, in_doubt{0}, not_run{0};
  std::latch ended(20'000);
  for (int i = 0; i < 20'000; ++i) {
    std::stop_source stop;
    redis.incr(counter).cancel_on(stop.get_token()).then([&](const Result<std::int64_t>& value) {
      ++(value ? acknowledged : value.error().execution == Execution::maybe_executed ? in_doubt : not_run);
      ended.count_down();
    });
    if (i % 7 == 0) stop.request_stop();
  }
  ended.wait();
  const long value = std::stol(*redis.get(counter).to_future().get());
  EXPECT_GE(value, acknowledged);
  EXPECT_LE(value, acknowledged + in_doubt);
  EXPECT_GT(not_run, 0) << "the test tests too little";
}

// The last one, as it leaves a failover behind.
TEST_F(AsyncShared, a_primary_that_hangs_holds_nobody_beyond_his_deadline_and_nobody_else_at_all) {
  AsyncRedisCluster redis(options(1s));
  Writers writers(redis, slots);
  std::this_thread::sleep_for(300ms);
  const int victim = servers->primary_of_slot(doomed_slot);
  servers->stop(victim);
  std::this_thread::sleep_for(3s);
  servers->resume(victim);
  std::this_thread::sleep_for(500ms);
  Clock::duration longest_on_sick{}, longest_on_well{};
  int errors_on_well = 0;
  int errors_on_sick = 0;
  for (const Written& written : writers.stop()) {
    const bool is_sick = rediscluster::keyslot(written.key) <= 5460;
    auto& longest = is_sick ? longest_on_sick : longest_on_well;
    longest = std::max(longest, written.end - written.begin);
    if (written.error) ++(is_sick ? errors_on_sick : errors_on_well);
  }
  EXPECT_GT(errors_on_sick, 0) << "the hang was not felt: the test tests nothing";
  EXPECT_LE(longest_on_sick, 1'020ms);
  EXPECT_LE(longest_on_well, 250ms);
  EXPECT_EQ(errors_on_well, 0);
}

}  // namespace
