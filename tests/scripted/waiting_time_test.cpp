/// How long a call that waits on its server may take: the time in which no server waits is bounded like that of any call, a
/// timeout given for one call bounds all of it; and what is left of connections when nobody waits any more.
#include <future>
#include <optional>

#include "blocking_play.hpp"

namespace {

using namespace play;
using rediscluster::RunOptions;
namespace cmd = rediscluster::cmd;

// Time in which no server waits.

/// A BLPOP that may wait for ever, with a command_timeout of 300 ms; it must end by itself.
Error end_of_endless_wait(RedisCluster& client) {
  auto call = std::async(std::launch::async, [&] { return client.nothrow().blpop("foo", 0ms); });
  const bool ended = call.wait_for(3s) == std::future_status::ready;
  EXPECT_TRUE(ended) << "it tries for ever";
  if (!ended) client.close();
  return error_of(call.get());
}

TEST(WaitingTime, ends_where_every_server_refuses_the_command) {
  for (const char* refusal : {"LOADING Redis is loading the dataset in memory", "CLUSTERDOWN The cluster is down", "MASTERDOWN Link with MASTER is down",
                              "READONLY You can't write against a read only replica.", "BUSY Redis is busy running a script."}) {
    ScriptedCluster cluster(1);
    cluster[0].always(starts_with({"BLPOP"})).answer_error(refusal);
    RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 300ms});
    const Error error = end_of_endless_wait(client);
    EXPECT_EQ(error.execution, Execution::not_executed) << to_string(error);
    EXPECT_TRUE(contains(error.message, "Gave up at the deadline")) << error.message;
  }
}

TEST(WaitingTime, ends_where_the_node_refuses_connections) {
  ScriptedCluster cluster(2);
  RedisCluster client({.startup_nodes = {cluster[0].address()}, .command_timeout = 300ms});
  cluster[1].refuse_new(true);
  EXPECT_EQ(end_of_endless_wait(client).execution, Execution::not_executed);
}

TEST(WaitingTime, ends_where_the_node_is_frozen) {
  ScriptedCluster cluster(2);
  RedisCluster client({.startup_nodes = {cluster[0].address()}, .command_timeout = 300ms});
  cluster[1].pause();
  EXPECT_EQ(end_of_endless_wait(client).execution, Execution::not_executed);
  cluster[1].resume();
}

TEST(WaitingTime, ends_where_nobody_serves_the_slot) {
  ScriptedCluster cluster(2);
  cluster.serve_slots({{0, 8191, cluster[0]}});
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 300ms});
  EXPECT_EQ(end_of_endless_wait(client).code, Errc::slot_not_covered);
}

TEST(WaitingTime, of_a_wait_that_has_an_end_does_not_last_until_then_either) {
  ScriptedCluster cluster(1);
  cluster[0].always(starts_with({"BLPOP"})).answer_error("CLUSTERDOWN The cluster is down");
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 300ms});
  EXPECT_LT(time_of([&] { EXPECT_EQ(error_of(client.nothrow().blpop("q", 20s)).code, Errc::cluster_down); }), 3s);
}

TEST(WaitingTime, does_not_run_while_a_server_waits) {
  ScriptedCluster cluster(2);
  cluster[1].expect("BLPOP", "foo", "0").after_delay(700ms).answer_error(moved_to(cluster[0]));
  cluster[0].expect("BLPOP", "foo", "0").after_delay(700ms).answer_array({"foo", "element"});
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 300ms});
  const auto element = client.nothrow().blpop("foo", 0ms);
  ASSERT_TRUE(element) << to_string(element.error());
  EXPECT_EQ((*element)->second, "element");
  EXPECT_EQ(cluster.complaints(), "");
}

// A timeout given for one call.

/// A node that waits until it is asked to end the wait.
void wait_until_asked(ScriptedNode& node) {
  Gate asked;
  answer_unblock(node, asked);
  node.always(starts_with({"BLPOP"})).after(asked).answer_error(unblocked);
  node.always(starts_with({"XREADGROUP"})).after(asked).answer_error(unblocked);
}

TEST(GivenTimeout, bounds_a_wait_and_nothing_is_taken) {
  for (const auto block : {milliseconds(0), milliseconds(3000)}) {
    ScriptedCluster cluster(1);
    wait_until_asked(cluster[0]);
    RedisCluster client({.startup_nodes = cluster.seeds()});
    Error error;
    const auto took = time_of([&] { error = error_of(client.nothrow().run(cmd::blpop("q", block), RunOptions{.timeout = 100ms})); });
    EXPECT_GE(took, 90ms);
    EXPECT_LT(took, 100ms + worst_overrun);
    EXPECT_EQ(error.code, Errc::timed_out) << to_string(error);
    EXPECT_EQ(error.execution, Execution::not_executed) << to_string(error);
    EXPECT_EQ(cluster[0].received("BLPOP"), 1);
    EXPECT_TRUE(wait_until([&] { return cluster[0].open_connections() == 1; }, 2s)) << "a late question would end another's wait";
  }
}

TEST(GivenTimeout, bounds_a_stream_read) {
  ScriptedCluster cluster(1);
  wait_until_asked(cluster[0]);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  Error error;
  EXPECT_LT(time_of([&] { error = error_of(client.nothrow().run(cmd::xreadgroup("g", "c", {{"s", ">"}}, {.block = 3s}), RunOptions{.timeout = 100ms})); }),
            100ms + worst_overrun);
  EXPECT_EQ(error.execution, Execution::not_executed) << to_string(error);
}

TEST(GivenTimeout, gives_what_was_taken_in_the_last_moment) {
  ScriptedCluster cluster(1);
  Gate asked;
  answer_unblock(cluster[0], asked, false);
  cluster[0].always(starts_with({"BLPOP"})).after(asked).answer_array({"q", "element"});
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client.run(cmd::blpop("q", 3s), RunOptions{.timeout = 100ms})->second, "element");
}

TEST(GivenTimeout, bounds_a_wait_on_a_server_that_does_not_answer) {
  for (const bool is_frozen : {true, false}) {
    ScriptedCluster cluster(1);
    cluster[0].always(starts_with({"BLPOP"})).silence();
    if (!is_frozen) cluster[0].always(starts_with({"CLIENT", "UNBLOCK"})).answer_error("NOPERM this user has no permissions");
    RedisCluster client({.startup_nodes = cluster.seeds()});
    if (is_frozen) cluster[0].pause();
    Error error;
    EXPECT_LT(time_of([&] { error = error_of(client.nothrow().run(cmd::blpop("q", 0ms), RunOptions{.timeout = 100ms})); }), 100ms + worst_overrun);
    EXPECT_EQ(error.code, Errc::timed_out) << to_string(error);
    EXPECT_EQ(error.execution, is_frozen ? Execution::not_executed : Execution::maybe_executed) << to_string(error);
    if (is_frozen) cluster[0].resume();
  }
}

TEST(GivenTimeout, that_is_longer_than_the_wait_changes_nothing) {
  ScriptedCluster cluster(1);
  cluster[0].always("BLPOP", "q", "0.1").after_delay(100ms).answer_nil();
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 50ms});
  EXPECT_EQ(client.run(cmd::blpop("q", 100ms), RunOptions{.timeout = 5s}), std::nullopt);
}

TEST(GivenTimeout, bounds_a_wait_that_is_run_in_steps) {
  ScriptedCluster cluster(2);
  Gate asked;
  answer_unblock(cluster[1], asked);
  cluster[1].always(starts_with({"BLMOVE"})).after(asked).answer_error(unblocked);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const auto from_left = rediscluster::ListEnd::left;
  Error error;
  EXPECT_LT(time_of([&] { error = error_of(client.nothrow().run(cmd::blmove("foo", "bar", from_left, from_left, 3s), RunOptions{.timeout = 200ms})); }),
            200ms + worst_overrun);
  EXPECT_EQ(error.code, Errc::timed_out) << to_string(error);
  EXPECT_EQ(error.execution, Execution::not_executed) << to_string(error);
}

// Connections of one's own.

TEST(OwnConnections, that_watch_keys_count_against_the_same_bound) {
  ScriptedCluster cluster(1);
  cluster[0].always("WATCH", "k").answer_status("OK");
  cluster[0].always("UNWATCH").answer_status("OK");
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 200ms, .blocking_connections_per_node = 2});
  auto first = client.nothrow().transaction();
  auto second = client.nothrow().transaction();
  auto third = client.nothrow().transaction();
  ASSERT_TRUE(first.watch({"k"}));
  ASSERT_TRUE(second.watch({"k"}));
  const Error error = error_of(third.watch({"k"}));
  EXPECT_EQ(error.code, Errc::too_many_connections) << to_string(error);
  EXPECT_EQ(error.execution, Execution::not_executed);
  EXPECT_TRUE(contains(error.message, "blocking_connections_per_node is 2")) << error.message;
  EXPECT_EQ(error_of(client.nothrow().blpop("k", 1s)).code, Errc::too_many_connections);
  first.reset();
  EXPECT_TRUE(third.watch({"k"})) << "a place has fallen free";
  EXPECT_LE(cluster[0].connections(), 3);
}

TEST(OwnConnections, end_when_they_have_been_idle_for_a_while) {
  ScriptedCluster cluster(1);
  cluster[0].always("WATCH", "k").answer_status("OK");
  cluster[0].always("UNWATCH").answer_status("OK");
  cluster[0].always(starts_with({"BLPOP"})).answer_nil();
  RedisCluster client({.startup_nodes = cluster.seeds(), .topology_refresh_period = 300ms});
  {
    std::vector<rediscluster::Transaction> watching;
    for (int i = 0; i < 5; ++i) watching.push_back(client.transaction());
    for (auto& each : watching) each.watch({"k"});
    EXPECT_EQ(client.blpop("q", 1s), std::nullopt);
    EXPECT_EQ(cluster[0].open_connections(), 7);
  }
  EXPECT_TRUE(wait_until([&] { return cluster[0].open_connections() == 1; }, 5s)) << "they stay for life";
  EXPECT_EQ(client.blpop("q", 1s), std::nullopt);
}

}  // namespace
