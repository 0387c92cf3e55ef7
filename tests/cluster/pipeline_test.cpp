/// Pipelines and transactions on real servers, in calm times and while slots move and primaries change.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <rediscluster/rediscluster.hpp>
#include <rediscluster/testing/local_cluster.hpp>
#include <rediscluster/testing/wait_until.hpp>
#include <thread>

namespace {

using namespace std::chrono_literals;
using rediscluster::Errc;
using rediscluster::Execution;
using rediscluster::keyslot;
using rediscluster::RedisCluster;
using rediscluster::Replies;
using rediscluster::Result;
using rediscluster::WatchError;
using rediscluster::testing::LocalCluster;

LocalCluster& servers() {
  static LocalCluster cluster({.primaries = 3, .replicas_per_primary = 1, .require_full_coverage = false});
  return cluster;
}

/// The parameter is the protocol: 3 or 2.
class OnServers : public ::testing::TestWithParam<int> {
 protected:
  OnServers() { client_.flushall(); }
  RedisCluster client_{{.startup_nodes = servers().seeds(), .protocol = GetParam()}};
};

TEST_P(OnServers, a_thousand_commands_in_one_pipeline_give_what_they_give_alone) {
  auto pipe = client_.pipeline();
  std::vector<rediscluster::Pending<std::int64_t>> numbers;
  for (int i = 0; i < 1000; ++i) numbers.push_back(pipe.incrby("n:" + std::to_string(i), i));
  auto wrong = pipe.lpush("n:0", {"x"});
  const auto size = pipe.dbsize();
  const auto values = pipe.mget({"n:1", "none", "n:999"});
  const auto deleted = pipe.del({"n:1", "n:2", "none"});
  const Replies replies = pipe.execute({.raise_on_error = false});
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(numbers[static_cast<std::size_t>(i)].value(), i);
  EXPECT_THROW(wrong.value(), rediscluster::ResponseError);
  EXPECT_EQ(size.value(), 1000);
  EXPECT_EQ(values.value(), (std::vector<std::optional<std::string>>{"1", std::nullopt, "999"}));
  EXPECT_EQ(deleted.value(), 2);
  EXPECT_EQ(replies.size(), 1004u);
}

TEST_P(OnServers, pipelines_read_from_replicas_when_told_to) {
  client_.set("from-replica", "1");
  ASSERT_TRUE([&] {
    for (int i = 0; i < 500; ++i) {
      auto pipe = client_.pipeline({.read_from_replicas = true});
      const auto value = pipe.get("from-replica");
      pipe.execute();
      if (!value.value()) continue;  // a replica that the write has not reached yet
      if (value.value() != "1") return false;
      bool read = false;
      for (int node = 3; node < 6; ++node) {
        const std::string stats = servers().call(node, {"INFO", "commandstats"}).text;
        read = read || stats.find("cmdstat_get:") != std::string::npos;
      }
      if (read) return true;
    }
    return false;
  }());
}

TEST_P(OnServers, transactions_run_as_one_and_tell_errors_apart) {
  auto tx = client_.transaction();
  const auto stored = tx.set("{t}a", "1");
  const auto wrong = tx.lpush("{t}a", {"x"});
  const auto number = tx.incr("{t}a");
  const auto popped = tx.blpop({"{t}empty"}, 0s);
  tx.execute({.raise_on_error = false});
  EXPECT_TRUE(stored.value());
  EXPECT_THROW(wrong.value(), rediscluster::ResponseError);
  EXPECT_EQ(number.value(), 2);
  EXPECT_FALSE(popped.value());
  tx.set("{t}a", "5");
  tx.execute_command("SET", "{t}a");
  EXPECT_THROW(tx.execute(), rediscluster::RedisClusterException) << "refused here: wrong number of arguments";
  EXPECT_EQ(client_.get("{t}a"), "2");
}

TEST_P(OnServers, a_watched_key_that_changes_stops_the_transaction) {
  client_.set("{w}k", "1");
  auto tx = client_.transaction();
  tx.watch({"{w}k"});
  EXPECT_EQ(tx.now().get("{w}k"), "1");
  client_.set("{w}k", "2");
  tx.set("{w}k", "3");
  EXPECT_THROW(tx.execute(), WatchError);
  EXPECT_EQ(client_.get("{w}k"), "2");
  tx.watch({"{w}k"});
  tx.set("{w}k", "4");
  tx.execute();
  EXPECT_EQ(client_.get("{w}k"), "4");
}

INSTANTIATE_TEST_SUITE_P(protocol, OnServers, ::testing::Values(2, 3), ::testing::PrintToStringParamName());

TEST(MovingSlots, are_followed_by_pipelines_and_transactions_half_way) {
  RedisCluster client({.startup_nodes = servers().seeds()});
  client.flushall();
  const int slot = keyslot("{m}");
  const int from = servers().primary_of_slot(slot);
  const int to = (from + 1) % 3;
  auto fill = client.pipeline();
  for (int i = 0; i < 20; ++i) fill.set("{m}" + std::to_string(i), i);
  fill.execute();
  auto move = servers().begin_move(slot, from, to);
  move.move_keys(10);  // half of the keys answer ASK now, new ones too
  auto pipe = client.pipeline();
  std::vector<rediscluster::Pending<std::optional<std::string>>> values;
  for (int i = 0; i < 20; ++i) {
    const std::string key = "{m}" + std::to_string(i);
    pipe.append(key, "x");
    pipe.append(key, "y");
    values.push_back(pipe.get(key));
  }
  pipe.execute();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(values[static_cast<std::size_t>(i)].value(), std::to_string(i) + "xy");
  int seen = 0;
  for (int i = 0; i < 20; ++i) {
    client.transaction({"{m}" + std::to_string(i)}, [&](auto& tx) {
      const auto value = tx.now().get("{m}" + std::to_string(i));
      tx.set("{m}" + std::to_string(i), *value + "z");
    });
    seen += client.get("{m}" + std::to_string(i)) == std::to_string(i) + "xyz" ? 1 : 0;
  }
  EXPECT_EQ(seen, 20);
  move.finish();
  auto after = client.transaction();
  const auto value = after.get("{m}7");
  after.execute();
  EXPECT_EQ(value.value(), "7xyz");
}

/// Workers that count up shared counters with WATCH until they are told to stop.
class CounterWorkers {
 public:
  static constexpr int workers = 50;
  static constexpr int counters = 5;

  explicit CounterWorkers(RedisCluster& client) : client_(client) {
    for (int i = 0; i < workers; ++i) threads_.emplace_back([this, i] { work(i); });
  }
  ~CounterWorkers() { stop(); }
  void stop() {
    stopping_ = true;
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }
  static std::string key(int counter) { return "counter:" + std::to_string(counter); }

  std::array<std::atomic<int>, counters> done{};   // successful EXECs
  std::array<std::atomic<int>, counters> maybe{};  // EXECs whose end nobody knows
  std::atomic<int> refused{0};                     // errors that say that nothing has run
  std::atomic<int> function_runs{0};

 private:
  void work(int number) {
    auto commands = client_.nothrow();
    for (int i = number; !stopping_; ++i) {
      const auto counter = static_cast<std::size_t>(i % counters);
      const std::string name = key(static_cast<int>(counter));
      const Result<Replies> result = commands.transaction({name}, [&](auto& tx) {
        ++function_runs;
        const auto seen = tx.now().get(name);
        if (seen) tx.set(name, std::stoi(seen->value_or("0")) + 1);
      });
      if (result && !result->empty()) ++done[counter];
      if (result) continue;
      EXPECT_NE(result.error().execution, Execution::executed) << to_string(result.error());
      if (result.error().execution == Execution::maybe_executed) ++maybe[counter];
      if (result.error().execution == Execution::not_executed) ++refused;
    }
  }

  RedisCluster& client_;
  std::atomic<bool> stopping_{false};
  std::vector<std::thread> threads_;
};

// T09
TEST(Counters, of_fifty_workers_are_exact_through_failovers_and_a_reshard) {
  LocalCluster cluster({.primaries = 3, .replicas_per_primary = 1, .require_full_coverage = false});  // it changes hands
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 10s});
  int total = 0;
  {
    CounterWorkers load(client);
    const auto all = [&] {
      int sum = 0;
      for (const auto& each : load.done) sum += each;
      return sum;
    };
    const auto wait_for_progress = [&](int more) {
      const int before = all();
      EXPECT_TRUE(rediscluster::testing::wait_until([&] { return all() >= before + more; }, 10s)) << "nothing gets done";
    };
    wait_for_progress(500);
    cluster.failover(3);  // the replica of primary 0
    wait_for_progress(500);
    for (int counter = 0; counter < CounterWorkers::counters; ++counter) {
      const int slot = keyslot(CounterWorkers::key(counter));
      const int from = cluster.primary_of_slot(slot);
      cluster.move_slots(slot, slot, from, from == 1 ? 2 : 1);
    }
    wait_for_progress(500);
    cluster.failover(5);  // that of primary 2
    wait_for_progress(500);
    load.stop();
    total = all();
    for (int counter = 0; counter < CounterWorkers::counters; ++counter) {
      const auto at = static_cast<std::size_t>(counter);
      const int stored = std::stoi(client.get(CounterWorkers::key(counter)).value_or("0"));
      EXPECT_GE(stored, load.done[at]) << "an acknowledged step of counter " << counter << " is lost";
      EXPECT_LE(stored, load.done[at] + load.maybe[at]) << "counter " << counter << " counted twice";
    }
    std::printf("%d transactions ran, %d in doubt, %d not executed, %d runs of the function\n", total,
                load.maybe[0] + load.maybe[1] + load.maybe[2] + load.maybe[3] + load.maybe[4], load.refused.load(), load.function_runs.load());
    EXPECT_GE(load.function_runs, total) << "nobody contended: the test tests nothing";
  }
  EXPECT_GE(total, 2000);
}

}  // namespace
