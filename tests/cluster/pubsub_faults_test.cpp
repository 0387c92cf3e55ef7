// Subscriptions on real servers while nodes die, slots move and nodes leave (T01, T02, T03, T06).
#include "support/subscriber_story.hpp"

#include <gtest/gtest.h>

#include "support/slot_watch.hpp"

namespace {

using namespace test_support;
using rediscluster::testing::key_in_slot;
using rediscluster::testing::SlotWatch;

constexpr auto promised = 500ms;

double milliseconds_since(Clock::time_point since, Clock::time_point when) { return std::chrono::duration<double, std::milli>(when - since).count(); }

TEST(PubSubFaults, subscriptions_survive_the_death_of_their_node) {
  LocalCluster cluster;
  RedisCluster client({.startup_nodes = cluster.seeds()});
  PubSub pubsub = client.pubsub({.ignore_subscribe_messages = true});
  pubsub.subscribe("news");
  pubsub.psubscribe("n*");
  const int doomed = home_of_news(cluster);
  ASSERT_NE(doomed, -1);
  const int slot = doomed * 5461 + 100;
  const std::string sharded = key_in_slot(slot);
  pubsub.ssubscribe(sharded);

  std::map<std::string, Story> stories;
  Publisher publisher(cluster, sharded);
  ASSERT_TRUE(read_until(pubsub, stories, [&] { return stories["news"].since_gap > 50 && stories["n*"].since_gap > 50 && stories[sharded].since_gap > 50; }));
  SlotWatch watch(cluster, slot, doomed);
  const auto killed = Clock::now();
  cluster.kill(doomed);
  const auto all_restored = [&] {
    return !stories["news"].gaps.empty() && !stories["n*"].gaps.empty() && !stories[sharded].gaps.empty() && stories["news"].since_gap > 50 &&
           stories["n*"].since_gap > 50 && stories[sharded].since_gap > 50;
  };
  ASSERT_TRUE(read_until(pubsub, stories, all_restored));
  const auto up = watch.served_at(1s);
  ASSERT_TRUE(up);
  for (const auto& [name, story] : stories) {
    ASSERT_EQ(story.gaps.size(), 1u) << name;
    EXPECT_EQ(story.gaps[0].gap, Gap::connection_lost) << name;
    EXPECT_EQ(story.duplicates, 0) << name;
    EXPECT_LE(story.gap_times[0], *up + promised) << name;
    std::printf("%s: restored %.0f ms after the kill, %.0f ms after the slot was served again\n", name.c_str(),
                milliseconds_since(killed, story.gap_times[0]), milliseconds_since(*up, story.gap_times[0]));
  }
  EXPECT_LE(stories["news"].gap_times[0], killed + promised) << "any other node would do at once";
}

TEST(PubSubFaults, a_sharded_channel_follows_its_slot) {
  LocalCluster cluster;
  RedisCluster client({.startup_nodes = cluster.seeds()});
  PubSub pubsub = client.pubsub({.ignore_subscribe_messages = true});
  const std::string moving = key_in_slot(100), staying = key_in_slot(101);
  pubsub.ssubscribe({moving, staying});
  std::map<std::string, Story> stories;
  Publisher publisher(cluster, moving);
  for (int round = 0; round < 6; ++round) {
    const int from = round % 2, to = 1 - from;
    Story& story = stories[moving];
    story.since_gap = 0;
    cluster.wait_until_ok();  // servers that have not all heard of the last move may disagree for ever after the next
    ASSERT_TRUE(read_until(pubsub, stories, [&] { return story.since_gap > 20; }));
    auto move = cluster.begin_move(100, from, to);
    ASSERT_TRUE(read_until(pubsub, stories, [&] { return story.since_gap > 40; })) << "a slot on its way serves its channels where it was";
    move.finish();
    const auto moved = Clock::now();
    ASSERT_TRUE(read_until(pubsub, stories, [&] { return story.gaps.size() > static_cast<std::size_t>(round); }));
    EXPECT_EQ(story.gaps.back().gap, Gap::moved);
    EXPECT_LE(story.gap_times.back(), moved + promised);
    std::printf("re-homed %.1f ms after the last SETSLOT\n", milliseconds_since(moved, story.gap_times.back()));
  }
  EXPECT_EQ(stories[moving].gaps.size(), 6u);
  EXPECT_EQ(stories[moving].duplicates, 0);
  EXPECT_TRUE(stories[staying].gaps.empty());
  client.spublish(staying, "still here");
  ASSERT_TRUE(read_until(pubsub, stories, [&] { return stories[staying].since_gap == 1; }));
}

TEST(PubSubFaults, subscribing_and_unsubscribing_while_slots_move_keeps_everything_in_step) {
  LocalCluster cluster;
  RedisCluster client({.startup_nodes = cluster.seeds()});
  PubSub pubsub = client.pubsub({.ignore_subscribe_messages = true});
  const std::string channel = key_in_slot(100), staying = key_in_slot(101);
  pubsub.ssubscribe(staying);
  std::jthread user([&](const std::stop_token& is_over) {
    while (!is_over.stop_requested()) {
      pubsub.ssubscribe(channel);
      pubsub.sunsubscribe(channel);
    }
    pubsub.ssubscribe(channel);
  });
  for (int round = 0; round < 8; ++round) {
    cluster.begin_move(100, round % 2, 1 - round % 2).finish();
    cluster.wait_until_ok();  // servers that have not all heard of one move may disagree for ever after the next
  }
  user.request_stop();
  user.join();
  while (pubsub.get_message()) {}
  EXPECT_EQ(client.spublish(channel, "1"), 1);
  EXPECT_EQ(client.spublish(staying, "2"), 1);
  std::set<std::string> heard;
  while (heard.size() < 2) {
    const auto message = pubsub.get_message(surely);
    ASSERT_TRUE(message);
    if (message->is_published()) heard.insert(message->data);
  }
  EXPECT_EQ(heard, (std::set<std::string>{"1", "2"}));
}

TEST(PubSubFaults, subscriptions_leave_a_node_that_became_a_replica_and_was_reset) {
  LocalCluster cluster;
  RedisCluster client({.startup_nodes = cluster.seeds(), .topology_refresh_period = 300ms});
  PubSub pubsub = client.pubsub({.ignore_subscribe_messages = true});
  pubsub.subscribe("news");
  const int leaving = home_of_news(cluster);
  ASSERT_NE(leaving, -1);
  const std::string sharded = key_in_slot(leaving * 5461 + 100);
  pubsub.ssubscribe(sharded);
  std::map<std::string, Story> stories;

  cluster.failover(cluster.replicas_of(leaving).at(0));
  ASSERT_TRUE(read_until(pubsub, stories, [&] { return !stories[sharded].gaps.empty(); }));
  EXPECT_EQ(stories[sharded].gaps[0].gap, Gap::moved);
  // Again and again: what falls into the second gap, see below, is lost by design.
  int number = 0;
  ASSERT_TRUE(read_until(pubsub, stories, [&] { return client.spublish(sharded, ++number) >= 0 && stories[sharded].since_gap > 0; }));

  ASSERT_TRUE(cluster.call(leaving, {"CLUSTER", "RESET", "HARD"}).is_status("OK"));
  ASSERT_TRUE(read_until(pubsub, stories, [&] { return !stories["news"].gaps.empty(); }))
      << "the others say: " << cluster.call((leaving + 1) % 3, {"CLUSTER", "NODES"}).text << to_string(cluster.call((leaving + 1) % 3, {"CLUSTER", "SLOTS"}));
  EXPECT_EQ(stories["news"].gaps[0].gap, Gap::moved);
  cluster.call((leaving + 1) % 3, {"PUBLISH", "news", "2"});
  ASSERT_TRUE(read_until(pubsub, stories, [&] { return stories["news"].since_gap == 1; }));
  EXPECT_EQ(stories["news"].gaps.size(), 1u);
  // A second one where the old primary, now a replica, took the subscription back before the map told of the new primary.
  EXPECT_LE(stories[sharded].gaps.size(), 2u);
  for (const auto& [name, story] : stories) EXPECT_EQ(story.duplicates, 0) << name;
}

TEST(PubSubFaults, keyspace_notifications_follow_a_failover) {
  LocalCluster cluster({.extra_config = {"notify-keyspace-events KEA"}});
  RedisCluster client({.startup_nodes = cluster.seeds()});
  PubSub pubsub = client.pubsub({.ignore_subscribe_messages = true});
  pubsub.psubscribe("__keyevent@0__:set");
  const int doomed = cluster.primary_of_slot(100);
  cluster.kill(doomed);
  const auto gap = pubsub.get_message(surely);
  ASSERT_TRUE(gap);
  EXPECT_EQ(gap->type, Type::gap);
  EXPECT_EQ(gap->pattern, "__keyevent@0__:set");
  for (const int slot : {100, 8000, 16000}) {
    const std::string key = key_in_slot(slot);
    client.set(key, "v");
    EXPECT_EQ(pubsub.get_message(surely).value().data, key);
  }
}

}  // namespace
