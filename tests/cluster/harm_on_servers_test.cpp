/// The bounds on harm on real servers: scripts with errors of their own, MIGRATE that stops half-way, values and replies that a server
/// does not take or give, SHUTDOWN.
#include <rediscluster/key_slot.hpp>

#include <atomic>
#include <rediscluster/testing/local_server.hpp>
#include <rediscluster/testing/raw_connection.hpp>
#include <rediscluster/testing/wait_until.hpp>
#include <thread>

#include "support/commands_fixture.hpp"

namespace {

using namespace test_support;
using namespace std::chrono_literals;
using rediscluster::Errc;
using rediscluster::Error;
using rediscluster::Execution;
using rediscluster::keyslot;

constexpr const char* counts_and_fails = "redis.call('INCR', KEYS[1]); return redis.error_reply(ARGV[1])";

TEST(ScriptErrorsOnServers, in_its_own_words_leave_a_script_run_once) {
  RedisCluster client({.startup_nodes = shared_cluster().seeds()});
  client.flushall();
  for (const char* text : {"BUSY x", "TRYAGAIN x", "CLUSTERDOWN x", "LOADING x", "READONLY x", "MASTERDOWN x", "NOREPLICAS x", "UNBLOCKED x",
                           "NOAUTH x", "NOPERM x", "NOSCRIPT x", "MOVED 100 127.0.0.1:1", "ASK 100 127.0.0.1:1", "MOVED x"}) {
    SCOPED_TRACE(text);
    client.del("k");
    const auto run = [&](auto call) {
      const auto result = call();
      ASSERT_FALSE(result.has_value());
      EXPECT_EQ(result.error().execution, Execution::maybe_executed);
    };
    run([&] { return client.nothrow().eval(counts_and_fails, {"k"}, {text}); });
    run([&] { return client.nothrow().execute_command("EVAL", counts_and_fails, 1, "k", text); });
    run([&] { return client.register_script(counts_and_fails).nothrow()({"k"}, {text}); });
    EXPECT_EQ(client.get("k"), "3");
  }
}

TEST(ScriptErrorsOnServers, that_point_to_another_real_node_run_it_twice_at_most) {
  auto& cluster = shared_cluster();
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const int slot = keyslot("k");
  const int owner = cluster.primary_of_slot(slot);
  const auto other = cluster.node((owner + 1) % 3).address();
  for (const char* word : {"MOVED ", "ASK "}) {
    client.del("k");
    const std::string text = word + std::to_string(slot) + " " + other.host + ":" + std::to_string(other.port);
    const auto result = client.nothrow().eval(counts_and_fails, {"k"}, {text});
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().execution, Execution::maybe_executed);
    EXPECT_LE(std::stoi(client.get("k").value()), 2) << text;
  }
}

TEST(MigrateOnServers, that_stopped_half_way_is_in_doubt) {
  auto& cluster = shared_cluster();
  RedisCluster client({.startup_nodes = cluster.seeds()});
  client.flushall();
  rediscluster::testing::LocalServer target{rediscluster::testing::LocalServerOptions{}};
  const auto to = target.address();
  client.mset({{"{m}a", "1"}, {"{m}b", "2"}});
  rediscluster::testing::RawConnection(to).call({"SET", "{m}b", "there"});
  const auto result = client.nothrow().migrate_keys(to.host, to.port, {"{m}a", "{m}b"}, 0, 1000ms);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().execution, Execution::maybe_executed) << result.error().message;
  EXPECT_EQ(client.exists({"{m}a"}), 0) << "the first key has moved";
}

/// Counts of others on one node, while something goes wrong there.
class Counters {
 public:
  Counters(RedisCluster& client, int threads, const std::string& tag) {
    for (int i = 0; i < threads; ++i) {
      threads_.emplace_back([this, &client, key = tag + std::to_string(i)] {
        while (!is_over_) {
          if (const auto count = client.nothrow().incr(key); !count) ++failed_;
        }
      });
    }
  }
  ~Counters() { stop(); }
  int stop() {
    is_over_ = true;
    for (std::thread& each : threads_) {
      if (each.joinable()) each.join();
    }
    return failed_;
  }

 private:
  std::atomic<bool> is_over_{false};
  std::atomic<int> failed_{0};
  std::vector<std::thread> threads_;
};

constexpr int threads = 16;

TEST(BadNeighbourOnServers, a_reply_above_the_servers_own_limit_costs_others_little) {
  auto& cluster = shared_cluster();
  RedisCluster client({.startup_nodes = cluster.seeds()});
  client.flushall();
  client.set("{m}big", std::string(8 << 20, 'x'));
  const int owner = cluster.primary_of_slot(keyslot("{m}"));
  cluster.call(owner, {"CONFIG", "SET", "client-output-buffer-limit", "normal 1048576 0 0"});
  {
    Counters others(client, threads, "{m}n");
    const auto begin = std::chrono::steady_clock::now();
    const auto result = client.nothrow().get("{m}big");
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, Errc::connection_lost);
    EXPECT_LE(result.error().attempts, 6) << "four that were sent, and those that found their connection gone before";
    EXPECT_LE(others.stop(), 2 * threads);
  }
  cluster.call(owner, {"CONFIG", "SET", "client-output-buffer-limit", "normal 0 0 0"});
}

TEST(BadNeighbourOnServers, a_reply_above_our_own_limit_is_asked_for_once) {
  auto& cluster = shared_cluster();
  RedisCluster client({.startup_nodes = cluster.seeds(), .max_bulk_bytes = 1 << 20});
  client.flushall();
  client.set("{m}big", std::string(4 << 20, 'x'));
  Counters others(client, threads, "{m}n");
  const auto result = client.nothrow().get("{m}big");
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, Errc::protocol_error);
  EXPECT_LE(result.error().attempts, 2) << "one that was sent, and one that found its connection gone before";
  EXPECT_LE(others.stop(), threads);
}

/// A server that takes no string above 1 MiB.
class TooLargeOnServers : public ::testing::Test {
 protected:
  TooLargeOnServers() {
    client_.flushall();
    limit("1048576");
  }
  ~TooLargeOnServers() override { limit("536870912"); }
  void limit(const char* bytes) {
    for (int i = 0; i < 3; ++i) shared_cluster().call(i, {"CONFIG", "SET", "proto-max-bulk-len", bytes});
  }
  static void expect_refusal(const Error& error) {
    EXPECT_EQ(error.code, Errc::response_error) << to_string(error);
    EXPECT_EQ(error.execution, Execution::not_executed);
    EXPECT_NE(error.message.find("invalid bulk length"), std::string::npos) << error.message;
    EXPECT_LE(error.attempts, 4);
  }

  RedisCluster client_{{.startup_nodes = shared_cluster().seeds()}};
};

TEST_F(TooLargeOnServers, a_value_is_refused_in_the_servers_words) {
  for (const std::size_t size : {2u << 20, 8u << 20, 64u << 20}) {
    const auto result = client_.nothrow().set("{m}big", std::string(size, 'x'));
    ASSERT_FALSE(result.has_value());
    expect_refusal(result.error());
  }
}

TEST_F(TooLargeOnServers, in_a_pipeline_a_value_is_refused_alone) {
  auto pipe = client_.pipeline();
  for (int i = 0; i < 20; ++i) pipe.incr("{m}before");
  pipe.set("{m}big", std::string(8 << 20, 'x'));
  for (int i = 0; i < 20; ++i) pipe.incr("{m}after");
  const auto replies = pipe.execute({.raise_on_error = false});
  for (std::size_t i = 0; i < replies.size(); ++i) {
    if (i == 20) {
      expect_refusal(replies.error(i).value_or(Error{}));
    } else {
      EXPECT_FALSE(replies.error(i)) << i << ": " << replies.error(i)->message;
    }
  }
  EXPECT_EQ(client_.get("{m}before"), "20");
  EXPECT_EQ(client_.get("{m}after"), "20");
}

TEST_F(TooLargeOnServers, among_others_a_value_costs_them_little) {
  Counters others(client_, threads, "{m}n");
  const auto begin = std::chrono::steady_clock::now();
  const auto result = client_.nothrow().set("{m}big", std::string(8 << 20, 'x'));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().execution, Execution::not_executed);
  EXPECT_LE(others.stop(), 2 * threads);
}

TEST(ShutdownOnServers, succeeds_when_the_server_has_gone) {
  rediscluster::testing::LocalCluster cluster({.primaries = 3, .replicas_per_primary = 0});
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 5s, .resend = rediscluster::Resend::everything});
  auto node = client.on(cluster.node(0).address());
  EXPECT_TRUE(node.shutdown({.save = rediscluster::ShutdownSave::no_save}));
  EXPECT_THROW(rediscluster::testing::RawConnection(cluster.node(0).address()).call({"PING"}), std::exception);
}

}  // namespace
