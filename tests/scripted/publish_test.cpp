// Messages of one channel take one way through the cluster, as nodes pass them on at different times.
#include "scripted/async_play.hpp"

namespace {

using namespace play;

struct Publish : ::testing::Test {
  ScriptedCluster cluster{3};
  Publish() {
    for (int i = 0; i < 3; ++i) cluster[i].always(starts_with({"PUBLISH"})).answer_integer(1);
  }
  std::vector<int> counts() {
    std::vector<int> of_each;
    for (int i = 0; i < 3; ++i) of_each.push_back(cluster[i].received("PUBLISH"));
    return of_each;
  }
  /// How many nodes have been asked since then.
  int ways_since(const std::vector<int>& before) {
    const std::vector<int> now = counts();
    int ways = 0;
    for (std::size_t i = 0; i < now.size(); ++i) ways += now[i] > before[i] ? 1 : 0;
    return ways;
  }
  int nodes_asked() { return ways_since({0, 0, 0}); }
};

TEST_F(Publish, goes_to_the_node_of_the_channels_slot_from_every_surface) {
  RedisCluster client({.startup_nodes = cluster.seeds()});
  for (int i = 0; i < 10; ++i) {
    client.publish("foo", i);
    client.execute_command("PUBLISH", "foo", i);
    auto pipeline = client.pipeline();
    pipeline.publish("foo", i);
    pipeline.execute();
  }
  EXPECT_EQ(cluster.owner_of("foo").received("PUBLISH"), 30);
  EXPECT_EQ(nodes_asked(), 1);
}

TEST_F(Publish, goes_there_asynchronously_too_and_in_order) {
  const AsyncRedisCluster redis(options_for(cluster));
  std::vector<Later<std::int64_t>> published;
  for (int i = 0; i < 30; ++i) published.emplace_back(redis.publish("foo", std::to_string(i)));
  for (auto& each : published) EXPECT_EQ(each.end().value(), 1);
  EXPECT_EQ(cluster.owner_of("foo").received("PUBLISH"), 30);
  EXPECT_EQ(nodes_asked(), 1);
}

TEST_F(Publish, goes_one_other_way_asynchronously_while_that_node_is_down) {
  const AsyncRedisCluster redis(options_for(cluster));
  ASSERT_TRUE(end_of(redis.publish("foo", "m")));
  ScriptedNode& usual = cluster.owner_of("foo");
  usual.refuse_new(true);
  usual.drop_connections();
  for (int i = 0; i < 2; ++i) static_cast<void>(end_of(redis.publish("foo", "which finds out")));
  const std::vector<int> before = counts();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(end_of(redis.publish("foo", "m")).value(), 1);
  EXPECT_EQ(ways_since(before), 1);
}

TEST_F(Publish, of_different_channels_is_shared_by_the_nodes) {
  RedisCluster client({.startup_nodes = cluster.seeds()});
  for (int i = 0; i < 60; ++i) client.publish("channel " + std::to_string(i), "m");
  EXPECT_EQ(nodes_asked(), 3);
}

TEST_F(Publish, goes_one_other_way_while_that_node_is_down) {
  RedisCluster client({.startup_nodes = cluster.seeds()});
  client.publish("foo", "m");
  ScriptedNode& usual = cluster.owner_of("foo");
  usual.refuse_new(true);
  usual.drop_connections();
  // The first ones may find out that the node is gone, and may be in doubt or go anywhere for that.
  for (int i = 0; i < 2; ++i) static_cast<void>(client.nothrow().publish("foo", i));
  const std::vector<int> before = counts();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.publish("foo", i), 1);
  EXPECT_EQ(ways_since(before), 1);
}

TEST_F(Publish, in_a_pipeline_goes_another_way_while_that_node_is_down) {
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 3s});
  ScriptedNode& usual = cluster.owner_of("foo");
  usual.refuse_new(true);
  usual.drop_connections();
  const auto since = Clock::now();
  wait_until([&] { return Clock::now() - since > 20ms; }, 1s);  // a connection that has rested is looked at before it is used
  auto pipe = client.pipeline();
  const auto sent = pipe.publish("foo", "m");
  pipe.execute({.raise_on_error = false});
  EXPECT_TRUE(sent.result()) << to_string(sent.result().error());
}

}  // namespace
