// Subscriptions on real servers: all families, both protocols, forbidden channels, slow readers (T05), many threads.
#include "support/subscriber_story.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace {

using namespace test_support;
using rediscluster::UnreadPolicy;
using rediscluster::testing::key_in_slot;
using rediscluster::testing::wait_until;

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t pages = 0, resident = 0;
  file >> pages >> resident;
  return resident * 4096;
}

TEST(PubSubOnServers, all_kinds_of_subscriptions_bring_what_is_published_anywhere) {
  LocalCluster cluster;
  RedisCluster client({.startup_nodes = cluster.seeds()});
  PubSub pubsub = client.pubsub({.ignore_subscribe_messages = true});
  pubsub.subscribe({"news", "sport"});
  pubsub.psubscribe("w*");
  std::vector<std::string> sharded;
  for (int slot = 0; slot < 16384; slot += 1000) sharded.push_back(key_in_slot(slot));
  pubsub.ssubscribe(sharded);
  for (int index = 0; index < cluster.size(); ++index) cluster.call(index, {"PUBLISH", "news", std::to_string(index)});
  std::set<std::string> heard;
  for (int i = 0; i < cluster.size(); ++i) heard.insert(pubsub.get_message(surely).value().data);
  EXPECT_EQ(heard.size(), static_cast<std::size_t>(cluster.size())) << "each once";
  client.publish("weather", "fine");
  EXPECT_EQ(pubsub.get_message(surely).value().pattern, "w*");
  for (const std::string& channel : sharded) {
    EXPECT_EQ(client.spublish(channel, "x"), 1);
    EXPECT_EQ(pubsub.get_message(surely).value().channel, channel);
  }
  EXPECT_EQ(client.pubsub_numpat(), 1);
  pubsub.unsubscribe();
  pubsub.punsubscribe();
  pubsub.sunsubscribe();
  EXPECT_FALSE(pubsub.subscribed());
  EXPECT_TRUE(wait_until([&] { return client.pubsub_channels().empty() && client.pubsub_numpat() == 0 && client.pubsub_shardchannels().empty(); }, surely));
}

TEST(PubSubOnServers, keyspace_notifications_come_from_all_primaries) {
  LocalCluster cluster;
  for (int index = 0; index < cluster.size(); ++index) cluster.call(index, {"CONFIG", "SET", "notify-keyspace-events", "KEA"});
  RedisCluster client({.startup_nodes = cluster.seeds()});
  PubSub pubsub = client.pubsub({.ignore_subscribe_messages = true});
  pubsub.psubscribe("__keyevent@0__:set");
  pubsub.subscribe("__keyspace@0__:key 7");
  std::set<std::string> keys;
  for (int i = 0; i < 300; ++i) client.set("key " + std::to_string(i), "v");
  int of_key_7 = 0;
  while (keys.size() < 300 || of_key_7 < 1) {
    const auto message = pubsub.get_message(surely);
    ASSERT_TRUE(message) << "heard of " << keys.size();
    if (message->type == Type::message) {
      ++of_key_7;
      EXPECT_EQ(message->data, "set");
    } else {
      EXPECT_TRUE(keys.insert(message->data).second) << message->data << " came twice";
    }
  }
  pubsub.subscribe("fence");
  client.publish("fence", "x");
  EXPECT_EQ(pubsub.get_message(surely).value().channel, "fence") << "nothing came twice";
  auto one = client.on_slot(rediscluster::keyslot("key 8")).pubsub({.ignore_subscribe_messages = true});
  one.psubscribe("__keyspace*");
  client.set("key 8", "w");
  EXPECT_EQ(one.get_message(surely).value().channel, "__keyspace@0__:key 8");
}

TEST(PubSubOnServers, messages_of_one_publisher_on_one_channel_come_in_order) {
  LocalCluster cluster;
  RedisCluster client({.startup_nodes = cluster.seeds()});
  PubSub pubsub = client.pubsub({.ignore_subscribe_messages = true});
  pubsub.subscribe({"news", "sport"});
  constexpr int messages = 1000;
  for (int i = 0; i < messages; ++i) {
    client.publish("news", i);
    client.publish("sport", i);
  }
  std::map<std::string, int> next;
  for (int i = 0; i < 2 * messages; ++i) {
    const auto message = pubsub.get_message(surely);
    ASSERT_TRUE(message);
    ASSERT_EQ(message->data, std::to_string(next[message->channel]++)) << message->channel;
  }
}

TEST(PubSubOnServers, works_over_resp2_too) {
  LocalCluster cluster;
  RedisCluster client({.startup_nodes = cluster.seeds(), .protocol = 2});
  PubSub pubsub = client.pubsub();
  pubsub.subscribe("news");
  pubsub.ssubscribe("shard");
  EXPECT_EQ(pubsub.get_message(surely).value().type, Type::subscribe);
  EXPECT_EQ(pubsub.get_message(surely).value().type, Type::ssubscribe);
  client.publish("news", "1");
  EXPECT_EQ(pubsub.get_message(surely).value().data, "1");
  client.spublish("shard", "2");
  EXPECT_EQ(pubsub.get_message(surely).value().data, "2");
  pubsub.unsubscribe("news");
  pubsub.subscribe("sport");
  EXPECT_EQ(pubsub.get_message(surely).value().type, Type::unsubscribe);
  EXPECT_EQ(pubsub.get_message(surely).value().channel, "sport");
}

TEST(PubSubOnServers, a_forbidden_channel_is_an_error_and_costs_the_others_nothing) {
  LocalCluster cluster;
  for (int index = 0; index < cluster.size(); ++index) {
    cluster.call(index, {"ACL", "SETUSER", "reader", "on", "nopass", "+@all", "-ping", "~*", "resetchannels", "&open*"});
  }
  RedisCluster client({.startup_nodes = cluster.seeds(), .username = "reader", .password = "any"});
  auto pubsub = client.nothrow().pubsub({.ignore_subscribe_messages = true});
  ASSERT_TRUE(pubsub.subscribe("open:1"));
  const auto refused = pubsub.subscribe({"open:2", "secret"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, rediscluster::Errc::no_permission) << to_string(refused.error());
  EXPECT_NE(refused.error().message.find("\"secret\""), std::string::npos) << refused.error().message;
  cluster.call(0, {"PUBLISH", "open:2", "not ours"});
  cluster.call(0, {"PUBLISH", "open:1", "hello"});
  EXPECT_EQ(pubsub.get_message(surely).value().value().channel, "open:1");
}

// T01
// T02
// T03 on real servers: the user ends and makes subscriptions while slots move.
// T05
TEST(PubSubOnServers, a_slow_reader_that_stops_reading_is_cut_off_told_and_taken_back) {
  LocalCluster cluster({.extra_config = {"client-output-buffer-limit pubsub 4mb 2mb 60"}});
  RedisCluster client({.startup_nodes = cluster.seeds()});
  PubSub pubsub = client.pubsub({.ignore_subscribe_messages = true, .max_unread_messages = 100, .when_full = UnreadPolicy::stop_reading});
  pubsub.subscribe("news");
  auto publisher = cluster.node(home_of_news(cluster)).server().connect();
  const std::string data(50'000, 'x');
  const std::size_t before = resident_bytes();
  int published = 0;
  const auto is_subscribed = [&] { return publisher.call({"PUBLISH", "news", data}).integer == 1; };
  ASSERT_TRUE(wait_until([&] { return ++published > 20'000 || !is_subscribed(); }, 60s, 0ms));
  ASSERT_LE(published, 20'000) << "the server never cut us off";
  EXPECT_LE(resident_bytes(), before + 100 * data.size() + 8'000'000) << published << " messages were published";
  int received = 0;
  std::optional<Message> message;
  while ((message = pubsub.get_message(surely)) && message->type != Type::gap) ++received;
  ASSERT_TRUE(message);
  EXPECT_EQ(message->gap, Gap::connection_lost);
  EXPECT_LT(received, published);
  client.publish("news", "again");
  EXPECT_EQ(pubsub.get_message(surely).value().data, "again");
}

TEST(PubSubOnServers, a_slow_reader_that_drops_is_not_cut_off_and_knows_what_it_missed) {
  LocalCluster cluster({.extra_config = {"client-output-buffer-limit pubsub 4mb 2mb 60"}});
  RedisCluster client({.startup_nodes = cluster.seeds()});
  PubSub pubsub = client.pubsub({.ignore_subscribe_messages = true, .max_unread_bytes = 1'000'000});
  pubsub.subscribe("news");
  auto publisher = cluster.node(home_of_news(cluster)).server().connect();
  const std::string data(50'000, 'x');
  const std::size_t before = resident_bytes();
  constexpr int published = 1000;
  for (int i = 0; i < published; ++i) {
    ASSERT_EQ(publisher.call({"PUBLISH", "news", data}).integer, 1);
    // No faster than the client's own thread takes it in, however busy the machine is; the reader never reads.
    const auto has_no_backlog = [&] { return publisher.call({"CLIENT", "LIST", "TYPE", "pubsub"}).text.find(" omem=0 ") != std::string::npos; };
    ASSERT_TRUE(i % 20 != 19 || wait_until(has_no_backlog, surely));
  }
  client.publish("news", "last");
  EXPECT_LE(resident_bytes(), before + 16'000'000);
  const Message gap = pubsub.get_message(surely).value();
  ASSERT_EQ(gap.type, Type::gap);
  ASSERT_EQ(gap.gap, Gap::unread_limit) << gap.data;
  std::int64_t dropped = gap.count, received = 0;
  for (Message message = pubsub.get_message(surely).value(); message.data != "last"; message = pubsub.get_message(surely).value()) {
    if (message.type == Type::gap) {
      ASSERT_EQ(message.gap, Gap::unread_limit) << message.data;
      dropped += message.count;
    } else {
      ++received;
    }
  }
  EXPECT_EQ(dropped + received, published);
}

// T06
// redis-py-cluster's own page about its pub/sub commands.
TEST(PubSubOnServers, the_page_of_the_seed_works) {
  LocalCluster cluster;
  RedisCluster client({.startup_nodes = cluster.seeds()});
  auto pubsub = client.pubsub();
  pubsub.subscribe("page:channel");
  EXPECT_EQ(pubsub.get_message(2s)->type, Message::Type::subscribe);
  EXPECT_GE(client.publish("page:channel", "hello"), 0);
  const auto message = pubsub.get_message(surely);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->channel, "page:channel");
  EXPECT_EQ(message->data, "hello");
  EXPECT_EQ(client.pubsub_channels("page:*"), std::vector<std::string>{"page:channel"});
  EXPECT_EQ(client.pubsub_numpat(), 0);
  const auto subscribers = client.pubsub_numsub({"page:channel"});
  ASSERT_EQ(subscribers.size(), 1u);
  EXPECT_EQ(subscribers[0].second, 1);
}

TEST(PubSubOnServers, many_threads_may_share_one_object) {
  LocalCluster cluster;
  RedisCluster client({.startup_nodes = cluster.seeds()});
  PubSub pubsub = client.pubsub();
  pubsub.subscribe("end");
  std::atomic<int> notices = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 50; ++i) {
        const std::string name = std::to_string(thread) + ":" + std::to_string(i);
        if (i % 2 == 0) {
          pubsub.subscribe(name);
          pubsub.unsubscribe(name);
        } else {
          pubsub.ssubscribe(name);
          pubsub.sunsubscribe(name);
        }
      }
    });
  }
  std::thread reader([&] {
    while (const auto message = pubsub.get_message(surely)) {
      if (message->channel == "end" && message->type == Type::message) return;
      ++notices;
    }
  });
  for (std::thread& each : threads) each.join();
  client.publish("end", "x");
  reader.join();
  EXPECT_EQ(notices, 1 + 4 * 50 * 2);
}

}  // namespace
