// Subscribers on a reactor's thread: what they read is read beside everything else there, and what they leave is not lost.
#include "scripted/async_play.hpp"
#include "scripted/pubsub_play.hpp"

namespace {

using namespace play;
using rediscluster::AsyncPubSub;

class AsyncSubscriber : public ::testing::Test {
 protected:
  AsyncSubscriber() {
    echo_gets(nodes);
    confirm_subscriptions(nodes);
    begin({.ignore_subscribe_messages = true});
  }
  void begin(const PubSubOptions& options) {
    news = redis.pubsub(options);
    std::array<int, 4> before{};
    for (int i = 0; i < nodes.size(); ++i) before[static_cast<std::size_t>(i)] = nodes[i].received("SUBSCRIBE");
    EXPECT_TRUE(end_of(news.subscribe("news")));
    home = subscriber_home(nodes, before);
  }
  ScriptedNode& home_node() { return nodes[home]; }
  void publish_at_home(int begin, int end) { home_node().send_unasked(news_of(begin, end)); }
  /// Awaits messages until `end` is there.
  Fiber read(int begin, int end) {
    for (int i = begin; i < end; ++i) {
      const Result<Message> message = co_await news.next();
      EXPECT_EQ(message ? text(*message) : to_string(message.error()), "message news " + std::to_string(i));
      if (!message) co_return;
    }
  }
  static constexpr milliseconds patience{20'000};  // a flood takes its time under a sanitizer
  ScriptedCluster nodes{2};
  AsyncRedisCluster redis{{.startup_nodes = nodes.seeds(), .command_timeout = patience}};
  AsyncPubSub news = redis.pubsub({.ignore_subscribe_messages = true});
  int home = 0;
};

TEST_F(AsyncSubscriber, gets_what_comes_at_once_and_one_by_one) {
  Fiber reading = read(0, 2000);
  publish_at_home(0, 500);
  for (int i = 500; i < 600; ++i) publish_at_home(i, i + 1);
  publish_at_home(600, 2000);
  reading.wait();
}

TEST_F(AsyncSubscriber, loses_nothing_that_he_has_left_when_the_connection_ends) {
  Fiber reading = read(0, 3);
  publish_at_home(0, 500);
  reading.wait();
  home_node().drop_connections();
  std::this_thread::sleep_for(100ms);
  read(3, 500).wait();
  const Result<Message> message = end_of(news.next());
  ASSERT_TRUE(message);
  EXPECT_EQ(text(*message), "gap news connection_lost");
}

TEST_F(AsyncSubscriber, who_has_taken_the_last_and_does_not_come_again_loses_nothing) {
  Fiber reading = read(0, 3);
  publish_at_home(0, 3);
  reading.wait();
  std::stop_source stop;
  Later<Message> next(news.next().cancel_on(stop.get_token()));  // finds that nothing is left
  std::this_thread::sleep_for(20ms);
  stop.request_stop();
  EXPECT_EQ(error_of(next.end()).code, Errc::cancelled);
  publish_at_home(3, 100);
  ASSERT_TRUE(end_of(redis.get("bar")));  // behind it, or before: both are to be had
  home_node().drop_connections();
  read(3, 100).wait();
}

TEST_F(AsyncSubscriber, who_has_left_something_holds_nobody_up_who_subscribes) {
  Fiber reading = read(0, 3);
  publish_at_home(0, 500);
  reading.wait();
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(end_of(news.subscribe("other")));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
  read(3, 500).wait();
}

// His connection is not read while something is left; that is no silence of the server's. Where the machine is busy the node may be silent
// for so long indeed.
TEST_F(AsyncSubscriber, who_pauses_loses_nothing_by_a_short_limit_of_silence) {
  int kept = 0;
  for (int round = 0; round < 10 && kept == 0; ++round) {
    begin({.ignore_subscribe_messages = true, .silence_limit = 20ms});
    const int connections = home_node().connections();
    publish_at_home(0, 100);
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(end_of(news.next()));
    std::this_thread::sleep_for(35ms);
    kept += home_node().connections() == connections;
  }
  EXPECT_GT(kept, 0);
}

// More than can be read: there is always something ready. The answer to a subscription stands behind it all.
TEST_F(AsyncSubscriber, of_a_flood_leaves_the_reactor_to_others_too) {
  const std::string key = home == 0 ? "foo" : "bar";  // of the other node
  constexpr int bursts = 15;
  std::string burst;
  for (int i = 0; i < 20'000; ++i) burst += encode_reply(push({"message", "news", "x"}), 3);
  milliseconds longest{0};
  const milliseconds all = time_of([&] {
    for (int i = 0; i < bursts; ++i) home_node().send_unasked(burst);
    Later<void> behind(news.subscribe("behind"));
    for (int i = 0; i < 20; ++i) longest = std::max(longest, time_of([&] { EXPECT_TRUE(end_of(redis.get(key))); }));
    EXPECT_TRUE(behind.end());
  });
  EXPECT_LT(2 * longest, all);
}

}  // namespace
