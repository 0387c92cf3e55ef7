/// Commands for several nodes that have no connection yet: these are made at the same time, and nobody waits for them who has one.
#include <future>
#include <thread>

#include "play.hpp"

namespace {

using namespace play;

/// A key for each node, in the order of the nodes.
std::vector<std::string> key_for_each(const ScriptedCluster& cluster) {
  std::vector<std::string> keys;
  for (const auto& range : cluster.ranges()) keys.push_back(key_in_slot(range.first));
  return keys;
}

template <class When>
void greet(ScriptedNode& node, When when) {
  node.always(starts_with({"HELLO"})).after(when).answer(RawReply::map({RawReply::bulk("server"), RawReply::bulk("redis")}));
}

rediscluster::Options patient(rediscluster::NodeAddress seed) {
  return {.startup_nodes = {std::move(seed)}, .socket_connect_timeout = 5s};
}

TEST(SideBySide, a_batch_connects_to_its_nodes_at_the_same_time) {
  ScriptedCluster cluster(6);
  Gate gate;
  echo_gets(cluster);
  RedisCluster client(patient(cluster.seeds().front()));
  for (int i = 1; i < 6; ++i) greet(cluster[i], gate);
  Crowd opener(1, [&](int) {
    const auto is_greeted = [&](int i) { return cluster[i].received("HELLO") == 1; };
    EXPECT_TRUE(wait_until([&] { return is_greeted(1) && is_greeted(2) && is_greeted(3) && is_greeted(4) && is_greeted(5); }, 4s));
    gate.open();
  });
  auto pipeline = client.pipeline();
  for (const std::string& key : key_for_each(cluster)) pipeline.get(key);
  EXPECT_EQ(pipeline.execute().size(), 6u);
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(SideBySide, who_has_a_connection_does_not_wait_for_those_who_have_none) {
  ScriptedCluster cluster(3);
  Gate gate;
  echo_gets(cluster);
  RedisCluster client(patient(cluster.seeds().back()));
  for (int i = 0; i < 2; ++i) greet(cluster[i], gate);
  Crowd opener(1, [&](int) {
    EXPECT_TRUE(wait_until([&] { return cluster[2].received("GET") == 1; }, 4s)) << "the node with a connection, though last in the batch";
    gate.open();
  });
  auto pipeline = client.pipeline();
  for (const std::string& key : key_for_each(cluster)) pipeline.get(key);
  EXPECT_EQ(pipeline.execute().size(), 3u);
}

// Their replies lie unread while the caller connects elsewhere. That is no silence of theirs.
TEST(SideBySide, who_has_answered_is_not_taken_for_silent_while_another_is_connected_to) {
  ScriptedCluster cluster(2, 1);
  for (int i = 0; i < cluster.size(); ++i) {
    cluster[i].always("PING").answer_status("PONG");
    cluster[i].always(starts_with({"CONFIG", "SET"})).answer_status("OK");
  }
  RedisCluster client(patient(cluster[0].address()));
  for (const auto& each : client.on_all_replicas().ping()) EXPECT_TRUE(each.result.has_value());
  std::promise<void> later;
  const std::shared_future<void> slow = later.get_future().share();
  greet(cluster[1], slow);
  Crowd opener(1, [&](int) {
    std::this_thread::sleep_for(1200ms);  // longer than a node may be silent, with a tick of the watch
    later.set_value();
  });
  for (const auto& each : client.on_all_nodes().config_set({{"maxmemory", "0"}})) EXPECT_TRUE(each.result.has_value()) << to_string(each.node);
  EXPECT_EQ(client.stats().connections_lost, 0u);
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
