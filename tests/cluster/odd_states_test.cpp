// Clusters in states that operations leave behind: copies of keys where their slot is not served, names without an address.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <rediscluster/rediscluster.hpp>
#include <rediscluster/testing/local_cluster.hpp>
#include <rediscluster/testing/wait_until.hpp>

namespace {

using namespace std::chrono_literals;
using rediscluster::Errc;
using rediscluster::Event;
using rediscluster::RedisCluster;
using rediscluster::testing::LocalCluster;
using rediscluster::testing::wait_until;

/// Copies a key to a node that does not serve its slot, as a move does that is broken off.
void leave_copy(LocalCluster& cluster, const std::string& key, int from, int to) {
  const std::string slot = std::to_string(rediscluster::keyslot(key));
  const auto address = cluster.node(to).address();
  const std::string from_id = cluster.call(from, {"CLUSTER", "MYID"}).text;
  cluster.call(to, {"CLUSTER", "SETSLOT", slot, "IMPORTING", from_id});
  const auto moved = cluster.call(from, {"MIGRATE", address.host, std::to_string(address.port), key, "0", "5000", "COPY"});
  EXPECT_EQ(moved.text, "OK");
  cluster.call(to, {"CLUSTER", "SETSLOT", slot, "STABLE"});
}

TEST(CopiesLeftBehind, are_told_of_by_dbsize_alone) {
  LocalCluster cluster({.primaries = 3});
  RedisCluster client({.startup_nodes = cluster.seeds()});
  client.set("foo", "v");
  const int owner = cluster.primary_of_slot(rediscluster::keyslot("foo"));
  leave_copy(cluster, "foo", owner, (owner + 1) % 3);
  const std::vector<std::string> only{"foo"};
  EXPECT_EQ(client.keys("*"), only);
  EXPECT_EQ(client.execute_command("KEYS", "*").size(), 1u);
  for (int i = 0; i < 40; ++i) EXPECT_EQ(client.randomkey(), "foo");
  EXPECT_EQ(client.dbsize(), 2);
  EXPECT_EQ(client.del({"foo"}), 1);
  EXPECT_TRUE(client.keys("*").empty());
  for (int i = 0; i < 10; ++i) EXPECT_EQ(client.randomkey(), std::nullopt);
  EXPECT_EQ(client.dbsize(), 1);
}

TEST(KeysOnTheMove, are_told_of_while_their_slot_is_under_way) {
  LocalCluster cluster({.primaries = 3});
  RedisCluster client({.startup_nodes = cluster.seeds()});
  client.mset({{"{foo}1", "v"}, {"{foo}2", "v"}});
  const int slot = rediscluster::keyslot("foo");
  const int owner = cluster.primary_of_slot(slot);
  const int target = (owner + 1) % 3;
  const std::string number = std::to_string(slot);
  cluster.call(target, {"CLUSTER", "SETSLOT", number, "IMPORTING", cluster.call(owner, {"CLUSTER", "MYID"}).text});
  cluster.call(owner, {"CLUSTER", "SETSLOT", number, "MIGRATING", cluster.call(target, {"CLUSTER", "MYID"}).text});
  const auto address = cluster.node(target).address();
  cluster.call(owner, {"MIGRATE", address.host, std::to_string(address.port), "{foo}1", "0", "5000"});
  std::vector<std::string> keys = client.keys("*");
  std::sort(keys.begin(), keys.end());
  EXPECT_EQ(keys, (std::vector<std::string>{"{foo}1", "{foo}2"}));
}

TEST(NamesWithoutAnAddress, are_no_obstacle) {
  LocalCluster cluster({.primaries = 3});
  if (!cluster.node(0).server().version().is_redis_at_least({7, 0})) GTEST_SKIP() << "no names before 7.0";
  for (const bool has_name : {true, false}) {
    for (int i = 0; i < 3; ++i) {
      cluster.call(i, {"CONFIG", "SET", "cluster-announce-hostname", has_name ? "node.invalid" : ""});
      cluster.call(i, {"CONFIG", "SET", "cluster-preferred-endpoint-type", "hostname"});
    }
    RedisCluster client({.startup_nodes = cluster.seeds()});
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(client.nothrow().set(std::to_string(i), "v").has_value());
  }
}

TEST(NamesThatDiffer, make_no_second_node_of_one) {
  LocalCluster cluster({.primaries = 4});
  if (!cluster.node(0).server().version().is_redis_at_least({7, 0})) GTEST_SKIP() << "no names before 7.0";
  for (int i = 0; i < 4; ++i) {
    cluster.call(i, {"CONFIG", "SET", "cluster-announce-hostname", "localhost"});
    if (i % 2 == 0) cluster.call(i, {"CONFIG", "SET", "cluster-preferred-endpoint-type", "hostname"});
  }
  std::atomic<int> refreshes{0};
  std::atomic<int> connections{0};
  rediscluster::Options options{.startup_nodes = {cluster.node(1).address()}, .topology_refresh_period = 10ms};
  options.on_event = [&](const Event& event) {
    refreshes += event.kind == Event::Kind::refreshed ? 1 : 0;
    connections += event.kind == Event::Kind::connected ? 1 : 0;
  };
  RedisCluster client(options);
  rediscluster::PubSub pubsub = client.pubsub();
  pubsub.subscribe("news");
  ASSERT_TRUE(pubsub.get_message(5s).has_value());
  for (int i = 0; i < 100; ++i) client.set(std::to_string(i), "v");
  EXPECT_TRUE(wait_until([&] { return refreshes >= 31; }, 30s));
  EXPECT_LE(connections, 2 * 4 + 1) << "that of the caller and that of the refresher to each node, and one that listens";
  EXPECT_FALSE(pubsub.get_message(100ms).has_value()) << "a gap";
}

}  // namespace
