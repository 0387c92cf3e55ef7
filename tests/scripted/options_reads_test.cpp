/// Which copy answers a read: strategies, what happens when a copy cannot, and what never goes to a replica.
/// In a cluster of one primary and two replicas, node 0 is the primary.
#include "play.hpp"

namespace {

using namespace play;
using rediscluster::Options;
using rediscluster::ReadFrom;

/// One shard whose copies all answer GET with the key.
class Copies {
 public:
  explicit Copies(int replicas = 2) : nodes(1, replicas) { echo_gets(nodes); }
  Options options(ReadFrom strategy) { return {.startup_nodes = {nodes[0].address()}, .read_from = strategy}; }
  int reads(int node) { return nodes[node].received("GET"); }
  ScriptedCluster nodes;
};

void read_often(RedisCluster& client, int times = 60) {
  for (int i = 0; i < times; ++i) ASSERT_EQ(client.get(std::to_string(i)), std::to_string(i));
}

TEST(ReadFrom, prefer_replica_shares_reads_among_the_replicas) {
  Copies copies;
  RedisCluster client(copies.options(ReadFrom::prefer_replica));
  read_often(client);
  EXPECT_EQ(copies.reads(0), 0);
  EXPECT_GT(copies.reads(1), 10);
  EXPECT_GT(copies.reads(2), 10);
}

TEST(ReadFrom, readonly_mode_reads_from_replicas) {
  Copies copies;
  RedisCluster client({.startup_nodes = copies.nodes.seeds(), .readonly_mode = true});
  read_often(client);
  EXPECT_EQ(copies.reads(0), 0);
}

TEST(ReadFrom, prefer_replica_reads_from_the_primary_where_there_are_no_replicas) {
  Copies copies(0);
  RedisCluster client(copies.options(ReadFrom::prefer_replica));
  read_often(client);
  EXPECT_EQ(copies.reads(0), 60);
}

TEST(ReadFrom, a_replica_that_cannot_answer_costs_one_try_and_is_left_alone_for_a_while) {
  for (const char* trouble : {"LOADING Redis is loading the dataset in memory", "MASTERDOWN Link with MASTER is down",
                              "CLUSTERDOWN The cluster is down"}) {
    SCOPED_TRACE(trouble);
    Copies copies;
    copies.nodes[1].always(starts_with({"GET"})).answer_error(trouble);
    RedisCluster client(copies.options(ReadFrom::prefer_replica));
    const auto begin = Clock::now();
    read_often(client, 100);
    EXPECT_LE(copies.reads(1), 1 + (Clock::now() - begin) / 1s) << "once, and once a second to see whether it is well";
    EXPECT_EQ(copies.reads(0), 0) << "the other replica was there";
  }
}

TEST(ReadFrom, the_primary_answers_when_no_replica_can) {
  Copies copies;
  RedisCluster client(copies.options(ReadFrom::prefer_replica));
  for (int i = 1; i < 3; ++i) {
    copies.nodes[i].refuse_new(true);
    copies.nodes[i].drop_connections();
  }
  read_often(client);
  EXPECT_GE(copies.reads(0), 58);
}

TEST(ReadFrom, a_replica_that_is_well_again_is_read_from_again) {
  Copies copies;
  RedisCluster client(copies.options(ReadFrom::prefer_replica));
  for (int i = 1; i < 3; ++i) copies.nodes[i].refuse_new(true);
  read_often(client, 20);
  EXPECT_EQ(copies.reads(0), 20);
  for (int i = 1; i < 3; ++i) copies.nodes[i].refuse_new(false);
  EXPECT_TRUE(wait_until([&] { return client.get("k") == "k" && copies.reads(1) > 0 && copies.reads(2) > 0; }, 10s));
}

TEST(ReadFrom, replicas_answer_while_the_primary_is_down) {
  Copies copies;
  RedisCluster client(copies.options(ReadFrom::any));
  copies.nodes[0].refuse_new(true);
  copies.nodes[0].drop_connections();
  read_often(client);
  EXPECT_GT(copies.reads(1), 10);
  EXPECT_GT(copies.reads(2), 10);
}

TEST(ReadFrom, nobody_spins_when_no_copy_can_answer) {
  Copies copies;
  for (int i = 0; i < 3; ++i) copies.nodes[i].always(starts_with({"GET"})).answer_error("MASTERDOWN Link with MASTER is down");
  Options options = copies.options(ReadFrom::any);
  options.command_timeout = 300ms;
  RedisCluster client(options);
  const Error error = error_of(client.nothrow().get("k"));
  EXPECT_EQ(error.code, Errc::master_down);
  EXPECT_LE(error.attempts, 3 * (300 / 4 + 1)) << "a pause stands between two rounds";
  EXPECT_GE(error.attempts, 3);
}

TEST(ReadFrom, a_replica_that_follows_another_primary_now_is_left_alone) {
  Copies copies;
  copies.nodes[1].always(starts_with({"GET"})).answer_error("MOVED 1 " + copies.nodes[0].address_text());
  RedisCluster client(copies.options(ReadFrom::prefer_replica));
  const auto begin = Clock::now();
  read_often(client, 100);
  EXPECT_LE(copies.reads(1), 1 + (Clock::now() - begin) / 1s);
  EXPECT_EQ(copies.nodes.complaints(), "");
}

TEST(ReadFrom, readonly_is_said_again_on_every_new_connection) {
  Copies copies;
  RedisCluster client(copies.options(ReadFrom::prefer_replica));
  for (int round = 0; round < 3; ++round) {
    read_often(client, 20);
    for (int i = 1; i < 3; ++i) copies.nodes[i].drop_connections();
  }
  read_often(client, 20);
  for (int i = 1; i < 3; ++i) EXPECT_EQ(copies.nodes[i].received("READONLY"), copies.nodes[i].connections());
}

TEST(ReadFrom, only_copies_of_the_keys_own_shard_are_read) {
  ScriptedCluster cluster(2, 2);  // bar: primary 0, replicas 2 and 3; foo: primary 1, replicas 4 and 5
  for (const int node : {0, 2, 3}) cluster[node].always("GET", "bar").answer_bulk("bar");
  for (const int node : {1, 4, 5}) cluster[node].always("GET", "foo").answer_bulk("foo");
  RedisCluster client({.startup_nodes = cluster.seeds(), .read_from = ReadFrom::any});
  for (int i = 0; i < 60; ++i) {
    EXPECT_EQ(client.get("foo"), "foo");
    EXPECT_EQ(client.get("bar"), "bar");
  }
  EXPECT_EQ(cluster.complaints(), "") << "a node got a key that is not its own";
}

TEST(ReadFrom, writes_cursors_and_touches_go_to_the_primary) {
  ScriptedCluster cluster(1, 2);
  ScriptedNode& primary = cluster[0];
  primary.always(starts_with({"SET"})).answer_status("OK");
  primary.always(starts_with({"TOUCH"})).answer_integer(1);
  primary.always(starts_with({"HSCAN"})).answer_array({RawReply::bulk("0"), RawReply::array({})});
  RedisCluster client({.startup_nodes = cluster.seeds(), .read_from = ReadFrom::prefer_replica});
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(client.set("k", "v"));
    EXPECT_EQ(client.execute_command("TOUCH", "k").as_integer(), 1);
    EXPECT_EQ(client.execute_command("HSCAN", "k", "0").size(), 2u);
  }
  EXPECT_EQ(cluster.complaints(), "");
}

// Commands over several slots.

const std::vector<std::string> keys_of_both_shards{"foo", "bar", "foo2", "bar2", "foo3", "bar3", "foo4", "bar4"};

void expect_all(RedisCluster& client, int times = 20) {
  for (int i = 0; i < times; ++i) {
    const auto values = client.nothrow().mget(keys_of_both_shards);
    ASSERT_TRUE(values.has_value()) << to_string(values.error());
    for (std::size_t k = 0; k < values->size(); ++k) EXPECT_EQ((*values)[k], keys_of_both_shards[k]);
  }
}

TEST(ReadFrom, parts_of_a_split_read_go_to_replicas_too_and_those_of_a_shard_to_the_same_one) {
  ScriptedCluster cluster(2, 2);  // replicas of primary 0: 2 and 3, of primary 1: 4 and 5
  echo_mgets(cluster);
  RedisCluster client({.startup_nodes = cluster.seeds(), .read_from = ReadFrom::prefer_replica});
  const int parts_of_one = [&] {
    expect_all(client, 1);
    const int at_two = cluster[2].received("MGET"), at_three = cluster[3].received("MGET");
    EXPECT_TRUE(at_two == 0 || at_three == 0) << "one write a shard";
    return at_two + at_three;
  }();
  EXPECT_GE(parts_of_one, 1);
  expect_all(client, 30);
  EXPECT_EQ(cluster[0].received("MGET") + cluster[1].received("MGET"), 0);
  for (int i = 2; i < 6; ++i) EXPECT_GT(cluster[i].received("MGET"), 0) << "node " << i;
}

TEST(ReadFrom, a_part_that_a_replica_cannot_answer_goes_to_another_copy_within_the_call) {
  ScriptedCluster cluster(2, 2);
  for (const int i : {0, 1, 3, 5}) echo_mgets(cluster[i]);
  for (const int i : {2, 4}) cluster[i].always(starts_with({"MGET"})).answer_error("LOADING Redis is loading the dataset in memory");
  RedisCluster client({.startup_nodes = cluster.seeds(), .read_from = ReadFrom::any});
  EXPECT_LT(time_of([&] { expect_all(client); }), 5s);
}

TEST(ReadFrom, writes_in_parts_go_to_primaries) {
  ScriptedCluster cluster(2, 2);
  for (const int i : {0, 1}) cluster[i].always(starts_with({"DEL"})).answer_integer(1);
  RedisCluster client({.startup_nodes = cluster.seeds(), .read_from = ReadFrom::any});
  for (int i = 0; i < 10; ++i) EXPECT_GT(client.del({"foo", "bar"}), 0);
  EXPECT_EQ(cluster.complaints(), "");
}

// Latency.

void slow_down(ScriptedNode& node, milliseconds delay) {
  node.clear_rules();
  node.always(starts_with({"GET"})).after_delay(delay).answer_bulk("v");
}

TEST(ReadFrom, lowest_latency_finds_the_fastest_copy_and_notices_when_that_changes) {
  Copies copies;
  for (int i = 0; i < 3; ++i) slow_down(copies.nodes[i], i == 2 ? 0ms : 30ms);
  RedisCluster client(copies.options(ReadFrom::lowest_latency));
  const auto share_of = [&](int node) {
    const int before = copies.reads(node);
    for (int i = 0; i < 40; ++i) EXPECT_EQ(client.get("k"), "v");
    return (copies.reads(node) - before) / 40.0;
  };
  EXPECT_TRUE(wait_until([&] { return share_of(2) > 0.8; }, 20s)) << "the fast copy was not found";
  slow_down(copies.nodes[2], 30ms);
  slow_down(copies.nodes[1], 0ms);
  EXPECT_TRUE(wait_until([&] { return share_of(1) > 0.8; }, 30s)) << "the copy that became fast was not found";
}

// Zones.

TEST(ReadFrom, same_zone_reads_where_the_topology_says_the_client_is) {
  Copies copies;
  std::vector<ScriptedRange> ranges = copies.nodes.ranges();
  ranges[0].primary.metadata = {{"availability-zone", "a"}};
  ranges[0].replicas[0].metadata = {{"availability-zone", "a"}};
  ranges[0].replicas[1].metadata = {{"availability-zone", "b"}};
  copies.nodes.serve_slots(ranges);
  const auto reads_by = [&](const char* zone) {
    RedisCluster client(Options{.startup_nodes = copies.nodes.seeds(), .read_from = ReadFrom::same_zone, .availability_zone = zone});
    const std::vector<int> before{copies.reads(0), copies.reads(1), copies.reads(2)};
    read_often(client, 20);
    return std::vector<int>{copies.reads(0) - before[0], copies.reads(1) - before[1], copies.reads(2) - before[2]};
  };
  EXPECT_EQ(reads_by("a"), (std::vector<int>{0, 20, 0}));
  EXPECT_EQ(reads_by("b"), (std::vector<int>{0, 0, 20}));
  const std::vector<int> elsewhere = reads_by("c");
  EXPECT_EQ(elsewhere[0], 0) << "a replica elsewhere comes before the primary elsewhere";
  EXPECT_EQ(elsewhere[1] + elsewhere[2], 20);
}

TEST(ReadFrom, same_zone_falls_back_to_another_zone_within_the_call) {
  Copies copies;
  std::vector<ScriptedRange> ranges = copies.nodes.ranges();
  ranges[0].primary.metadata = {{"availability-zone", "b"}};
  ranges[0].replicas[0].metadata = {{"availability-zone", "a"}};
  ranges[0].replicas[1].metadata = {{"availability-zone", "b"}};
  copies.nodes.serve_slots(ranges);
  copies.nodes[1].refuse_new(true);
  RedisCluster client(Options{.startup_nodes = {copies.nodes[0].address()}, .read_from = ReadFrom::same_zone, .availability_zone = "a"});
  read_often(client, 20);
  EXPECT_EQ(copies.reads(2), 20);
}

TEST(ReadFrom, same_zone_learns_from_hello_what_the_topology_does_not_say) {
  Copies copies;
  const auto hello_from = [](const char* zone) {
    return RawReply::map({RawReply::bulk("server"), RawReply::bulk("valkey"), RawReply::bulk("availability_zone"), RawReply::bulk(zone)});
  };
  for (int i = 0; i < 3; ++i) copies.nodes[i].always(starts_with({"HELLO"})).answer(hello_from(i == 2 ? "a" : "b"));
  RedisCluster client(Options{.startup_nodes = {copies.nodes[0].address()}, .read_from = ReadFrom::same_zone, .availability_zone = "a"});
  read_often(client, 40);
  EXPECT_EQ(copies.reads(0), 0);
  EXPECT_LE(copies.reads(1), 1) << "its zone is known after the first connection";
  EXPECT_GE(copies.reads(2), 39);
}

}  // namespace
