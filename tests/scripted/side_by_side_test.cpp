/// Commands for several nodes that have no connection yet: these are made at the same time, and nobody waits for them who has one.
#include <atomic>

#include "play.hpp"

namespace {

using namespace play;

constexpr auto slow_hello = 400ms;

/// A key for each node, in the order of the nodes.
std::vector<std::string> key_for_each(const ScriptedCluster& cluster) {
  std::vector<std::string> keys(static_cast<std::size_t>(cluster.size()));
  const auto ranges = cluster.ranges();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    for (int n = 0; keys[i].empty(); ++n) {
      const std::string key = "k" + std::to_string(n);
      const int slot = rediscluster::keyslot(key);
      if (ranges[i].first <= slot && slot <= ranges[i].last) keys[i] = key;
    }
  }
  return keys;
}

void be_slow_to_greet(ScriptedNode& node) {
  node.always(starts_with({"HELLO"})).after_delay(slow_hello).answer(RawReply::map({RawReply::bulk("server"), RawReply::bulk("redis")}));
}

TEST(SideBySide, a_batch_connects_to_its_nodes_at_the_same_time) {
  ScriptedCluster cluster(6);
  echo_gets(cluster);
  RedisCluster client({.startup_nodes = {cluster.seeds().front()}});
  for (int i = 1; i < 6; ++i) be_slow_to_greet(cluster[i]);
  auto pipeline = client.pipeline();
  for (const std::string& key : key_for_each(cluster)) pipeline.get(key);
  EXPECT_LT(time_of([&] { EXPECT_EQ(pipeline.execute().size(), 6u); }), 3 * slow_hello) << "one after the other takes five times as long as one";
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(SideBySide, who_has_a_connection_does_not_wait_for_those_who_have_none) {
  ScriptedCluster cluster(3);
  Gate gate;
  echo_gets(cluster);
  RedisCluster client({.startup_nodes = {cluster.seeds().back()}});
  const std::vector<std::string> keys = key_for_each(cluster);
  for (int i = 0; i < 2; ++i) cluster[i].always(starts_with({"HELLO"})).after(gate).answer(RawReply::map({RawReply::bulk("server"), RawReply::bulk("redis")}));
  Crowd opener(1, [&](int) {
    EXPECT_TRUE(wait_until([&] { return cluster[2].received("GET") == 1; }, 2s)) << "the node with a connection, though last in the batch";
    gate.open();
  });
  auto pipeline = client.pipeline();
  for (const std::string& key : keys) pipeline.get(key);
  EXPECT_EQ(pipeline.execute().size(), 3u);
}

TEST(SideBySide, a_node_that_cannot_be_connected_to_is_an_error_of_its_own_commands) {
  ScriptedCluster cluster(4);
  echo_gets(cluster);
  RedisCluster client({.startup_nodes = {cluster.seeds().front()}, .command_timeout = 1s});
  cluster[2].refuse_new(true);
  const std::vector<std::string> keys = key_for_each(cluster);
  auto pipeline = client.nothrow().pipeline();
  std::vector<rediscluster::Pending<std::optional<std::string>>> pending;
  for (const std::string& key : keys) pending.push_back(pipeline.get(key));
  static_cast<void>(pipeline.execute());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto result = pending[i].result();
    EXPECT_EQ(result.has_value(), i != 2) << i;
    if (!result.has_value()) {
      EXPECT_EQ(result.error().execution, Execution::not_executed);
    }
  }
}

}  // namespace
