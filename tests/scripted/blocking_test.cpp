/// Commands that wait on their server: re-routed with the time that is left, bounded in number, and cancelled so that
/// nothing an element's fate depends on is guessed.
#include <atomic>
#include <cstdlib>
#include <future>
#include <stop_token>

#include "play.hpp"

namespace {

using namespace play;
using rediscluster::RunOptions;
namespace cmd = rediscluster::cmd;

/// The timeouts, in seconds, of the BLPOPs a node was sent.
std::vector<double> blpop_timeouts(const ScriptedNode& node) {
  std::vector<double> seconds;
  for (const ScriptedLogEntry& each : node.log()) {
    if (starts_with({"BLPOP"})(each.words)) seconds.push_back(std::strtod(each.words.back().c_str(), nullptr));
  }
  return seconds;
}

/// A BLPOP of two seconds of which about half is over when the first node answers with this error.
void expect_rerouted_with_the_rest(const std::string& error_of_old_home, bool asking = false) {
  ScriptedCluster cluster(2);
  ScriptedNode &new_home = cluster[0], &old_home = cluster[1];
  std::string error = error_of_old_home;
  if (const auto at = error.find('@'); at != std::string::npos) error.replace(at, 1, new_home.address_text());
  old_home.expect("BLPOP", "foo", "2").after_delay(1000ms).answer_error(error);
  if (error.starts_with("UNBLOCKED")) old_home.always(starts_with({"BLPOP"})).answer_error(moved_to(new_home));
  if (asking) new_home.expect("ASKING").answer_status("OK");
  new_home.always(starts_with({"BLPOP"})).answer_array({"foo", "element"});
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const auto element = client.blpop("foo", 2s);
  ASSERT_TRUE(element);
  EXPECT_EQ(element->second, "element");
  const auto sent = blpop_timeouts(new_home);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_LE(sent[0], 1.0);
  EXPECT_GT(sent[0], 0.0) << "zero would be for ever";
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Blocking, a_slot_that_has_moved_is_followed_with_the_time_that_is_left) { expect_rerouted_with_the_rest("MOVED 12182 @"); }
TEST(Blocking, a_slot_on_the_move_is_followed_with_the_time_that_is_left) { expect_rerouted_with_the_rest("ASK 12182 @", true); }
TEST(Blocking, a_demoted_primary_is_left_with_the_time_that_is_left) {
  expect_rerouted_with_the_rest("UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)");
}

TEST(Blocking, after_a_demotion_the_connection_that_is_about_to_close_is_not_used_again) {
  ScriptedCluster cluster(1);
  cluster[0].expect("BLPOP", "q", "0").answer_error("UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)").silence();
  cluster[0].expect("BLPOP", "q", "0").answer_array({"q", "element"});
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 5s});
  auto call = std::async(std::launch::async, [&] { return client.nothrow().blpop("q", 0ms); });
  if (call.wait_for(5s) != std::future_status::ready) client.close();
  const auto element = call.get();
  ASSERT_TRUE(element) << to_string(element.error());
  EXPECT_EQ((*element)->second, "element");
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Blocking, for_ever_stays_for_ever_when_the_slot_moves) {
  ScriptedCluster cluster(2);
  cluster[1].expect("BLPOP", "foo", "0").answer_error(moved_to(cluster[0]));
  cluster[0].expect("BLPOP", "foo", "0").answer_array({"foo", "element"});
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client.blpop("foo", 0ms)->second, "element");
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Blocking, a_stream_read_is_re_routed_with_its_block_in_milliseconds) {
  ScriptedCluster cluster(2);
  cluster[1].expect("XREADGROUP", "GROUP", "g", "c", "BLOCK", "3000", "STREAMS", "foo", ">").after_delay(100ms).answer_error(moved_to(cluster[0]));
  cluster[0].expect_where("XREADGROUP with the rest", [](const CommandWords& words) {
    return words.at(0) == "XREADGROUP" && words.at(4) == "BLOCK" && std::stoi(words.at(5)) <= 2900 && std::stoi(words.at(5)) > 0;
  }).answer_nil();
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_TRUE(client.xreadgroup("g", "c", {{"foo", ">"}}, {.block = 3s}).empty());
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Blocking, an_element_on_a_connection_that_breaks_is_in_doubt_and_not_asked_for_again) {
  ScriptedCluster cluster(1);
  cluster[0].expect("BLPOP", "q", "5").close();
  cluster[0].expect("XREADGROUP", "GROUP", "g", "c", "BLOCK", "5000", "STREAMS", "s", ">").close();
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(error_of(client.nothrow().blpop("q", 5s)).execution, Execution::maybe_executed);
  EXPECT_EQ(error_of(client.nothrow().xreadgroup("g", "c", {{"s", ">"}}, {.block = 5s})).execution, Execution::maybe_executed);
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Blocking, a_plain_stream_read_on_a_connection_that_breaks_is_asked_again_for_the_rest) {
  ScriptedCluster cluster(1);
  cluster[0].expect("XREAD", "BLOCK", "3000", "STREAMS", "s", "0").after_delay(100ms).close();
  cluster[0].expect_where("XREAD with the rest", [](const CommandWords& words) {
    return words.at(0) == "XREAD" && std::stoi(words.at(2)) <= 2900;
  }).answer_nil();
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_TRUE(client.xread({{"s", "0"}}, {.block = 3s}).empty());
  EXPECT_EQ(cluster.complaints(), "");
}

// The bound.

TEST(Blocking, at_the_bound_a_call_waits_for_a_place) {
  ScriptedCluster cluster(1);
  Gate gate;
  cluster[0].always("BLPOP", "first", "0").after(gate).answer_array({"first", "1"});
  cluster[0].always("BLPOP", "second", "0").answer_array({"second", "2"});
  RedisCluster client({.startup_nodes = cluster.seeds(), .blocking_connections_per_node = 1});
  Crowd first(1, [&](int) { EXPECT_EQ(client.blpop("first", 0ms)->second, "1"); });
  ASSERT_TRUE(cluster[0].wait_for_command({"BLPOP"}, 2s));
  Crowd second(1, [&](int) { EXPECT_EQ(client.blpop("second", 0ms)->second, "2"); });
  EXPECT_FALSE(cluster[0].wait_for_command({"BLPOP"}, 100ms, 2)) << "the bound did not hold";
  gate.open();
  first.join();
  second.join();
}

TEST(Blocking, at_the_bound_for_too_long_the_error_says_what_to_do) {
  ScriptedCluster cluster(1);
  Gate gate;
  cluster[0].always("BLPOP", "first", "0").after(gate).answer_nil();
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 150ms, .blocking_connections_per_node = 1});
  Crowd first(1, [&](int) { EXPECT_FALSE(client.blpop("first", 0ms)); });
  ASSERT_TRUE(cluster[0].wait_for_command({"BLPOP"}, 2s));
  Error error;
  EXPECT_LT(time_of([&] { error = error_of(client.nothrow().blpop("second", 0ms)); }), 2s);
  EXPECT_EQ(error.code, Errc::too_many_connections);
  EXPECT_EQ(error.execution, Execution::not_executed);
  EXPECT_EQ(error.node, cluster[0].address());
  EXPECT_TRUE(contains(error.message, "blocking_connections_per_node is 1")) << error.message;
  EXPECT_TRUE(contains(error.message, "raise it")) << error.message;
  gate.open();
}

TEST(Blocking, a_bound_without_meaning_is_refused) {
  ScriptedCluster cluster(1);
  const std::string text = message_of<rediscluster::RedisClusterConfigError>(
      [&] { RedisCluster client({.startup_nodes = cluster.seeds(), .blocking_connections_per_node = 0}); });
  EXPECT_TRUE(contains(text, "blocking_connections_per_node")) << text;
}

// Cancelling.

/// A node whose BLPOPs wait for the gate, and that knows who asks to be unblocked.
void wait_for_gate(ScriptedNode& node, const Gate& gate, RawReply then) {
  node.always("CLIENT", "ID").answer_integer(77);
  node.always(starts_with({"BLPOP"})).after(gate).answer(std::move(then));
}

TEST(Cancelling, the_server_is_asked_and_its_answer_counts) {
  ScriptedCluster cluster(1);
  Gate unblocked;
  wait_for_gate(cluster[0], unblocked, RawReply::error("UNBLOCKED client unblocked via CLIENT UNBLOCK"));
  cluster[0].always("CLIENT", "UNBLOCK", "77", "ERROR").answer_with([unblocked](const CommandWords&) mutable {
    unblocked.open();
    return RawReply::number(1);
  });
  RedisCluster client({.startup_nodes = cluster.seeds()});
  std::stop_source source;
  Error error;
  Crowd caller(1, [&](int) { error = error_of(client.nothrow().run(cmd::blpop("q", 0ms), RunOptions{.stop = source.get_token()})); });
  ASSERT_TRUE(cluster[0].wait_for_command({"BLPOP"}, 2s));
  source.request_stop();
  caller.join();
  EXPECT_EQ(error.code, Errc::cancelled);
  EXPECT_EQ(error.execution, Execution::not_executed) << "the server said that it took nothing";
  EXPECT_EQ(error.attempts, 1);
  EXPECT_EQ(cluster[0].received("BLPOP"), 1);
}

TEST(Cancelling, an_element_that_was_taken_already_is_given_to_the_caller) {
  ScriptedCluster cluster(1);
  Gate asked;
  wait_for_gate(cluster[0], asked, RawReply::array({RawReply::bulk("q"), RawReply::bulk("element")}));
  cluster[0].always(starts_with({"CLIENT", "UNBLOCK"})).answer_with([asked](const CommandWords&) mutable {
    asked.open();
    return RawReply::number(0);
  });
  RedisCluster client({.startup_nodes = cluster.seeds()});
  std::stop_source source;
  std::string element;
  Crowd caller(1, [&](int) { element = client.run(cmd::blpop("q", 0ms), RunOptions{.stop = source.get_token()})->second; });
  ASSERT_TRUE(cluster[0].wait_for_command({"BLPOP"}, 2s));
  source.request_stop();
  caller.join();
  EXPECT_EQ(element, "element");
}

TEST(Cancelling, where_the_server_does_not_say_the_connection_is_closed_and_the_error_says_so) {
  for (const bool refuses : {true, false}) {
    ScriptedCluster cluster(1);
    cluster[0].always("CLIENT", "ID").answer_integer(77);
    cluster[0].always(starts_with({"BLPOP"})).silence();
    if (refuses) cluster[0].always(starts_with({"CLIENT", "UNBLOCK"})).answer_error("NOPERM this user has no permissions");
    if (!refuses) cluster[0].always(starts_with({"CLIENT", "UNBLOCK"})).answer_integer(1);
    RedisCluster client({.startup_nodes = cluster.seeds()});
    std::stop_source source;
    Error error;
    Crowd caller(1, [&](int) { error = error_of(client.nothrow().run(cmd::blpop("q", 0ms), RunOptions{.stop = source.get_token()})); });
    ASSERT_TRUE(cluster[0].wait_for_command({"BLPOP"}, 2s));
    EXPECT_LT(time_of([&] {
                source.request_stop();
                caller.join();
              }),
              3s);
    EXPECT_EQ(error.code, Errc::cancelled);
    EXPECT_EQ(error.execution, Execution::maybe_executed);
    EXPECT_TRUE(wait_until([&] { return cluster[0].open_connections() == 1; }, 2s)) << "the waiting connection is still there";
  }
}

TEST(Cancelling, before_the_call_sends_nothing) {
  ScriptedCluster cluster(1);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  std::stop_source source;
  source.request_stop();
  const RunOptions options{.stop = source.get_token()};
  EXPECT_EQ(error_of(client.nothrow().run(cmd::blpop("q", 0ms), options)).code, Errc::cancelled);
  EXPECT_EQ(error_of(client.nothrow().run(cmd::get("k"), options)).code, Errc::cancelled);
  EXPECT_EQ(cluster.received("BLPOP") + cluster.received("GET"), 0);
  EXPECT_THROW(client.run(cmd::get("k"), options), rediscluster::CancelledError);
}

TEST(Cancelling, ends_the_pause_between_two_attempts_of_any_command) {
  ScriptedCluster cluster(1);
  cluster[0].always("INCR", "n").answer_error("CLUSTERDOWN The cluster is down");
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 20s});
  std::stop_source source;
  Error error;
  Crowd caller(1, [&](int) { error = error_of(client.nothrow().run(cmd::incr("n"), RunOptions{.stop = source.get_token()})); });
  ASSERT_TRUE(cluster[0].wait_for_command({"INCR"}, 2s, 3));
  EXPECT_LT(time_of([&] {
              source.request_stop();
              caller.join();
            }),
            2s);
  EXPECT_EQ(error.code, Errc::cancelled);
  EXPECT_EQ(error.execution, Execution::not_executed);
}

TEST(Cancelling, ends_the_wait_for_a_place_below_the_bound) {
  ScriptedCluster cluster(1);
  Gate gate;
  cluster[0].always("BLPOP", "first", "0").after(gate).answer_nil();
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 20s, .blocking_connections_per_node = 1});
  Crowd first(1, [&](int) { EXPECT_FALSE(client.blpop("first", 0ms)); });
  ASSERT_TRUE(cluster[0].wait_for_command({"BLPOP"}, 2s));
  std::stop_source source;
  auto second = std::async(std::launch::async, [&] { return client.nothrow().run(cmd::blpop("second", 0ms), RunOptions{.stop = source.get_token()}); });
  EXPECT_LT(time_of([&] {
              source.request_stop();
              EXPECT_EQ(error_of(second.get()).code, Errc::cancelled);
            }),
            2s);
  gate.open();
}

TEST(Cancelling, while_the_connection_is_being_made_waits_no_longer_than_for_that) {
  ScriptedCluster cluster(1);
  RedisCluster client({.startup_nodes = cluster.seeds(), .socket_connect_timeout = 600ms, .command_timeout = 5s});
  cluster[0].on_hello(rediscluster::testing::ScriptedHello::silent);
  std::stop_source source;
  auto call = std::async(std::launch::async, [&] { return client.nothrow().run(cmd::blpop("q", 0ms), RunOptions{.stop = source.get_token()}); });
  ASSERT_TRUE(wait_until([&] { return cluster[0].received("HELLO") >= 2; }, 2s));
  EXPECT_LT(time_of([&] {
              source.request_stop();
              const Error error = error_of(call.get());
              EXPECT_EQ(error.code, Errc::cancelled) << to_string(error);
              EXPECT_EQ(error.execution, Execution::not_executed);
            }),
            3s);
  EXPECT_EQ(cluster[0].received("BLPOP"), 0);
}

TEST(Cancelling, in_a_hook_on_the_thread_of_the_call_itself_ends_the_call) {
  for (const auto when : {rediscluster::Event::Kind::connected, rediscluster::Event::Kind::retry}) {
    ScriptedCluster cluster(1);
    cluster[0].always("BLPOP", "q", "0").answer_error("LOADING Redis is loading the dataset in memory");
    std::stop_source source;
    std::atomic<bool> armed{false};
    rediscluster::Options options{.startup_nodes = cluster.seeds()};
    options.on_event = [&](const rediscluster::Event& event) {
      if (armed && event.kind == when) source.request_stop();
    };
    RedisCluster client(options);
    armed = true;
    const Error error = error_of(client.nothrow().run(cmd::blpop("q", 0ms), RunOptions{.stop = source.get_token()}));
    EXPECT_EQ(error.code, Errc::cancelled) << to_string(when);
    EXPECT_EQ(error.execution, Execution::not_executed);
  }
}

TEST(Cancelling, a_call_that_is_not_cancelled_ends_as_any) {
  ScriptedCluster cluster(1);
  cluster[0].always("CLIENT", "ID").answer_error("NOPERM this user has no permissions");
  cluster[0].always("BLPOP", "q", "1").answer_array({"q", "element"});
  RedisCluster client({.startup_nodes = cluster.seeds()});
  std::stop_source source;
  const RunOptions options{.timeout = 3s, .stop = source.get_token()};
  EXPECT_EQ(client.run(cmd::blpop("q", 1s), options)->second, "element");
  EXPECT_EQ(client.run(cmd::blpop("q", 1s), options)->second, "element");
  EXPECT_EQ(cluster[0].connections(), 2) << "the connection was not used again";
  source.request_stop();
}

TEST(Cancelling, close_wakes_all_that_wait) {
  ScriptedCluster cluster(2);
  for (int i = 0; i < 2; ++i) cluster[i].always(starts_with({"BLPOP"})).silence();
  RedisCluster client({.startup_nodes = cluster.seeds()});
  std::atomic<int> closed{0};
  std::stop_source source;
  Crowd waiting(8, [&](int i) {
    const char* key = i % 2 == 0 ? "foo" : "bar";
    const auto result = i < 4 ? client.nothrow().blpop(key, 0ms) : client.nothrow().run(cmd::blpop(key, 0ms), RunOptions{.stop = source.get_token()});
    closed += !result && result.error().code == Errc::client_closed ? 1 : 0;
  });
  ASSERT_TRUE(cluster[0].wait_for_command({"BLPOP"}, 2s, 2));
  ASSERT_TRUE(cluster[1].wait_for_command({"BLPOP"}, 2s, 2));
  EXPECT_LT(time_of([&] {
              client.close();
              waiting.join();
            }),
            2s);
  EXPECT_EQ(closed, 8);
}

TEST(Cancelling, those_who_wait_on_a_frozen_node_that_was_replaced_are_told) {
  ScriptedCluster cluster(2, 1);
  cluster[1].always(starts_with({"BLPOP"})).silence();
  RedisCluster client({.startup_nodes = {cluster[0].address()}, .topology_refresh_period = 50ms});
  auto call = std::async(std::launch::async, [&] { return client.nothrow().blpop("foo", 0ms); });
  ASSERT_TRUE(cluster[1].wait_for_command({"BLPOP"}, 2s));
  auto ranges = cluster.ranges();
  ranges[1] = {ranges[1].first, ranges[1].last, cluster[3], {}};
  cluster[1].pause();
  for (const int node : {0, 2, 3}) cluster[node].serve_slots(ranges);
  ASSERT_EQ(call.wait_for(15s), std::future_status::ready) << "it waits for ever on a node that is gone";
  const Error error = error_of(call.get());
  EXPECT_EQ(error.code, Errc::connection_lost) << to_string(error);
  EXPECT_EQ(error.execution, Execution::maybe_executed);
  cluster[1].resume();
}

TEST(Blocking, explain_gives_one_answer_about_wait) {
  ScriptedCluster cluster(1);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const std::string wait = client.explain(cmd::wait(1, 1s));
  EXPECT_TRUE(contains(wait, "refused: WAIT is about the connection it is sent on")) << wait;
  EXPECT_FALSE(contains(wait, "waits:") || contains(wait, "sent again:")) << wait;
  const std::string blpop = client.explain(cmd::blpop("foo", 1s));
  EXPECT_TRUE(contains(blpop, "waits:") && contains(blpop, "sent again:") && !contains(blpop, "refused")) << blpop;
}

}  // namespace
