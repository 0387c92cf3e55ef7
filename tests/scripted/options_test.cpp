/// Options that change where and how commands travel.
#include <set>

#include "play.hpp"

namespace {

using namespace play;
using rediscluster::CrossSlot;
using rediscluster::Options;

TEST(Options, reads_go_to_replicas_too_when_asked_for_and_say_readonly_first) {
  ScriptedCluster cluster(1, 2);
  echo_gets(cluster);
  RedisCluster client({.startup_nodes = {cluster[0].address()}, .read_from_replicas = true});
  for (int i = 0; i < 60; ++i) EXPECT_EQ(client.get(std::to_string(i)), std::to_string(i));
  for (int i = 0; i < 3; ++i) {
    EXPECT_GT(cluster[i].received("GET"), 0) << "node " << i << " got no reads";
    EXPECT_EQ(cluster[i].received("READONLY"), cluster[i].connections());
  }
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Options, writes_go_to_the_primary_also_with_replica_reads) {
  ScriptedCluster cluster(1, 2);
  cluster[0].always(starts_with({"SET"})).answer_status("OK");
  RedisCluster client({.startup_nodes = cluster.seeds(), .read_from_replicas = true});
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(client.set(std::to_string(i), "v"));
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Options, reads_stay_with_the_primary_by_default) {
  ScriptedCluster cluster(1, 2);
  echo_gets(cluster[0]);
  RedisCluster client({.startup_nodes = {cluster[0].address()}});
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.get(std::to_string(i)), std::to_string(i));
  EXPECT_EQ(cluster[0].received("READONLY"), 0);
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Options, a_replica_that_is_loading_or_stale_or_down_is_left_for_the_primary) {
  for (const char* trouble :
       {"LOADING Redis is loading the dataset in memory", "MASTERDOWN Link with MASTER is down", ""}) {
    SCOPED_TRACE(trouble);
    ScriptedCluster cluster(1, 1);
    echo_gets(cluster[0]);
    if (*trouble != '\0') cluster[1].always(starts_with({"GET"})).answer_error(trouble);
    RedisCluster client({.startup_nodes = {cluster[0].address()}, .read_from_replicas = true});
    if (*trouble == '\0') cluster[1].refuse_new(true);
    for (int i = 0; i < 20; ++i) EXPECT_EQ(client.nothrow().get("k").value_or("an error"), "k");
  }
}

TEST(Options, a_replica_that_redirects_is_followed_to_the_primary) {
  ScriptedCluster cluster(1, 1);
  echo_gets(cluster[0]);
  cluster[1].always(starts_with({"GET", "foo"})).answer_error(moved_to(cluster[0]));
  RedisCluster client({.startup_nodes = cluster.seeds(), .read_from_replicas = true});
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.get("foo"), "foo");
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Options, readonly_mode_refuses_writes_without_sending_them) {
  ScriptedCluster cluster(1, 1);
  echo_gets(cluster);
  RedisCluster client({.startup_nodes = cluster.seeds(), .readonly_mode = true});
  const Error error = error_of(client.nothrow().set("k", "v"));
  EXPECT_EQ(error.code, Errc::not_allowed);
  EXPECT_EQ(error.execution, Execution::not_executed);
  EXPECT_TRUE(contains(error.message, "readonly_mode")) << error.message;
  EXPECT_TRUE(contains(error.message, "SET")) << error.message;
  EXPECT_FALSE(client.nothrow().mset({{"foo", "1"}, {"bar", "2"}}).has_value());
  EXPECT_EQ(client.get("k"), "k");
  EXPECT_EQ(cluster.received("SET") + cluster.received("MSET"), 0);
}

TEST(Options, cluster_down_is_given_up_after_as_many_answers_as_asked_for) {
  ScriptedCluster cluster(1);
  cluster[0].always("INCR", "n").answer_error("CLUSTERDOWN The cluster is down");
  RedisCluster client({.startup_nodes = cluster.seeds(), .cluster_down_retry_attempts = 3});
  Error error;
  EXPECT_LT(time_of([&] { error = error_of(client.nothrow().incr("n")); }), soon);
  EXPECT_EQ(error.code, Errc::cluster_down);
  EXPECT_EQ(error.attempts, 3);
  EXPECT_EQ(cluster[0].received("INCR"), 3);
}

TEST(Options, cross_slot_refuse_sends_nothing) {
  ScriptedCluster cluster(2);
  cluster[0].always(starts_with({"MGET"})).answer_array({"1", "2"});
  RedisCluster client({.startup_nodes = cluster.seeds(), .cross_slot = CrossSlot::refuse});
  const Error error = error_of(client.nothrow().mget({"foo", "bar"}));
  EXPECT_EQ(error.code, Errc::cross_slot_refused);
  EXPECT_TRUE(contains(error.message, "cross_slot")) << error.message;
  EXPECT_TRUE(contains(error.message, "\"foo\" is in slot 12182")) << error.message;
  EXPECT_EQ(cluster.received("MGET"), 0);
  EXPECT_EQ(client.mget({"{bar}1", "{bar}2"}).size(), 2u) << "one slot is no reason to refuse";
}

TEST(Options, no_more_connections_to_a_node_than_asked_for) {
  ScriptedCluster cluster(1);
  cluster[0].always(starts_with({"GET"})).after_delay(1ms).answer_bulk("v");
  RedisCluster client({.startup_nodes = cluster.seeds(), .max_connections_per_node = 2});
  Crowd(16, [&](int) {
    for (int i = 0; i < 20; ++i) EXPECT_EQ(client.get("k"), "v");
  }).join();
  EXPECT_LE(cluster[0].connections(), 2);
}

TEST(Options, a_lone_caller_needs_one_connection_to_a_node) {
  ScriptedCluster cluster(1);
  echo_gets(cluster);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  for (int i = 0; i < 50; ++i) EXPECT_EQ(client.get("k"), "k");
  EXPECT_EQ(cluster[0].connections(), 1);
}

TEST(Options, a_host_stands_in_front_of_the_startup_nodes) {
  ScriptedCluster cluster(2);
  RedisCluster client(
      {.host = "127.0.0.1", .port = cluster[1].address().port, .startup_nodes = {cluster[0].address()}});
  EXPECT_EQ(cluster[1].received(CommandWords{"CLUSTER", "SLOTS"}), 1);
  EXPECT_EQ(cluster[0].connections(), 0);
  EXPECT_EQ(client.to_string(), "RedisCluster<" + cluster[1].address_text() + ", " + cluster[0].address_text() + ">");
}

}  // namespace
