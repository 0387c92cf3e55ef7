// Subscriptions on scripted nodes: confirming, reading, handlers, bounds of what is unread, ending.
#include "scripted/pubsub_play.hpp"

namespace {

using namespace play;

TEST(PubSub, subscribe_returns_confirmed_and_messages_come_in_order) {
  OneNodeStage stage;
  PubSub pubsub = stage.client.pubsub();
  EXPECT_FALSE(pubsub.subscribed());
  pubsub.subscribe("news");
  EXPECT_TRUE(pubsub.subscribed());
  EXPECT_EQ(stage.node.received("SUBSCRIBE"), 1);
  const Message confirmed = pubsub.get_message().value();
  EXPECT_EQ(confirmed.type, Type::subscribe);
  EXPECT_EQ(confirmed.channel, "news");
  EXPECT_EQ(confirmed.count, 1);
  for (int i = 0; i < 100; ++i) publish(stage.node, "news", std::to_string(i));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(text(next(pubsub)), "message news " + std::to_string(i));
  EXPECT_FALSE(pubsub.get_message());
}

TEST(PubSub, all_families_share_one_connection_to_a_node) {
  OneNodeStage stage;
  PubSub pubsub = stage.client.pubsub({.ignore_subscribe_messages = true});
  pubsub.subscribe("news");
  const int connections = stage.node.connections();
  pubsub.psubscribe("n*");
  pubsub.ssubscribe("news");
  EXPECT_EQ(stage.node.connections(), connections);
  publish(stage.node, "news", "1");
  say(stage.node, push({"pmessage", "n*", "news", "2"}));
  spublish(stage.node, "news", "3");
  EXPECT_EQ(text(next(pubsub)), "message news 1");
  EXPECT_EQ(text(next(pubsub)), "pmessage n* news 2");
  EXPECT_EQ(text(next(pubsub)), "smessage news 3");
}

TEST(PubSub, several_names_go_in_one_command_and_are_confirmed_one_by_one) {
  OneNodeStage stage;
  stage.node.expect("SUBSCRIBE", "a", "b", "c").answer_raw(encode_reply(notice("subscribe", "a"), 3) + encode_reply(notice("subscribe", "b"), 3) + encode_reply(notice("subscribe", "c"), 3));
  PubSub pubsub = stage.client.pubsub();
  pubsub.subscribe({"c", "a", "b", "a"});
  for (const char* name : {"a", "b", "c"}) EXPECT_EQ(text(next(pubsub)), std::string("subscribe ") + name);
}

TEST(PubSub, works_over_resp2) {
  ScriptedCluster cluster(1);
  cluster[0].on_hello(rediscluster::testing::ScriptedHello::unknown_command);
  confirm_subscriptions(cluster);
  cluster[0].always("PING", "1").answer_array({"pong", "1"});  // as a server does once there is a subscription
  RedisCluster client({.startup_nodes = cluster.seeds()});
  PubSub pubsub = client.pubsub();
  pubsub.subscribe("news");
  EXPECT_EQ(text(next(pubsub)), "subscribe news");
  say(cluster[0], push({"message", "news", "old times"}), 2);
  EXPECT_EQ(text(next(pubsub)), "message news old times");
  pubsub.unsubscribe("news");
  EXPECT_EQ(text(next(pubsub)), "unsubscribe news");
  ASSERT_TRUE(cluster[0].wait_for_command({"UNSUBSCRIBE", "news"}, surely));
}

TEST(PubSub, after_unsubscribe_nothing_is_taken_in_any_more) {
  OneNodeStage stage;
  PubSub pubsub = stage.client.pubsub();
  pubsub.subscribe("news");
  pubsub.subscribe("sport");
  publish(stage.node, "news", "unread");
  publish(stage.node, "sport", "1");
  for (const char* each : {"subscribe news", "subscribe sport", "message news unread", "message sport 1"}) EXPECT_EQ(text(next(pubsub)), each);
  pubsub.unsubscribe("news");
  publish(stage.node, "news", "too late");
  publish(stage.node, "sport", "2");
  EXPECT_EQ(text(next(pubsub)), "unsubscribe news");
  EXPECT_EQ(text(next(pubsub)), "message sport 2");
  pubsub.unsubscribe();
  EXPECT_EQ(text(next(pubsub)), "unsubscribe sport");
  EXPECT_FALSE(pubsub.subscribed());
}

TEST(PubSub, messages_of_channels_nobody_asked_for_are_dropped) {
  OneNodeStage stage;
  PubSub pubsub = stage.client.pubsub({.ignore_subscribe_messages = true});
  pubsub.subscribe("news");
  publish(stage.node, "gossip", "psst");
  say(stage.node, push({"invalidate", "key"}));
  publish(stage.node, "news", "1");
  EXPECT_EQ(text(next(pubsub)), "message news 1");
}

TEST(PubSub, handlers_get_their_messages_and_the_reader_gets_the_rest) {
  OneNodeStage stage;
  PubSub pubsub = stage.client.pubsub({.ignore_subscribe_messages = true});
  std::vector<std::string> handled;
  pubsub.subscribe("news", [&](const Message& message) { handled.push_back(message.data); });
  pubsub.psubscribe("s*");
  publish(stage.node, "news", "1");
  publish(stage.node, "news", "2");
  say(stage.node, push({"pmessage", "s*", "sport", "3"}));
  EXPECT_EQ(text(next(pubsub)), "pmessage s* sport 3");
  EXPECT_EQ(handled, (std::vector<std::string>{"1", "2"}));
}

TEST(PubSub, what_a_handler_throws_reaches_the_reader_and_costs_one_message) {
  OneNodeStage stage;
  PubSub pubsub = stage.client.pubsub({.ignore_subscribe_messages = true});
  int handled = 0;
  pubsub.subscribe("news", [&](const Message& message) {
    if (message.data == "bad") throw std::runtime_error("I cannot handle this");
    ++handled;
  });
  publish(stage.node, "news", "bad");
  publish(stage.node, "news", "good");
  EXPECT_THROW(static_cast<void>(pubsub.get_message(surely)), std::runtime_error);
  EXPECT_TRUE(wait_until([&] { static_cast<void>(pubsub.get_message()); return handled == 1; }, surely));
}

TEST(PubSub, a_worker_calls_handlers_and_survives_what_they_throw) {
  OneNodeStage stage;
  PubSub pubsub = stage.client.pubsub();
  std::atomic<int> news = 0, sport = 0, errors = 0;
  pubsub.subscribe("news", [&](const Message&) {
    ++news;
    throw std::runtime_error("I cannot handle this");
  });
  pubsub.subscribe("sport", [&](const Message&) { ++sport; });
  auto worker = pubsub.run_in_thread([&](const std::exception_ptr& error, const Message& message) {
    EXPECT_TRUE(error != nullptr);
    EXPECT_EQ(message.channel, "news");
    ++errors;
  });
  for (int i = 0; i < 10; ++i) {
    publish(stage.node, "news", "x");
    publish(stage.node, "sport", "x");
  }
  EXPECT_TRUE(wait_until([&] { return sport == 10 && news == 10 && errors == 10; }, surely));
  worker.stop();
  publish(stage.node, "sport", "for the reader now");
  EXPECT_FALSE(pubsub.get_message(a_while)) << "its handler is called by whoever reads";
  EXPECT_EQ(sport, 11);
}

TEST(PubSub, a_worker_wants_handlers_for_everything) {
  OneNodeStage stage;
  PubSub pubsub = stage.client.pubsub();
  pubsub.subscribe("news");
  try {
    static_cast<void>(pubsub.run_in_thread());
    FAIL() << "an error was expected";
  } catch (const rediscluster::PubSubError& error) {
    EXPECT_EQ(error.error().code, Errc::pubsub_misused);
    EXPECT_TRUE(contains(error.what(), "\"news\" has no handler")) << error.what();
  }
}

TEST(PubSub, a_worker_ends_with_its_pubsub_object) {
  OneNodeStage stage;
  std::optional<rediscluster::PubSubWorker> worker;
  {
    PubSub pubsub = stage.client.pubsub();
    pubsub.subscribe("news", [](const Message&) {});
    worker.emplace(pubsub.run_in_thread());
  }
  worker->stop();
}

TEST(PubSub, a_handler_may_use_the_pubsub_object_and_the_client) {
  OneNodeStage stage;
  echo_gets(stage.cluster);
  PubSub pubsub = stage.client.pubsub();
  std::atomic<bool> is_done = false;
  pubsub.subscribe("news", [&](const Message&) {
    pubsub.subscribe("sport", [](const Message&) {});
    EXPECT_EQ(stage.client.get("foo"), "foo");
    pubsub.unsubscribe("news");
    is_done = true;
  });
  const auto worker = pubsub.run_in_thread();
  publish(stage.node, "news", "x");
  EXPECT_TRUE(wait_until([&] { return is_done.load(); }, surely));
}

TEST(PubSub, listen_ends_when_no_subscription_is_left) {
  OneNodeStage stage;
  PubSub pubsub = stage.client.pubsub();
  pubsub.subscribe("news");
  for (int i = 0; i < 3; ++i) publish(stage.node, "news", std::to_string(i));
  std::vector<std::string> heard;
  for (const Message& message : pubsub.listen()) {
    heard.push_back(text(message));
    if (message.data == "2") pubsub.unsubscribe();
  }
  EXPECT_EQ(heard, (std::vector<std::string>{"subscribe news", "message news 0", "message news 1", "message news 2", "unsubscribe news"}));
  for (const Message& message : pubsub.listen()) FAIL() << text(message);
}

TEST(PubSub, close_ends_those_who_wait) {
  OneNodeStage stage;
  PubSub pubsub = stage.client.pubsub({.ignore_subscribe_messages = true});
  pubsub.subscribe("news");
  std::atomic<int> ended = 0;
  std::atomic<int> waiting = 0;
  Crowd crowd(2, [&](int reader) {
    ++waiting;
    if (reader == 0) {
      for (const Message& message : pubsub.listen()) ADD_FAILURE() << text(message);
    } else {
      EXPECT_THROW(static_cast<void>(pubsub.get_message(surely)), rediscluster::RedisClusterException);
    }
    ++ended;
  });
  ASSERT_TRUE(wait_until([&] { return waiting == 2; }, surely));
  pubsub.close();
  crowd.join();
  EXPECT_EQ(ended, 2);
  EXPECT_THROW(pubsub.subscribe("news"), rediscluster::RedisClusterException);
  EXPECT_TRUE(wait_until([&] { return stage.node.open_connections() <= 1; }, surely)) << "only the client's own is left";
}

TEST(PubSub, closing_the_client_ends_its_subscriptions) {
  OneNodeStage stage;
  PubSub pubsub = stage.client.pubsub({.ignore_subscribe_messages = true});
  pubsub.subscribe("news");
  std::atomic<bool> has_ended = false;
  Crowd reader(1, [&](int) {
    for (const Message& message : pubsub.listen()) ADD_FAILURE() << text(message);
    has_ended = true;
  });
  stage.client.close();
  EXPECT_TRUE(wait_until([&] { return has_ended.load(); }, surely));
}

TEST(PubSub, drops_the_oldest_when_nobody_reads_and_says_how_many) {
  OneNodeStage stage;
  PubSub pubsub = stage.client.pubsub({.ignore_subscribe_messages = true, .max_unread_messages = 10});
  pubsub.subscribe("news");
  for (int i = 1; i <= 1000; ++i) publish(stage.node, "news", std::to_string(i));
  pubsub.subscribe("end");  // confirmed behind all of them
  const Message gap = next(pubsub);
  EXPECT_EQ(gap.type, Type::gap);
  EXPECT_EQ(gap.gap, Gap::unread_limit);
  EXPECT_EQ(gap.count, 990);
  EXPECT_TRUE(gap.channel.empty());
  for (int i = 991; i <= 1000; ++i) EXPECT_EQ(text(next(pubsub)), "message news " + std::to_string(i));
}

TEST(PubSub, what_was_dropped_for_all_is_told_to_every_handler_and_handed_out) {
  OneNodeStage stage;
  PubSub pubsub = stage.client.pubsub({.ignore_subscribe_messages = true, .max_unread_messages = 2});
  std::vector<std::string> handled;
  for (const char* name : {"news", "sport"}) {
    pubsub.subscribe(name, [&, name](const Message& message) { handled.push_back(std::string(name) + ": " + text(message)); });
  }
  for (int i = 1; i <= 5; ++i) publish(stage.node, "news", std::to_string(i));
  pubsub.subscribe("end");
  const Message gap = next(pubsub);
  EXPECT_EQ(gap.count, 3);
  EXPECT_EQ(handled, (std::vector<std::string>{"news: gap unread_limit", "sport: gap unread_limit"}));
}

TEST(PubSub, stops_reading_when_told_so_and_loses_nothing) {
  OneNodeStage stage;
  PubSub pubsub = stage.client.pubsub({.ignore_subscribe_messages = true, .max_unread_messages = 10, .when_full = UnreadPolicy::stop_reading, .silence_limit = 200ms});
  pubsub.subscribe("news");
  const std::string padding(10'000, '.');
  constexpr int many = 500;
  for (int i = 1; i <= many; ++i) publish(stage.node, "news", std::to_string(i) + padding);
  for (int i = 1; i <= many; ++i) {
    const Message message = next(pubsub);
    ASSERT_EQ(message.data, std::to_string(i) + padding) << text(message).substr(0, 60);
    if (i == 5) std::this_thread::sleep_for(a_while);  // a slow reader
  }
}

TEST(PubSub, takes_in_no_more_than_there_is_room_for_of_what_came_in_one_piece) {
  OneNodeStage stage;
  PubSub pubsub = stage.client.pubsub({.ignore_subscribe_messages = true, .max_unread_messages = 5, .when_full = UnreadPolicy::stop_reading});
  pubsub.subscribe("news");
  std::string piece;
  for (int i = 1; i <= 20; ++i) piece += encode_reply(push({"message", "news", std::to_string(i)}), 3);
  piece += encode_reply(notice("unsubscribe", "news", 0), 3);  // unasked: it is subscribed again as soon as this is taken in
  stage.node.send_unasked(piece);
  EXPECT_FALSE(wait_until([&] { return stage.node.received("SUBSCRIBE") > 1; }, a_while)) << "all of it was taken in at once";
  for (int i = 1; i <= 20; ++i) EXPECT_EQ(next(pubsub).data, std::to_string(i));
  EXPECT_EQ(text(next(pubsub)), "gap news moved");
  EXPECT_EQ(stage.node.received("SUBSCRIBE"), 2);
}

TEST(PubSub, a_subscription_that_nobody_confirms_times_out_and_is_not_kept) {
  ScriptedCluster cluster(1);
  cluster[0].always(starts_with({"SUBSCRIBE"})).answer_error("CLUSTERDOWN Hash slot not served");
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 200ms});
  auto pubsub = client.nothrow().pubsub();
  const Error error = error_of(pubsub.subscribe("news"));
  EXPECT_EQ(error.code, Errc::timed_out);
  EXPECT_TRUE(contains(error.message, "SUBSCRIBE \"news\" was not confirmed in time")) << error.message;
  EXPECT_TRUE(contains(error.message, "CLUSTERDOWN")) << error.message;
  EXPECT_FALSE(pubsub.subscribed());
  EXPECT_GT(cluster[0].received("SUBSCRIBE"), 1) << "it was tried again";
}

TEST(PubSub, its_connections_count_against_the_bounds_and_leave_one_to_commands) {
  ScriptedCluster cluster(1);
  confirm_subscriptions(cluster);
  echo_gets(cluster);
  RedisCluster client({.startup_nodes = cluster.seeds(), .max_connections_per_node = 2, .command_timeout = 500ms});
  auto first = client.nothrow().pubsub();
  ASSERT_TRUE(first.subscribe("news"));
  auto second = client.nothrow().pubsub();
  const Error error = error_of(second.subscribe("news"));
  EXPECT_EQ(error.code, Errc::timed_out);
  EXPECT_TRUE(contains(error.message, "max_connections_per_node")) << error.message;
  EXPECT_EQ(client.get("foo"), "foo");
  EXPECT_LE(cluster[0].open_connections(), 2);
  first.close();
  EXPECT_TRUE(second.subscribe("news")) << "there is room now";
}

TEST(PubSub, options_without_sense_are_refused) {
  OneNodeStage stage;
  for (const PubSubOptions& options : {PubSubOptions{.max_unread_messages = 0}, PubSubOptions{.max_unread_bytes = 0}, PubSubOptions{.silence_limit = 1ms}}) {
    auto pubsub = stage.client.nothrow().pubsub(options);
    EXPECT_EQ(error_of(pubsub.subscribe("news")).code, Errc::bad_option);
  }
  auto pubsub = stage.client.nothrow().pubsub();
  EXPECT_EQ(error_of(pubsub.subscribe(std::vector<std::string>{})).code, Errc::wrong_arity);
}

TEST(PubSub, may_be_closed_by_its_own_handler) {
  OneNodeStage stage;
  PubSub read = stage.client.pubsub({.ignore_subscribe_messages = true});
  read.subscribe("news", [&](const Message&) { read.close(); });
  publish(stage.node, "news", "1");
  EXPECT_LT(time_of([&] { EXPECT_THROW(read.get_message(surely), RedisError); }), 5s);

  auto worked = stage.client.nothrow().pubsub();
  std::atomic<bool> closed{false};
  ASSERT_TRUE(worked.subscribe("news", [&](const Message&) {
    worked.close();
    closed = true;
  }));
  auto worker = worked.run_in_thread();
  ASSERT_TRUE(worker);
  publish(stage.node, "news", "2");
  EXPECT_TRUE(wait_until([&] { return closed.load(); }, 5s));
  EXPECT_TRUE(wait_until([&] { return stage.node.open_connections() <= 1; }, 5s)) << "its connections are ended";
}

TEST(PubSub, may_be_closed_inside_a_hook_on_whatever_thread_it_runs) {
  using Kind = rediscluster::Event::Kind;
  for (const Kind when : {Kind::lost, Kind::connected, Kind::gap}) {
    SCOPED_TRACE(to_string(when));
    ScriptedCluster cluster(1);
    confirm_subscriptions(cluster);
    std::atomic<rediscluster::BasicPubSub<Result>*> victim{nullptr};
    std::atomic<bool> closed{false};
    rediscluster::Options options{.startup_nodes = cluster.seeds()};
    options.on_event = [&](const rediscluster::Event& event) {
      if (event.kind != when || victim.load() == nullptr) return;
      victim.exchange(nullptr)->close();
      closed = true;
    };
    RedisCluster client(options);
    auto pubsub = client.nothrow().pubsub();
    ASSERT_TRUE(pubsub.subscribe("news"));
    victim = &pubsub;
    cluster[0].drop_connections();
    EXPECT_TRUE(wait_until([&] { return closed.load(); }, 10s));
    EXPECT_EQ(error_of(pubsub.get_message(surely)).code, Errc::client_closed);
    EXPECT_EQ(error_of(pubsub.subscribe("more")).code, Errc::client_closed);
  }
}

}  // namespace
