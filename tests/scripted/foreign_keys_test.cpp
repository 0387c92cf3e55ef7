/// KEYS and RANDOMKEY tell of no key that its node does not serve, and SCAN goes on nowhere by chance.
#include <algorithm>

#include "play.hpp"

namespace {

using namespace play;
namespace cmd = rediscluster::cmd;

/// CLUSTER NODES as this node tells it of itself.
void tell_own_slots(ScriptedNode& node, const std::string& slots) {
  node.always("CLUSTER", "NODES").answer_bulk(node.id() + " " + node.address_text() + "@1 myself,master - 0 0 1 connected " + slots + "\n");
}

/// Two shards: "bar" belongs to node 0, "foo" to node 1.
struct TwoShards {
  TwoShards() : cluster(2) {
    tell_own_slots(cluster[0], "0-8191");
    tell_own_slots(cluster[1], "8192-16383");
  }
  std::vector<std::string> sorted_keys() {
    RedisCluster client({.startup_nodes = {cluster[0].address()}});
    std::vector<std::string> keys = client.keys("*");
    std::sort(keys.begin(), keys.end());
    return keys;
  }
  ScriptedCluster cluster;
};

TEST(ForeignKeys, are_left_out_of_keys) {
  TwoShards shards;
  shards.cluster[0].always("KEYS", "*").answer_array({"bar", "foo"});
  shards.cluster[1].always("KEYS", "*").answer_array({"foo"});
  EXPECT_EQ(shards.sorted_keys(), (std::vector<std::string>{"bar", "foo"}));
  shards.cluster[1].always("KEYS", "*").answer_array({});
  EXPECT_EQ(shards.sorted_keys(), (std::vector<std::string>{"bar"})) << "deleted at home, and left behind elsewhere";
}

TEST(ForeignKeys, are_left_out_of_keys_in_words_and_pipelines) {
  TwoShards shards;
  shards.cluster[0].always("KEYS", "*").answer_array({"bar", "foo"});
  shards.cluster[1].always("KEYS", "*").answer_array({});
  RedisCluster client({.startup_nodes = {shards.cluster[0].address()}});
  EXPECT_EQ(client.execute_command("KEYS", "*").size(), 1u);
  auto pipeline = client.pipeline();
  auto keys = pipeline.run(cmd::keys("*"));
  pipeline.execute();
  EXPECT_EQ(keys.value(), (std::vector<std::string>{"bar"}));
}

TEST(ForeignKeys, of_a_slot_on_its_way_are_told_once) {
  TwoShards shards;
  tell_own_slots(shards.cluster[0], "0-8191 [12182-<-" + shards.cluster[1].id() + "]");
  shards.cluster[0].always("KEYS", "*").answer_array({"bar", "foo"});
  shards.cluster[1].always("KEYS", "*").answer_array({});
  EXPECT_EQ(shards.sorted_keys(), (std::vector<std::string>{"bar", "foo"})) << "it has moved already";
  shards.cluster[1].always("KEYS", "*").answer_array({"foo"});
  EXPECT_EQ(shards.sorted_keys(), (std::vector<std::string>{"bar", "foo"})) << "it is being copied";
}

TEST(ForeignKeys, are_told_where_the_node_does_not_say_what_it_serves) {
  TwoShards shards;
  shards.cluster[0].always("CLUSTER", "NODES").answer_error("NOPERM this user has no permissions");
  shards.cluster[0].always("KEYS", "*").answer_array({"bar", "foo"});
  shards.cluster[1].always("KEYS", "*").answer_array({});
  EXPECT_EQ(shards.sorted_keys(), (std::vector<std::string>{"bar", "foo"}));
}

TEST(RandomKey, is_found_wherever_it_is) {
  TwoShards shards;
  shards.cluster[0].always("RANDOMKEY").answer_nil();
  shards.cluster[1].always("RANDOMKEY").answer_bulk("foo");
  RedisCluster client({.startup_nodes = {shards.cluster[0].address()}});
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.randomkey(), "foo");
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.execute_command("RANDOMKEY").as_string(), "foo");
  for (int i = 0; i < 20; ++i) {
    auto pipeline = client.pipeline();
    auto key = pipeline.run(cmd::randomkey());
    pipeline.execute();
    EXPECT_EQ(key.value(), "foo");
  }
}

TEST(RandomKey, is_none_that_its_node_does_not_serve) {
  TwoShards shards;
  for (int i = 0; i < 2; ++i) shards.cluster[i].always("RANDOMKEY").answer_bulk("foo");
  RedisCluster client({.startup_nodes = {shards.cluster[0].address()}});
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.randomkey(), "foo") << "node 1 serves it";
  shards.cluster[1].always("RANDOMKEY").answer_nil();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(client.randomkey(), std::nullopt);
}

TEST(RandomKey, is_empty_when_no_shard_has_one) {
  TwoShards shards;
  for (int i = 0; i < 2; ++i) shards.cluster[i].always("RANDOMKEY").answer_nil();
  RedisCluster client({.startup_nodes = {shards.cluster[0].address()}});
  EXPECT_EQ(client.randomkey(), std::nullopt);
  EXPECT_EQ(shards.cluster[0].received("RANDOMKEY") + shards.cluster[1].received("RANDOMKEY"), 3);
}

TEST(RawScan, goes_on_only_where_the_caller_says) {
  TwoShards shards;
  const auto page = [](const char* cursor) { return RawReply::array({RawReply::bulk(cursor), RawReply::array({})}); };
  for (int i = 0; i < 2; ++i) {
    shards.cluster[i].always("SCAN", "0").answer(page("7"));
    shards.cluster[i].always("SCAN", "7").answer(page("0"));
  }
  RedisCluster client({.startup_nodes = {shards.cluster[0].address()}});
  EXPECT_EQ(client.run(cmd::scan("0")).first, "7");
  EXPECT_EQ(error_of(client.nothrow().run(cmd::scan("7"))).code, Errc::not_allowed);
  EXPECT_EQ(error_of(client.nothrow().execute_command("SCAN", "7")).code, Errc::not_allowed);
  auto pipeline = client.nothrow().pipeline();
  auto pending = pipeline.run(cmd::scan("7"));
  (void)pipeline.execute();
  EXPECT_EQ(error_of(pending.result()).code, Errc::not_allowed);
  EXPECT_EQ(shards.cluster[0].received(CommandWords{"SCAN", "7"}) + shards.cluster[1].received(CommandWords{"SCAN", "7"}), 0);
  EXPECT_EQ(client.on(shards.cluster[1].address()).run(cmd::scan("7")).first, "0");
}

}  // namespace
