/// max_connections and max_connections_per_node: how many connections there really are, and what calls do at the bound.
#include <dirent.h>

#include <atomic>
#include <cstdlib>
#include <mutex>

#include "play.hpp"
#include "support/dial.hpp"

namespace {

using namespace play;
using rediscluster::Options;
using test_support::connect_to;
using test_support::port_of_peer;

/// Counts the client's connections to a cluster as the kernel knows them, whenever one more is made.
class Counter {
 public:
  explicit Counter(ScriptedCluster& cluster) : cluster_(cluster) {}

  int dial(const NodeAddress& node) {
    const int fd = connect_to(node);
    std::lock_guard lock{mutex_};
    for (int i = 0; i < cluster_.size(); ++i) most_at_one_ = std::max(most_at_one_, count(cluster_[i].address().port));
    most_ = std::max(most_, count(0));
    return fd;
  }
  int most() const { return most_; }
  int most_at_one() const { return most_at_one_; }
  /// Options of a client whose connections are counted.
  Options options() {
    return {.startup_nodes = {cluster_[0].address()},
            .dial = [this](const NodeAddress& node, auto) { return dial(node); },
            .command_timeout = 30s};
  }

 private:
  /// @param port  0: of any node of the cluster.
  int count(int port) const {
    int found = 0;
    DIR* folder = ::opendir("/proc/self/fd");
    while (const dirent* entry = ::readdir(folder)) {
      const int peer = port_of_peer(std::atoi(entry->d_name));
      for (int i = 0; i < cluster_.size(); ++i) {
        const int node = cluster_[i].address().port;
        found += peer == node && (port == 0 || port == node) ? 1 : 0;
      }
    }
    ::closedir(folder);
    return found;
  }

  ScriptedCluster& cluster_;
  std::mutex mutex_;
  int most_ = 0;
  int most_at_one_ = 0;
};

/// Keys of all nodes of a cluster.
std::string some_key(int number) { return key_in_slot(number * 7919 % 16384, "k"); }

void crowd_reads(RedisCluster& client, int threads, int reads) {
  Crowd(threads, [&](int thread) {
    for (int i = 0; i < reads; ++i) {
      const std::string key = some_key(thread * reads + i);
      EXPECT_EQ(client.nothrow().get(key).value_or("an error"), key);
    }
  }).join();
}

TEST(MaxConnections, of_all_nodes_together_is_kept_and_every_call_gets_through) {
  ScriptedCluster cluster(3);
  echo_gets(cluster);
  for (const int limit : {1, 2, 3, 4}) {
    SCOPED_TRACE(limit);
    Counter counter(cluster);
    Options options = counter.options();
    options.max_connections = limit;
    {
      RedisCluster client(options);
      crowd_reads(client, 6, 10);
    }
    EXPECT_LE(counter.most(), limit);
    EXPECT_GE(counter.most(), 1);
  }
}

TEST(MaxConnections, that_is_ample_changes_nothing) {
  ScriptedCluster cluster(3);
  echo_gets(cluster);
  Counter counter(cluster);
  Options options = counter.options();
  options.max_connections = 32;
  options.max_connections_per_node = 8;
  RedisCluster client(options);
  crowd_reads(client, 6, 30);
  EXPECT_LE(counter.most_at_one(), options.lanes_per_node);
  EXPECT_LE(cluster[0].connections() + cluster[1].connections() + cluster[2].connections(), 3 * options.lanes_per_node) << "none was closed and made again";
}

TEST(MaxConnections, of_one_moves_the_connection_to_where_it_is_needed) {
  ScriptedCluster cluster(2);
  echo_gets(cluster);
  RedisCluster client({.startup_nodes = cluster.seeds(), .max_connections = 1});
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(client.get("foo"), "foo");
    EXPECT_EQ(client.get("bar"), "bar");
    EXPECT_TRUE(wait_until([&] { return cluster[1].open_connections() == 0; }, 5s)) << "the idle one is closed";
  }
}

TEST(MaxConnections, a_connection_that_is_never_idle_is_given_up_for_those_who_have_none) {
  ScriptedCluster cluster(2);
  cluster[0].always(starts_with({"GET"})).after_delay(5ms).answer_bulk("busy");
  echo_gets(cluster[1]);
  RedisCluster client({.startup_nodes = {cluster[0].address()}, .max_connections = 1});
  std::atomic<bool> done{false};
  Crowd busy(4, [&](int) {
    while (!done) EXPECT_EQ(client.nothrow().get("bar").value_or("an error"), "busy");
  });
  ASSERT_TRUE(cluster[0].wait_for_command({"GET"}, 10s, 20));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(client.nothrow().get("foo").value_or("an error"), "foo");
  done = true;
}

TEST(MaxConnections, is_kept_by_commands_over_several_nodes) {
  ScriptedCluster cluster(3);
  echo_mgets(cluster);
  std::vector<std::string> keys;
  for (int i = 0; i < 12; ++i) keys.push_back(some_key(i));
  for (const int limit : {1, 2}) {
    SCOPED_TRACE(limit);
    Counter counter(cluster);
    Options options = counter.options();
    options.max_connections = limit;
    RedisCluster client(options);
    Crowd(3, [&](int) {
      const auto values = client.nothrow().mget(keys);
      ASSERT_TRUE(values.has_value()) << to_string(values.error());
      for (std::size_t i = 0; i < keys.size(); ++i) EXPECT_EQ((*values)[i], keys[i]);
    }).join();
    EXPECT_LE(counter.most(), limit);
  }
}

TEST(MaxConnections, lets_the_topology_be_asked_for) {
  ScriptedCluster cluster(3);
  echo_gets(cluster);
  Counter counter(cluster);
  Options options = counter.options();
  options.max_connections = 1;
  options.topology_refresh_period = 20ms;
  RedisCluster client(options);
  int number = 0;
  EXPECT_TRUE(wait_until(
      [&] {
        const std::string key = some_key(++number);
        return client.get(key) == key && topology_questions(cluster) >= 6;
      },
      20s));
  EXPECT_EQ(counter.most(), 1);
}

// Blocking commands hold their connections.

/// One node whose BLPOP answers when the gate opens.
class HeldPops {
 public:
  HeldPops() : cluster(1) {
    echo_gets(cluster);
    cluster[0].always(starts_with({"BLPOP"})).after(gate).answer_array({"list", "element"});
  }
  bool wait_for_pops(int count) { return cluster[0].wait_for_command({"BLPOP"}, 10s, count); }
  Gate gate;
  ScriptedCluster cluster;
};

Result<rediscluster::Reply> pop(RedisCluster& client, const char* seconds) { return client.nothrow().execute_command("BLPOP", "list", seconds); }

void expect_refusal(const Options& options, const char* words) {
  HeldPops held;
  Options with_seed = options;
  with_seed.startup_nodes = held.cluster.seeds();
  with_seed.command_timeout = 300ms;
  RedisCluster client(with_seed);
  std::thread first([&] { EXPECT_TRUE(pop(client, "20").has_value()); });
  ASSERT_TRUE(held.wait_for_pops(1));
  Error error;
  const milliseconds took = time_of([&] { error = error_of(pop(client, "0.1")); });
  EXPECT_EQ(client.get("k"), "k") << "the others have a connection left";
  held.gate.open();
  first.join();
  EXPECT_EQ(error.code, Errc::too_many_connections) << to_string(error);
  EXPECT_EQ(error.execution, Execution::not_executed);
  EXPECT_TRUE(contains(error.message, words)) << error.message;
  EXPECT_TRUE(contains(error.message, "run fewer blocking commands")) << error.message;
  EXPECT_EQ(error.node, held.cluster[0].address());
  EXPECT_GE(took, 290ms) << "it waits as long as command_timeout";
  EXPECT_LE(held.cluster[0].open_connections(), 2);
}

TEST(MaxConnections, a_blocking_command_that_gets_no_connection_waits_and_then_says_which_bound_it_met) {
  expect_refusal({.max_connections = 2}, "max_connections is 2, of which blocking commands may use 1");
}

TEST(MaxConnectionsPerNode, a_blocking_command_that_gets_no_connection_waits_and_then_says_which_bound_it_met) {
  expect_refusal({.max_connections_per_node = 2}, "max_connections_per_node is 2, of which blocking commands may use 1");
}

TEST(MaxConnectionsPerNode, means_max_connections_of_each_node_when_it_is_true) {
  expect_refusal({.max_connections = 2, .max_connections_per_node = true}, "max_connections (per node) is 2");
  ScriptedCluster cluster(3);
  echo_gets(cluster);
  Counter counter(cluster);
  Options options = counter.options();
  options.max_connections = 1;
  options.max_connections_per_node = true;
  RedisCluster client(options);
  crowd_reads(client, 6, 20);
  EXPECT_EQ(counter.most_at_one(), 1);
  EXPECT_EQ(counter.most(), 3);
}

TEST(MaxConnections, a_blocking_command_goes_on_when_another_one_has_ended) {
  HeldPops held;
  RedisCluster client({.startup_nodes = held.cluster.seeds(), .max_connections = 2});
  std::thread first([&] { EXPECT_TRUE(pop(client, "20").has_value()); });
  ASSERT_TRUE(held.wait_for_pops(1));
  std::thread second([&] { EXPECT_TRUE(pop(client, "20").has_value()); });
  EXPECT_FALSE(held.cluster[0].wait_for_command({"BLPOP"}, 100ms, 2)) << "there was no connection for it";
  held.gate.open();
  first.join();
  second.join();
}

TEST(MaxConnections, an_idle_connection_of_blocking_commands_is_given_up_for_other_nodes) {
  ScriptedCluster cluster(2);
  echo_gets(cluster);
  cluster[1].always(starts_with({"BLPOP"})).answer_array({"foo", "element"});
  RedisCluster client({.startup_nodes = {cluster[0].address()}, .max_connections = 2});
  EXPECT_TRUE(client.nothrow().execute_command("BLPOP", "foo", "1").has_value());
  EXPECT_EQ(client.get("foo"), "foo");
  EXPECT_EQ(client.get("bar"), "bar");
  EXPECT_TRUE(wait_until([&] { return cluster[0].open_connections() + cluster[1].open_connections() <= 2; }, 5s));
}

}  // namespace
