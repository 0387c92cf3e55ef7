/// Options about finding the cluster: those with an effect have it, those without are harmless both ways.
#include <atomic>

#include "play.hpp"

namespace {

using namespace play;
using rediscluster::Options;

/// Two nodes; node 1 sends every GET away to node 0, each of another slot.
class SlotsThatMoved {
 public:
  SlotsThatMoved() : cluster(2) {
    echo_gets(cluster[0]);
    cluster[1].always(starts_with({"GET"})).answer_with([this](const CommandWords& words) {
      return RawReply::error("MOVED " + std::to_string(rediscluster::keyslot(words.at(1))) + " " + new_home);
    });
    new_home = cluster[0].address_text();
  }
  void move(RedisCluster& client, int count) {
    for (int i = 0; i < count; ++i) {
      const std::string key = key_in_slot(next_slot_++, "k");
      EXPECT_EQ(client.get(key), key);
    }
  }
  ScriptedCluster cluster;
  std::string new_home;

 private:
  int next_slot_ = 10'000;
};

TEST(ReinitializeSteps, ask_for_the_topology_after_so_many_moves) {
  SlotsThatMoved moving;
  RedisCluster client({.startup_nodes = moving.cluster.seeds(), .reinitialize_steps = 3});
  const int before = topology_questions(moving.cluster);
  moving.move(client, 2);
  EXPECT_FALSE(wait_until([&] { return topology_questions(moving.cluster) > before; }, 300ms)) << "after fewer moves";
  EXPECT_EQ(moving.cluster[0].received("GET"), 2) << "the slots that moved were followed at once";
  moving.move(client, 1);
  EXPECT_TRUE(wait_until([&] { return topology_questions(moving.cluster) > before; }, 5s));
}

TEST(ReinitializeSteps, unset_ask_after_each_move) {
  SlotsThatMoved moving;
  RedisCluster client({.startup_nodes = moving.cluster.seeds()});
  const int before = topology_questions(moving.cluster);
  moving.move(client, 1);
  EXPECT_TRUE(wait_until([&] { return topology_questions(moving.cluster) > before; }, 5s));
}

TEST(ReinitializeSteps, do_not_keep_the_client_from_asking_for_other_reasons) {
  ScriptedCluster cluster(2);
  echo_gets(cluster);
  RedisCluster client({.startup_nodes = cluster.seeds(), .reinitialize_steps = 1000});
  std::vector<ScriptedRange> ranges = cluster.ranges();
  ranges[1].primary = cluster[0];
  cluster.serve_slots(ranges);
  cluster[1].refuse_new(true);
  cluster[1].drop_connections();
  EXPECT_EQ(client.get("foo"), "foo") << "node 1 is gone, and node 0 knows who serves now";
}

TEST(SkipFullCoverageCheck, makes_no_difference_partial_coverage_is_no_error_and_no_config_is_read) {
  for (const bool skip : {false, true}) {
    SCOPED_TRACE(skip);
    ScriptedCluster cluster(2);
    echo_gets(cluster);
    cluster.serve_slots({cluster.ranges()[0]});  // nobody serves the upper half
    RedisCluster client({.startup_nodes = cluster.seeds(), .skip_full_coverage_check = skip, .command_timeout = 200ms});
    EXPECT_EQ(client.get("bar"), "bar");
    EXPECT_EQ(error_of(client.nothrow().get("foo")).code, Errc::slot_not_covered);
    EXPECT_EQ(cluster.received("CONFIG"), 0);
    EXPECT_EQ(cluster.complaints(), "");
  }
}

TEST(NodemanagerFollowCluster, makes_no_difference_the_client_lives_on_when_its_startup_nodes_are_gone) {
  for (const bool follow : {false, true}) {
    SCOPED_TRACE(follow);
    ScriptedCluster cluster(3);
    echo_gets(cluster);
    RedisCluster client({.startup_nodes = {cluster[0].address()}, .nodemanager_follow_cluster = follow});
    std::vector<ScriptedRange> ranges = cluster.ranges();
    ranges[0].primary = cluster[1];
    ranges[2].primary = cluster[1];
    cluster.serve_slots(ranges);
    for (const int gone : {0, 2}) {
      cluster[gone].refuse_new(true);
      cluster[gone].drop_connections();
    }
    EXPECT_EQ(client.get("foo"), "foo");
    EXPECT_EQ(client.get("bar"), "bar");
  }
}

TEST(InitSlotCache, off_touches_no_node_before_the_first_command_and_on_finds_the_cluster_at_once) {
  ScriptedCluster cluster(2);
  echo_gets(cluster);
  {
    RedisCluster client({.startup_nodes = cluster.seeds(), .init_slot_cache = false});
    EXPECT_EQ(cluster[0].connections() + cluster[1].connections(), 0);
    EXPECT_EQ(client.get("foo"), "foo");
  }
  const int before = topology_questions(cluster);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(topology_questions(cluster), before + 1);
}

TEST(ClusterDownRetryAttempts, count_for_each_part_of_a_split_command) {
  ScriptedCluster cluster(2);
  for (int i = 0; i < 2; ++i) cluster[i].always(starts_with({"MGET"})).answer_error("CLUSTERDOWN The cluster is down");
  RedisCluster client({.startup_nodes = cluster.seeds(), .cluster_down_retry_attempts = 3});
  Error error;
  EXPECT_LT(time_of([&] { error = error_of(client.nothrow().mget({"foo", "bar"})); }), 5s) << "long before the deadline";
  EXPECT_EQ(error.code, Errc::cluster_down);
  EXPECT_EQ(cluster.received("MGET"), 6);
}

TEST(NodesThatAreGone, keep_no_idle_connection) {
  ScriptedCluster cluster(2);
  echo_gets(cluster);
  RedisCluster client({.startup_nodes = {cluster[0].address()}, .topology_refresh_period = 50ms});
  EXPECT_EQ(client.get("foo"), "foo");
  ASSERT_GE(cluster[1].open_connections(), 1);
  cluster.serve_slots({{0, 16383, cluster[0]}});
  EXPECT_TRUE(wait_until([&] { return cluster[1].open_connections() == 0; }, 10s));
  EXPECT_EQ(client.get("foo"), "foo");
  EXPECT_EQ(client.stats().connections_lost, 0u) << "it was not lost";
}

// A server that makes up nodes must not fill our memory.
TEST(NodesThatAreGone, are_remembered_up_to_a_bound) {
  ScriptedCluster cluster(1);
  echo_gets(cluster);
  std::atomic<int> answers{0};
  cluster[0].always("CLUSTER", "SLOTS").answer_with([&](const CommandWords&) {
    const int answer = ++answers;
    ScriptedRange range{0, 16383, cluster[0]};
    for (int i = 0; i < 1111; ++i) {
      const std::string host = "127." + std::to_string(answer % 250 + 1) + "." + std::to_string(i / 250) + "." + std::to_string(i % 250 + 1);
      range.replicas.push_back({{host, 1}, "made-up-" + host});
    }
    return slots_answer({range});
  });
  std::atomic<int> adopted{0};
  rediscluster::Options options{.startup_nodes = cluster.seeds(), .topology_refresh_period = 10ms};
  options.on_event = [&](const rediscluster::Event& event) {
    if (event.kind == rediscluster::Event::Kind::refreshed) ++adopted;
  };
  RedisCluster client(options);
  ASSERT_TRUE(wait_until([&] { return adopted >= 12; }, 50s)) << answers << " answers, " << adopted << " adopted";
  EXPECT_EQ(client.get("foo"), "foo");
}

}  // namespace
