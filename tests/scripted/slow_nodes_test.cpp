/// Nodes that answer late, or are far away: what would have come is not given up, and nobody who is slow is taken for dead.
#include <future>
#include <memory>

#include "play.hpp"
#include "support/long_road.hpp"
#include "tls_play.hpp"

namespace {

using namespace play;
using rediscluster::ReadFrom;
using rediscluster::RunOptions;
using test_support::LongRoad;
namespace cmd = rediscluster::cmd;

void tell_late(ScriptedCluster& cluster, const std::vector<ScriptedRange>& ranges, milliseconds late) {
  for (int i = 0; i < cluster.size(); ++i) cluster[i].always("CLUSTER", "SLOTS").after_delay(late).answer(slots_answer(ranges));
}

void kill(ScriptedNode& node) {
  node.refuse_new(true);
  node.drop_connections();
}

/// The replica of the second shard of two takes over.
std::vector<ScriptedRange> after_failover(ScriptedCluster& cluster) {
  std::vector<ScriptedRange> ranges = cluster.ranges();
  ranges[1].primary = cluster[3];
  ranges[1].replicas.clear();
  return ranges;
}

TEST(SlowNodes, that_take_long_to_tell_the_topology_cost_nobody_a_shard) {
  for (const milliseconds late : {700ms, 2500ms}) {
    SCOPED_TRACE(late.count());
    ScriptedCluster cluster(2, 1);
    echo_gets(cluster);
    RedisCluster client({.startup_nodes = {cluster[0].address()}});
    tell_late(cluster, after_failover(cluster), late);
    kill(cluster[1]);
    const milliseconds took = time_of([&] { EXPECT_EQ(client.nothrow().get("foo").value_or("an error"), "foo"); });
    EXPECT_LT(took, late + 2s);
    EXPECT_EQ(cluster.complaints(), "");
  }
}

TEST(SlowNodes, keep_the_connection_on_which_they_were_asked) {
  ScriptedCluster cluster(3);
  cluster[2].always("CLUSTER", "SLOTS").after_delay(700ms).answer(slots_answer(cluster.ranges()));
  RedisCluster client({.startup_nodes = {cluster[0].address()}, .topology_refresh_period = 50ms});
  EXPECT_TRUE(cluster[2].wait_for_command({"CLUSTER", "SLOTS"}, 15s, 4));
  EXPECT_EQ(cluster[2].connections(), 1);
}

// As behind a firewall that has forgotten its connections.
TEST(SlowNodes, that_say_nothing_more_on_their_connections_are_asked_on_others) {
  ScriptedCluster cluster(2, 1);
  echo_gets(cluster);
  RedisCluster client({.startup_nodes = {cluster[0].address()}, .command_timeout = 8s});
  ASSERT_EQ(client.get("foo"), "foo");
  tell_late(cluster, after_failover(cluster), 0ms);
  for (int i = 0; i < cluster.size(); ++i) cluster[i].expect("CLUSTER", "SLOTS").silence();
  kill(cluster[1]);
  const milliseconds took = time_of([&] { EXPECT_EQ(client.get("foo"), "foo"); });
  EXPECT_LT(took, 4s) << "the system takes ten seconds to notice";
}

TEST(SlowNodes, beside_a_quick_one_do_not_hold_up_a_refresh) {
  ScriptedCluster cluster(2, 1);
  echo_gets(cluster);
  RedisCluster client({.startup_nodes = {cluster[0].address()}});
  tell_late(cluster, after_failover(cluster), 5s);
  cluster[2].always("CLUSTER", "SLOTS").answer(slots_answer(after_failover(cluster)));
  kill(cluster[1]);
  EXPECT_LT(time_of([&] { EXPECT_EQ(client.get("foo"), "foo"); }), 2500ms) << "half a second for each that is slow";
}

TEST(SlowNodes, that_were_demoted_are_not_taken_for_dead_by_those_who_wait_on_them) {
  ScriptedCluster cluster(2, 1);
  Gate pushed;
  cluster[1].always(starts_with({"BLPOP"})).after(pushed).answer_array({"foo", "element"});
  RedisCluster client({.startup_nodes = {cluster[0].address()}, .topology_refresh_period = 50ms});
  auto call = std::async(std::launch::async, [&] { return client.nothrow().blpop("foo", 0ms); });
  ASSERT_TRUE(cluster[1].wait_for_command({"BLPOP"}, 2s));
  for (const int quick : {0, 2, 3}) cluster[quick].serve_slots(after_failover(cluster));
  cluster[1].always("CLUSTER", "SLOTS").after_delay(700ms).answer(slots_answer(after_failover(cluster)));
  EXPECT_TRUE(cluster[1].wait_for_command({"CLUSTER", "SLOTS"}, 20s, 4)) << "whether it is alive";
  EXPECT_EQ(call.wait_for(1s), std::future_status::timeout) << "it was told before its node was";
  pushed.open();
  const auto element = call.get();
  EXPECT_TRUE(element.has_value()) << to_string(error_of(element));
}

TEST(SlowNodes, that_a_caller_names_may_take_their_time_though_they_serve_no_slots) {
  ScriptedCluster cluster(2, 1);
  cluster[3].always("DBSIZE").after_delay(1500ms).answer_integer(7);
  RedisCluster client({.startup_nodes = {cluster[0].address()}});
  const auto size = client.nothrow().on(cluster[3].address()).dbsize();
  EXPECT_TRUE(size.has_value()) << to_string(error_of(size));
  EXPECT_EQ(cluster[3].received("DBSIZE"), 1) << "its connection was ended meanwhile";
}

// Far away.

/// A cluster of two shards with a replica each, behind roads as long as that.
struct FarCluster {
  explicit FarCluster(milliseconds one_way) : nodes(2, 1) {
    for (int i = 0; i < nodes.size(); ++i) roads.push_back(std::make_unique<LongRoad>(nodes[i].address(), one_way));
    echo_gets(nodes);
    tell(nodes.ranges());
  }
  ScriptedEndpoint far(const ScriptedEndpoint& near) {
    for (int i = 0; i < nodes.size(); ++i) {
      if (nodes[i].id() == near.id) return {roads[static_cast<std::size_t>(i)]->address(), near.id};
    }
    return near;
  }
  void tell(std::vector<ScriptedRange> ranges) {
    for (ScriptedRange& range : ranges) {
      range.primary = far(range.primary);
      for (ScriptedEndpoint& replica : range.replicas) replica = far(replica);
    }
    for (int i = 0; i < nodes.size(); ++i) nodes[i].serve_slots(ranges);
  }
  ScriptedCluster nodes;
  std::vector<std::unique_ptr<LongRoad>> roads;
};

TEST(FarNodes, fail_over_as_near_ones_do) {
  FarCluster cluster(130ms);
  RedisCluster client({.startup_nodes = {cluster.roads[0]->address()}});
  EXPECT_EQ(client.get("foo"), "foo");
  cluster.tell(after_failover(cluster.nodes));
  for (int i = 0; i < cluster.nodes.size(); ++i) cluster.nodes[i].drop_connections();  // so that the question needs one
  kill(cluster.nodes[1]);
  EXPECT_EQ(client.nothrow().get("foo").value_or("an error"), "foo");
}

TEST(FarNodes, fail_over_behind_tls_too) {
  ScriptedNode old_home, new_home;
  const auto front_of = [](const ScriptedNode& node) {
    TlsFrontOptions options;
    options.identity = local_identity();
    options.target = node.address();
    return options;
  };
  TlsFront old_front(front_of(old_home)), new_front(front_of(new_home));
  auto old_road = std::make_unique<LongRoad>(old_front.address(), 150ms);
  LongRoad new_road(new_front.address(), 150ms);
  const auto tell = [&](const LongRoad& road, const ScriptedNode& upper) {
    const ScriptedEndpoint lower(new_road.address(), new_home.id());
    for (ScriptedNode* node : {&old_home, &new_home}) {
      node->serve_slots({{0, 8191, lower}, {8192, 16383, ScriptedEndpoint(road.address(), upper.id())}});
    }
  };
  tell(*old_road, old_home);
  for (ScriptedNode* node : {&old_home, &new_home}) echo_gets(*node);
  Options options{.startup_nodes = {new_road.address()}, .lanes_per_node = 1};
  options.tls.enabled = true;
  options.tls.ca_pem = trusted().pem();
  RedisCluster client(options);
  EXPECT_EQ(client.get("foo"), "foo");
  new_home.drop_connections();  // so that the question needs a connection
  tell(new_road, new_home);
  old_road.reset();
  EXPECT_EQ(client.nothrow().get("foo").value_or("an error"), "foo");
}

TEST(FarNodes, are_asked_to_end_a_wait_and_their_answer_counts) {
  FarCluster cluster(130ms);
  Gate unblocked;
  cluster.nodes[1].always("CLIENT", "ID").answer_integer(77);
  cluster.nodes[1].always(starts_with({"BLPOP"})).after(unblocked).answer_error("UNBLOCKED client unblocked via CLIENT UNBLOCK");
  cluster.nodes[1].always("CLIENT", "UNBLOCK", "77", "ERROR").answer_with([unblocked](const CommandWords&) mutable {
    unblocked.open();
    return RawReply::number(1);
  });
  RedisCluster client({.startup_nodes = {cluster.roads[0]->address()}});
  std::stop_source source;
  Error error;
  Crowd caller(1, [&](int) { error = error_of(client.nothrow().run(cmd::blpop("foo", 0ms), RunOptions{.stop = source.get_token()})); });
  ASSERT_TRUE(cluster.nodes[1].wait_for_command({"BLPOP"}, 5s));
  source.request_stop();
  caller.join();
  EXPECT_EQ(error.code, Errc::cancelled);
  EXPECT_EQ(error.execution, Execution::not_executed) << "the server said that it took nothing";
}

TEST(FarNodes, are_read_from_as_replicas_as_near_ones_are) {
  FarCluster cluster(300ms);
  RedisCluster client({.startup_nodes = {cluster.roads[0]->address()}, .socket_connect_timeout = 5s, .read_from = ReadFrom::prefer_replica});
  for (int i = 0; i < 4; ++i) EXPECT_EQ(client.get("foo"), "foo");
  EXPECT_EQ(cluster.nodes[3].received("GET"), 4) << "it was taken for one in trouble";
}

}  // namespace
