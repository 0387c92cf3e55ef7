// Keyspace notifications, which a server tells only of its own keys, and subscriptions on one node that the user names.
#include "scripted/pubsub_play.hpp"

#include <set>

namespace {

using namespace play;

const std::string set_events = "__keyevent@0__:set";

/// Three primaries that confirm subscriptions.
struct KeyEvents : ::testing::Test {
  ScriptedCluster cluster{3};
  RedisCluster client{{.startup_nodes = cluster.seeds()}};
  KeyEvents() { confirm_subscriptions(cluster); }
  ~KeyEvents() override { EXPECT_EQ(cluster.complaints(), ""); }

  int nodes_asked(const char* command) {
    int asked = 0;
    for (int i = 0; i < cluster.size(); ++i) asked += cluster[i].received(command) > 0 ? 1 : 0;
    return asked;
  }
};

TEST_F(KeyEvents, come_from_every_primary) {
  PubSub pubsub = client.pubsub();
  pubsub.subscribe(set_events);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(cluster[i].received("SUBSCRIBE"), 1) << i;
  EXPECT_EQ(text(next(pubsub)), "subscribe " + set_events);
  for (int i = 0; i < 3; ++i) {
    publish(cluster[i], set_events, "key" + std::to_string(i));
    EXPECT_EQ(text(next(pubsub)), "message " + set_events + " key" + std::to_string(i));
  }
}

TEST_F(KeyEvents, that_a_pattern_means_come_from_every_primary) {
  PubSub pubsub = client.pubsub({.ignore_subscribe_messages = true});
  int handled = 0;
  pubsub.psubscribe("__key*__:*", [&](const Message&) { ++handled; });
  for (int i = 0; i < 3; ++i) say(cluster[i], push({"pmessage", "__key*__:*", "__keyspace@0__:k", "set"}));
  EXPECT_TRUE(wait_until([&] { static_cast<void>(pubsub.get_message()); return handled == 3; }, surely));
}

TEST_F(KeyEvents, are_left_to_one_node_when_the_user_says_so_and_other_channels_always) {
  PubSub one = client.pubsub({.key_events_everywhere = false});
  one.subscribe(set_events);
  EXPECT_EQ(nodes_asked("SUBSCRIBE"), 1);
  PubSub other = client.pubsub();
  other.psubscribe("*");
  EXPECT_EQ(nodes_asked("PSUBSCRIBE"), 1);
}

TEST_F(KeyEvents, of_a_lost_node_are_asked_for_again_with_one_gap) {
  PubSub pubsub = client.pubsub({.ignore_subscribe_messages = true});
  pubsub.subscribe(set_events);
  cluster[1].drop_connections();
  const Message gap = next(pubsub);
  EXPECT_EQ(text(gap), "gap " + set_events + " connection_lost");
  EXPECT_TRUE(contains(gap.data, cluster[1].address_text())) << gap.data;
  for (int i = 0; i < 3; ++i) {
    publish(cluster[i], set_events, "k");
    EXPECT_EQ(text(next(pubsub)), "message " + set_events + " k") << i;
  }
  EXPECT_FALSE(pubsub.get_message(a_while));
}

TEST_F(KeyEvents, follow_the_topology) {
  cluster.serve_slots({{0, 8000, cluster[0]}, {8001, 16383, cluster[1]}});
  RedisCluster two({.startup_nodes = cluster.seeds(), .topology_refresh_period = 50ms});
  PubSub pubsub = two.pubsub({.ignore_subscribe_messages = true});
  pubsub.subscribe(set_events);
  EXPECT_EQ(cluster[2].received("SUBSCRIBE"), 0);
  cluster.serve_slots({{0, 8000, cluster[0]}, {8001, 16383, cluster[2]}});
  EXPECT_EQ(text(next(pubsub)), "gap " + set_events + " moved");
  EXPECT_EQ(cluster[2].received("SUBSCRIBE"), 1);
  EXPECT_TRUE(cluster[1].wait_for_command({"UNSUBSCRIBE", set_events}, surely));
  publish(cluster[2], set_events, "k");
  EXPECT_EQ(text(next(pubsub)), "message " + set_events + " k");
}

TEST_F(KeyEvents, refused_by_one_node_are_an_error_and_nothing_stays) {
  cluster[2].always(starts_with({"SUBSCRIBE"})).answer_error("NOPERM No permissions to access a channel");
  rediscluster::NothrowPubSub pubsub = client.nothrow().pubsub();
  EXPECT_EQ(error_of(pubsub.subscribe(set_events)).code, Errc::no_permission);
  EXPECT_FALSE(pubsub.subscribed());
  for (int i = 0; i < 2; ++i) {  // one that had not been asked yet is not asked any more
    EXPECT_TRUE(wait_until([&] { return cluster[i].received("UNSUBSCRIBE") == cluster[i].received("SUBSCRIBE"); }, surely)) << i;
  }
}

TEST_F(KeyEvents, and_channels_of_a_named_node_are_subscribed_there_and_there_again) {
  PubSub pubsub = client.on(cluster[1].address()).pubsub({.ignore_subscribe_messages = true});
  pubsub.subscribe({set_events});
  pubsub.subscribe("news");
  pubsub.ssubscribe("any");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(cluster[i].received("SUBSCRIBE") + cluster[i].received("SSUBSCRIBE"), i == 1 ? 3 : 0) << i;
  cluster[1].drop_connections();
  std::set<std::string> gaps;
  for (int i = 0; i < 3; ++i) gaps.insert(text(next(pubsub)));
  EXPECT_EQ(gaps, (std::set<std::string>{"gap " + set_events + " connection_lost", "gap news connection_lost", "gap any connection_lost"}));
  EXPECT_EQ(cluster[0].received("SUBSCRIBE") + cluster[2].received("SUBSCRIBE"), 0);
}

TEST_F(KeyEvents, of_a_slot_are_subscribed_where_it_is_served) {
  RedisCluster fresh({.startup_nodes = cluster.seeds(), .topology_refresh_period = 50ms});
  PubSub pubsub = fresh.on_slot(16000).pubsub({.ignore_subscribe_messages = true});
  pubsub.subscribe(set_events);
  EXPECT_EQ(cluster[2].received("SUBSCRIBE"), 1);
  cluster.serve_slots({{0, 16383, cluster[0]}});
  EXPECT_EQ(text(next(pubsub)), "gap " + set_events + " moved");
  EXPECT_EQ(cluster[0].received("SUBSCRIBE"), 1);
}

TEST_F(KeyEvents, of_a_node_that_is_not_there_are_an_error) {
  for (int i = 0; i < 3; ++i) cluster[i].always("CLUSTER", "NODES").answer_bulk("");
  auto unknown = client.nothrow().on("10.11.12.13:1").pubsub();
  EXPECT_EQ(error_of(unknown.subscribe("news")).code, Errc::unknown_node);
  auto no_slot = client.nothrow().on_slot(16384).pubsub();
  EXPECT_EQ(error_of(no_slot.subscribe("news")).code, Errc::bad_option);
}

TEST_F(KeyEvents, a_named_node_that_sends_elsewhere_is_not_left) {
  cluster[0].always("SSUBSCRIBE", "foo").answer_error(moved_to(cluster[2]));
  auto pubsub = client.nothrow().on(cluster[0].address()).pubsub();
  EXPECT_EQ(error_of(pubsub.ssubscribe("foo")).code, Errc::moved);
  EXPECT_EQ(cluster[2].received("SSUBSCRIBE"), 0);
}

}  // namespace
