// Subscriptions that are lost, moved, refused or met by silence: restored where they can be, one gap each, nothing twice.
#include "scripted/pubsub_play.hpp"

#include <algorithm>
#include <mutex>

namespace {

using namespace play;

/// Two nodes; the sharded channel "foo" lives on node 1, "bar" on node 0.
struct TwoNodeStage {
  ScriptedCluster cluster{2};
  RedisCluster client{{.startup_nodes = cluster.seeds()}};
  TwoNodeStage() { confirm_subscriptions(cluster); }
  ~TwoNodeStage() { EXPECT_EQ(cluster.complaints(), ""); }

  /// From now on both nodes say that node 0 serves everything.
  void give_all_to_node_0() { cluster.serve_slots({{0, 16383, cluster[0]}}); }
  /// As a node does that has lost the slot: what it had it takes away, what comes it sends away.
  void lose_foo(ScriptedNode& from, ScriptedNode& to) {
    for (const char* word : {"SSUBSCRIBE", "SUNSUBSCRIBE"}) from.always(word, "foo").answer_error(moved_to(to));
    say(from, notice("sunsubscribe", "foo", 0));
  }
};

TEST(PubSubRecovery, a_lost_connection_costs_one_gap_and_another_node_takes_over) {
  TwoNodeStage stage;
  PubSub pubsub = stage.client.pubsub({.ignore_subscribe_messages = true});
  pubsub.subscribe("news");
  const int first = subscriber_home(stage.cluster);
  ASSERT_NE(first, -1);
  stage.cluster[first].refuse_new(true);
  stage.cluster[first].drop_connections();
  const Message gap = next(pubsub);
  EXPECT_EQ(text(gap), "gap news connection_lost");
  EXPECT_TRUE(contains(gap.data, stage.cluster[first].address_text())) << gap.data;
  ScriptedNode& second = stage.cluster[1 - first];
  EXPECT_EQ(second.received("SUBSCRIBE"), 1);
  publish(second, "news", "on the air again");
  EXPECT_EQ(text(next(pubsub)), "message news on the air again");
  EXPECT_FALSE(pubsub.get_message(a_while)) << "one gap only";
}

TEST(PubSubRecovery, a_gap_reaches_the_handler_of_its_subscription) {
  TwoNodeStage stage;
  PubSub pubsub = stage.client.pubsub({.ignore_subscribe_messages = true});
  std::vector<std::string> handled;
  pubsub.psubscribe("n*", [&](const Message& message) { handled.push_back(text(message)); });
  for (int i = 0; i < 2; ++i) stage.cluster[i].drop_connections();
  EXPECT_TRUE(wait_until([&] { static_cast<void>(pubsub.get_message()); return !handled.empty(); }, surely));
  EXPECT_EQ(handled, std::vector<std::string>{"gap n* connection_lost"});
}

TEST(PubSubRecovery, hooks_and_counters_hear_of_losses_and_gaps) {
  ScriptedCluster cluster(2);
  confirm_subscriptions(cluster);
  std::mutex mutex;
  std::vector<rediscluster::Event> heard;
  RedisCluster client({.startup_nodes = cluster.seeds(), .on_event = [&](const rediscluster::Event& event) {
    const std::lock_guard lock(mutex);
    if (event.kind == rediscluster::Event::Kind::lost || event.kind == rediscluster::Event::Kind::gap) heard.push_back(event);
  }});
  PubSub pubsub = client.pubsub({.ignore_subscribe_messages = true});
  pubsub.subscribe("news");
  const int home = subscriber_home(cluster);
  ASSERT_NE(home, -1);
  cluster[home].drop_connections();
  EXPECT_EQ(text(next(pubsub)), "gap news connection_lost");
  EXPECT_TRUE(wait_until([&] { return client.stats().gaps == 1; }, surely));
  pubsub.close();  // no event comes after it
  const std::lock_guard lock(mutex);
  const auto of = [&](rediscluster::Event::Kind kind, const std::string& part) {
    return std::count_if(heard.begin(), heard.end(), [&](const auto& event) { return event.kind == kind && contains(event.message, part); });
  };
  EXPECT_EQ(of(rediscluster::Event::Kind::lost, "a pub/sub connection"), 1);
  EXPECT_EQ(of(rediscluster::Event::Kind::gap, "\"news\": "), 1);
}

TEST(PubSubRecovery, a_sharded_channel_goes_back_to_its_node_when_that_returns) {
  TwoNodeStage stage;
  PubSub pubsub = stage.client.pubsub({.ignore_subscribe_messages = true});
  pubsub.ssubscribe("foo");
  stage.cluster[1].refuse_new(true);
  stage.cluster[1].drop_connections();
  EXPECT_FALSE(pubsub.get_message(a_while));
  EXPECT_TRUE(pubsub.subscribed());
  stage.cluster[1].refuse_new(false);
  EXPECT_EQ(text(next(pubsub)), "gap foo connection_lost");
  spublish(stage.cluster[1], "foo", "hello");
  EXPECT_EQ(text(next(pubsub)), "smessage foo hello");
}

TEST(PubSubRecovery, each_subscription_of_a_lost_connection_has_its_gap_and_others_have_none) {
  TwoNodeStage stage;
  PubSub pubsub = stage.client.pubsub({.ignore_subscribe_messages = true});
  for (const char* name : {"foo", "bar", "{foo}2"}) pubsub.ssubscribe(name);
  stage.cluster[1].drop_connections();
  std::set<std::string> gaps{text(next(pubsub)), text(next(pubsub))};
  EXPECT_EQ(gaps, (std::set<std::string>{"gap foo connection_lost", "gap {foo}2 connection_lost"}));
  EXPECT_FALSE(pubsub.get_message(a_while));
}

// T02 without servers: the old owner takes the subscription away; it is asked first, because the map is not known yet.
TEST(PubSubRecovery, follows_a_slot_whose_server_ended_the_subscription) {
  TwoNodeStage stage;
  PubSub pubsub = stage.client.pubsub({.ignore_subscribe_messages = true});
  pubsub.ssubscribe("foo");
  stage.lose_foo(stage.cluster[1], stage.cluster[0]);
  const Message gap = next(pubsub);
  EXPECT_EQ(text(gap), "gap foo moved");
  EXPECT_EQ(stage.cluster[0].received(CommandWords{"SSUBSCRIBE", "foo"}), 1);
  spublish(stage.cluster[0], "foo", "from the new home");
  EXPECT_EQ(text(next(pubsub)), "smessage foo from the new home");
}

TEST(PubSubRecovery, after_a_move_nothing_comes_twice_though_the_old_server_goes_on) {
  TwoNodeStage stage;
  PubSub pubsub = stage.client.pubsub({.ignore_subscribe_messages = true});
  pubsub.ssubscribe("foo");
  pubsub.ssubscribe("bar");
  stage.cluster[1].clear_rules();  // a SUNSUBSCRIBE is not answered there: the old server goes on for ever
  stage.cluster[1].always(starts_with({"SUNSUBSCRIBE"})).silence();
  stage.give_all_to_node_0();
  stage.cluster[0].always(starts_with({"GET"})).answer_nil();
  stage.cluster[1].always(starts_with({"GET"})).answer_error(moved_to(stage.cluster[0]));
  static_cast<void>(stage.client.nothrow().get("foo"));
  EXPECT_EQ(text(next(pubsub)), "gap foo moved");
  for (int i = 0; i < 2; ++i) spublish(stage.cluster[1 - i], "foo", "once");
  EXPECT_EQ(text(next(pubsub)), "smessage foo once");
  EXPECT_FALSE(pubsub.get_message(a_while));
}

// T04
TEST(PubSubRecovery, moved_is_followed_and_learnt) {
  TwoNodeStage stage;
  stage.cluster[1].expect("SSUBSCRIBE", "foo").answer_error(moved_to(stage.cluster[0]));
  PubSub pubsub = stage.client.pubsub();
  pubsub.ssubscribe("foo");
  EXPECT_EQ(text(next(pubsub)), "ssubscribe foo");
  EXPECT_EQ(stage.cluster[0].received(CommandWords{"SSUBSCRIBE", "foo"}), 1);
}

TEST(PubSubRecovery, moved_with_an_empty_host_means_the_host_that_answered) {
  TwoNodeStage stage;
  stage.cluster[1].expect("SSUBSCRIBE", "foo").answer_error("MOVED 12182 :" + std::to_string(stage.cluster[0].address().port));
  PubSub pubsub = stage.client.pubsub();
  pubsub.ssubscribe("foo");
  EXPECT_EQ(stage.cluster[0].received(CommandWords{"SSUBSCRIBE", "foo"}), 1);
}

TEST(PubSubRecovery, clusterdown_is_waited_out) {
  TwoNodeStage stage;
  stage.cluster[1].expect("SSUBSCRIBE", "foo").answer_error("CLUSTERDOWN The cluster is down").times(3);
  PubSub pubsub = stage.client.pubsub();
  pubsub.ssubscribe("foo");
  EXPECT_EQ(stage.cluster[1].received("SSUBSCRIBE"), 4);
}

TEST(PubSubRecovery, a_refusal_is_the_error_of_subscribe_and_other_subscriptions_stay) {
  for (const char* refusal : {"NOPERM No permissions to access a channel", "CROSSSLOT Keys in request don't hash to the same slot"}) {
    TwoNodeStage stage;
    auto pubsub = stage.client.nothrow().pubsub({.ignore_subscribe_messages = true});
    ASSERT_TRUE(pubsub.ssubscribe("{foo}1"));
    stage.cluster[1].expect("SSUBSCRIBE", "foo").answer_error(refusal);
    const Error error = error_of(pubsub.ssubscribe("foo"));
    EXPECT_TRUE(contains(error.message, "SSUBSCRIBE \"foo\": " + std::string(refusal))) << error.message;
    EXPECT_EQ(error.node, stage.cluster[1].address());
    spublish(stage.cluster[1], "{foo}1", "still here");
    EXPECT_EQ(text(pubsub.get_message(surely).value().value()), "smessage {foo}1 still here");
  }
}

TEST(PubSubRecovery, a_server_too_old_for_sharded_channels_is_told_as_such_whatever_the_channel_is_called) {
  TwoNodeStage stage;
  for (int i = 0; i < 2; ++i) {
    stage.cluster[i].always(starts_with({"SSUBSCRIBE"})).answer_with([](const CommandWords& words) {
      return RawReply::error("ERR unknown command 'SSUBSCRIBE', with args beginning with: '" + words.at(1) + "' ");
    });
  }
  auto pubsub = stage.client.nothrow().pubsub();
  for (const char* channel : {"foo", "ping"}) {
    const Error error = error_of(pubsub.ssubscribe(channel));
    EXPECT_EQ(error.code, Errc::response_error) << error.message;
    EXPECT_TRUE(contains(error.message, "SSUBSCRIBE \"" + std::string(channel) + "\": ERR unknown command 'SSUBSCRIBE'")) << error.message;
    EXPECT_TRUE(contains(error.message, "need Redis 7.0")) << error.message;
  }
}

TEST(PubSubRecovery, what_cannot_be_restored_is_told_and_the_rest_is) {
  TwoNodeStage stage;
  PubSub pubsub = stage.client.pubsub({.ignore_subscribe_messages = true});
  pubsub.ssubscribe("foo");
  pubsub.ssubscribe("{foo}1");
  const std::string refusal = "NOPERM No permissions to access a channel";
  stage.cluster[1].always("SSUBSCRIBE", "foo", "{foo}1").answer_error(refusal);
  stage.cluster[1].always("SSUBSCRIBE", "foo").answer_error(refusal);
  stage.cluster[1].drop_connections();
  const Message first = next(pubsub);
  const Message second = next(pubsub);
  const Message& refused = first.type == Type::refused ? first : second;
  EXPECT_EQ(refused.type, Type::refused);
  EXPECT_EQ(refused.channel, "foo");
  EXPECT_TRUE(contains(refused.data, refusal)) << refused.data;
  EXPECT_EQ(text(first.type == Type::refused ? second : first), "gap {foo}1 connection_lost");
  pubsub.sunsubscribe("{foo}1");
  EXPECT_FALSE(pubsub.subscribed());
}

TEST(PubSubRecovery, a_password_that_is_refused_is_an_error_at_once_and_not_repeated) {
  TwoNodeStage stage;
  auto pubsub = stage.client.nothrow().pubsub();
  for (int i = 0; i < 2; ++i) stage.cluster[i].always(starts_with({"HELLO"})).answer_error("WRONGPASS invalid username-password pair or user is disabled.");
  const auto begin = Clock::now();
  EXPECT_EQ(error_of(pubsub.ssubscribe("foo")).code, Errc::wrong_password);
  EXPECT_LT(Clock::now() - begin, 5s) << "less than command_timeout";
  EXPECT_FALSE(pubsub.subscribed());
}

// T03 over sockets; the ten thousand are in unit/pubsub/race_test.cpp.
TEST(PubSubRecovery, unsubscribing_while_the_server_does_the_same_keeps_the_line_in_step) {
  TwoNodeStage stage;
  ScriptedNode& node = stage.cluster[1];
  node.always("SUNSUBSCRIBE", "foo").answer_raw(encode_reply(notice("sunsubscribe", "foo", 0), 3) + "-" + moved_to(stage.cluster[0]) + "\r\n");
  PubSub pubsub = stage.client.pubsub({.ignore_subscribe_messages = true});
  pubsub.ssubscribe("{foo}stays");
  const int connections = node.connections();
  for (int i = 0; i < 300; ++i) {
    pubsub.ssubscribe("foo");
    pubsub.sunsubscribe("foo");
  }
  spublish(node, "{foo}stays", "in step");
  EXPECT_EQ(text(next(pubsub)), "smessage {foo}stays in step");
  EXPECT_EQ(node.connections(), connections);
}

TEST(PubSubRecovery, a_silent_node_is_found_and_its_channels_are_restored_elsewhere) {
  TwoNodeStage stage;
  PubSub pubsub = stage.client.pubsub({.ignore_subscribe_messages = true, .silence_limit = 300ms});
  pubsub.subscribe("news");
  const int first = subscriber_home(stage.cluster);
  stage.cluster[first].pause();
  const Message gap = next(pubsub);
  EXPECT_EQ(text(gap), "gap news connection_lost");
  EXPECT_TRUE(contains(gap.data, "said nothing for 300 ms")) << gap.data;
  publish(stage.cluster[1 - first], "news", "hello");
  EXPECT_EQ(text(next(pubsub)), "message news hello");
  stage.cluster[first].resume();
}

TEST(PubSubRecovery, a_node_that_answers_pings_is_left_alone) {
  TwoNodeStage stage;
  PubSub pubsub = stage.client.pubsub({.ignore_subscribe_messages = true, .silence_limit = 1000ms});
  pubsub.ssubscribe("foo");
  const int connections = stage.cluster[1].connections();
  ASSERT_TRUE(stage.cluster[1].wait_for_command({"PING"}, surely, 4)) << "one is the fence, the others look whether it lives";
  EXPECT_EQ(stage.cluster[1].connections(), connections);
  EXPECT_FALSE(pubsub.get_message());
}

TEST(PubSubRecovery, nonsense_from_a_server_ends_the_connection_and_no_more) {
  TwoNodeStage stage;
  PubSub pubsub = stage.client.pubsub({.ignore_subscribe_messages = true});
  pubsub.ssubscribe("foo");
  stage.cluster[1].send_unasked(":42\r\n");
  const Message gap = next(pubsub);
  EXPECT_EQ(text(gap), "gap foo connection_lost");
  EXPECT_TRUE(contains(gap.data, "does not belong on a pub/sub connection")) << gap.data;
}

TEST(PubSubRecovery, a_node_that_never_answers_does_not_hold_up_the_others) {
  TwoNodeStage stage;
  PubSub pubsub = stage.client.pubsub({.ignore_subscribe_messages = true});
  stage.cluster[1].hold_new(true);
  Crowd other(1, [&](int) { pubsub.ssubscribe("foo"); });
  pubsub.ssubscribe("bar");
  for (int i = 0; i < 10; ++i) {
    spublish(stage.cluster[0], "bar", "x");
    EXPECT_EQ(text(next(pubsub)), "smessage bar x");
  }
  stage.cluster[1].hold_new(false);
  other.join();
  spublish(stage.cluster[1], "foo", "now too");
  EXPECT_EQ(text(next(pubsub)), "smessage foo now too");
}

TEST(PubSubRecovery, closing_does_not_wait_for_a_silent_node_longer_than_a_connection_may_take) {
  ScriptedCluster cluster(2);
  RedisCluster client({.startup_nodes = {cluster.seeds().front()}, .socket_connect_timeout = 300ms});
  cluster[1].hold_new(true);
  auto pubsub = client.nothrow().pubsub();
  Crowd other(1, [&](int) { EXPECT_EQ(error_of(pubsub.ssubscribe("foo")).code, Errc::client_closed); });
  ASSERT_TRUE(wait_until([&] { return pubsub.subscribed(); }, surely));
  EXPECT_LE(time_of([&] { pubsub.close(); }), 300ms + worst_overrun);
}

}  // namespace
