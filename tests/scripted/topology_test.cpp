/// Where the client believes the slots to be: whom it asks, what it believes, and how often it asks.
#include <functional>
#include <atomic>

#include "play.hpp"

namespace {

using namespace play;
using rediscluster::Options;

/// Answers that are no topology. Each must send the client to the next node and leave the old map alone.
struct BadAnswer {
  const char* name;
  std::function<void(ScriptedNode&)> give;
  bool is_silent = false;  // its connection is never of use again
};

std::vector<BadAnswer> bad_answers() {
  const auto raw = [](std::string bytes) {
    return [bytes](ScriptedNode& node) { node.always("CLUSTER", "SLOTS").answer_raw(bytes); };
  };
  return {
      {"an error", [](ScriptedNode& node) { node.always("CLUSTER", "SLOTS").answer_error("ERR out of order"); }},
      {"still loading",
       [](ScriptedNode& node) {
         node.always("CLUSTER", "SLOTS").answer_error("LOADING Redis is loading the dataset in memory");
       }},
      {"garbage", raw("!!!\r\n\r\n")},
      {"a status", raw("+OK\r\n")},
      {"a number", raw(":1\r\n")},
      {"a null", raw("_\r\n")},
      {"an empty list", raw("*0\r\n")},
      {"an entry that is no list", raw("*1\r\n:1\r\n")},
      {"an entry without a primary", raw("*1\r\n*2\r\n:0\r\n:16383\r\n")},
      {"a node that is no list", raw("*1\r\n*3\r\n:0\r\n:16383\r\n:1\r\n")},
      {"a port that is no number", raw("*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$9\r\n127.0.0.1\r\n$4\r\n7000\r\n")},
      {"a port out of range", raw("*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$9\r\n127.0.0.1\r\n:70000\r\n")},
      {"a slot out of range", raw("*1\r\n*3\r\n:0\r\n:16384\r\n*2\r\n$9\r\n127.0.0.1\r\n:7000\r\n")},
      {"a negative slot", raw("*1\r\n*3\r\n:-1\r\n:16383\r\n*2\r\n$9\r\n127.0.0.1\r\n:7000\r\n")},
      {"a range upside down", raw("*1\r\n*3\r\n:100\r\n:0\r\n*2\r\n$9\r\n127.0.0.1\r\n:7000\r\n")},
      {"ranges that overlap", raw("*2\r\n*3\r\n:0\r\n:9000\r\n*2\r\n$9\r\n127.0.0.1\r\n:7000\r\n"
                                  "*3\r\n:9000\r\n:16383\r\n*2\r\n$9\r\n127.0.0.1\r\n:7001\r\n")},
      {"half an answer and the end",
       [](ScriptedNode& node) { node.always("CLUSTER", "SLOTS").answer_raw("*1\r\n*3\r\n:0\r\n:163").close(); }},
      {"half an answer and silence",
       [](ScriptedNode& node) { node.always("CLUSTER", "SLOTS").answer_raw("*1\r\n*3\r\n:0\r\n:163").silence(); },
       true},
      {"silence", [](ScriptedNode& node) { node.always("CLUSTER", "SLOTS").silence(); }, true},
  };
}

TEST(Topology, a_startup_node_with_a_bad_answer_sends_the_client_to_the_next_one) {
  for (const BadAnswer& bad : bad_answers()) {
    SCOPED_TRACE(bad.name);
    ScriptedCluster cluster(2);
    echo_gets(cluster);
    bad.give(cluster[0]);
    milliseconds took = time_of([&] {
      RedisCluster client({.startup_nodes = cluster.seeds(), .socket_connect_timeout = 200ms, .command_timeout = 3s});
      EXPECT_EQ(client.get("foo"), "foo");
      EXPECT_EQ(client.nothrow().get("bar").value_or("an error"), "bar");
    });
    EXPECT_LT(took, 2s) << "one bad node held up the start";
  }
}

TEST(Topology, a_refresh_with_bad_answers_asks_the_next_node_and_keeps_the_map) {
  for (const BadAnswer& bad : bad_answers()) {
    SCOPED_TRACE(bad.name);
    ScriptedCluster cluster(2);
    echo_gets(cluster);
    RedisCluster client({.startup_nodes = cluster.seeds(), .lanes_per_node = 2});
    const std::vector<int> before{topology_questions(cluster), cluster[1].received(CommandWords{"CLUSTER", "SLOTS"})};
    for (int i = 0; i < 2; ++i) bad.give(cluster[i]);
    cluster[0].expect("SET", "bar", "1").answer_error("CLUSTERDOWN The cluster is down");  // a reason to ask
    cluster[0].expect("SET", "bar", "1").answer_status("OK");
    EXPECT_TRUE(client.set("bar", "1"));
    const auto both_asked = [&] {
      return cluster[1].received(CommandWords{"CLUSTER", "SLOTS"}) > before[1] &&
             topology_questions(cluster) >= before[0] + 2;
    };
    EXPECT_TRUE(wait_until(both_asked, 3s)) << "the next node was not asked";
    for (int i = 0; bad.is_silent && i < 2; ++i) cluster[i].drop_connections();
    EXPECT_EQ(client.get("foo"), "foo");
    EXPECT_EQ(client.get("bar"), "bar");
    EXPECT_EQ(cluster.complaints(), "");
  }
}

/// Gives the client reasons to ask for the topology until this node was asked so many times more.
void doubt_until_asked(RedisCluster& client, ScriptedNode& node, int times) {
  const auto asked = [&] { return node.received(CommandWords{"CLUSTER", "SLOTS"}); };
  const int enough = asked() + times;
  const auto give_up_at = Clock::now() + 10s;
  while (asked() < enough && Clock::now() < give_up_at) EXPECT_TRUE(client.nothrow().incr("doubt").has_value());
  EXPECT_GE(asked(), enough);
}

/// INCR is refused a few times before it runs, so that the client looks whether the slot has moved.
void refuse_increments_at_first(ScriptedCluster& cluster) {
  for (int i = 0; i < cluster.size(); ++i) {
    cluster[i].always(starts_with({"INCR"})).answer_with([asked = 0](const CommandWords&) mutable {
      return ++asked % 4 != 0 ? RawReply::error("CLUSTERDOWN Hash slot not served") : RawReply::number(1);
    });
  }
}

TEST(Topology, a_minority_that_tells_of_another_cluster_is_not_believed) {
  ScriptedCluster cluster(3);
  ScriptedNode stranger;
  echo_gets(cluster);
  refuse_increments_at_first(cluster);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  cluster[0].serve_slots({{0, 16383, stranger}});
  doubt_until_asked(client, cluster[0], 3);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(client.get(std::to_string(i)), std::to_string(i));
  EXPECT_EQ(stranger.connections(), 0);
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Topology, a_minority_that_has_lost_slots_is_not_believed) {
  ScriptedCluster cluster(3);
  echo_gets(cluster);
  refuse_increments_at_first(cluster);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  cluster[0].serve_slots({{0, 100, cluster[0]}});
  doubt_until_asked(client, cluster[0], 3);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(client.get(std::to_string(i)), std::to_string(i));
}

TEST(Topology, a_loss_of_slots_that_all_nodes_tell_is_believed) {
  ScriptedCluster cluster(2);
  echo_gets(cluster);
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 60ms, .topology_refresh_period = 20ms});
  cluster.serve_slots({{0, 8191, cluster[0]}});
  EXPECT_TRUE(wait_until(
      [&] {
        const auto value = client.nothrow().get("foo");
        return !value && value.error().code == Errc::slot_not_covered;
      },
      5s));
  EXPECT_EQ(client.get("bar"), "bar") << "a slot that is covered";
}

TEST(Topology, an_uncovered_slot_fails_by_the_deadline_with_its_number_and_works_when_covered) {
  ScriptedCluster cluster(2);
  echo_gets(cluster);
  cluster.serve_slots({{0, 8191, cluster[0]}});
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 150ms});
  Error error;
  const milliseconds took = time_of([&] { error = error_of(client.nothrow().incr("foo")); });
  EXPECT_EQ(error.code, Errc::slot_not_covered);
  EXPECT_EQ(error.execution, Execution::not_executed);
  EXPECT_TRUE(contains(error.message, "12182")) << error.message;
  EXPECT_LT(took, 150ms + worst_overrun);
  EXPECT_THROW(client.get("foo"), rediscluster::SlotNotCoveredError);
  cluster.serve_slots({{0, 8191, cluster[0]}, {8192, 16383, cluster[1]}});
  EXPECT_TRUE(wait_until([&] { return client.nothrow().get("foo").has_value(); }, 3s));
}

TEST(Topology, a_dead_primary_is_left_for_its_successor_without_an_error) {
  ScriptedCluster cluster(2);
  echo_gets(cluster);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client.get("foo"), "foo");
  cluster[1].refuse_new(true);
  cluster[1].drop_connections();
  cluster.serve_slots({{0, 16383, cluster[0]}});
  EXPECT_LT(time_of([&] { EXPECT_EQ(client.get("foo"), "foo"); }), 250ms);
}

TEST(Topology, a_silent_primary_is_left_for_its_successor_and_its_reads_are_sent_again) {
  ScriptedCluster cluster(2);
  echo_gets(cluster[0]);
  cluster[1].always(starts_with({"GET"})).silence();
  RedisCluster client({.startup_nodes = cluster.seeds()});
  cluster.serve_slots({{0, 16383, cluster[0]}});
  EXPECT_LT(time_of([&] { EXPECT_EQ(client.get("foo"), "foo"); }), 2s) << "the silent node has lost its slots";
}

TEST(Topology, startup_nodes_are_the_last_resort_when_all_known_nodes_are_gone) {
  ScriptedCluster cluster(2);
  ScriptedNode seed;  // tells of the cluster without serving slots
  seed.serve_slots(cluster.ranges());
  echo_gets(cluster);
  RedisCluster client({.startup_nodes = {seed.address()}});
  EXPECT_EQ(client.get("foo"), "foo");
  ScriptedCluster moved(2);  // every node gets a new address, as in a restarted deployment
  echo_gets(moved);
  for (int i = 0; i < 2; ++i) {
    cluster[i].refuse_new(true);
    cluster[i].drop_connections();
  }
  seed.serve_slots(moved.ranges());
  EXPECT_LT(time_of([&] { EXPECT_EQ(client.get("foo"), "foo"); }), 3s);
}

TEST(Topology, the_map_is_asked_for_now_and_then_without_a_reason) {
  ScriptedCluster cluster(2);
  RedisCluster client({.startup_nodes = cluster.seeds(), .topology_refresh_period = 50ms});
  const int before = topology_questions(cluster);
  EXPECT_TRUE(wait_until([&] { return topology_questions(cluster) >= before + 3; }, 3s));
}

TEST(Topology, a_black_hole_among_the_startup_nodes_costs_one_connect_timeout) {
  ScriptedCluster cluster(2);
  ScriptedNode hole;
  hole.hold_new(true);
  const milliseconds took = time_of([&] {
    RedisCluster client({.startup_nodes = {hole.address(), cluster[0].address()}, .socket_connect_timeout = 200ms});
  });
  EXPECT_LT(took, 200ms + soon);
}

// Two nodes that describe themselves as changed by `describe`; the client must still find both.
void expect_both_found(const std::function<void(std::vector<ScriptedRange>&)>& describe) {
  ScriptedCluster cluster(2);
  echo_gets(cluster);
  std::vector<ScriptedRange> ranges = cluster.ranges();
  describe(ranges);
  cluster.serve_slots(ranges);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client.get("foo"), "foo");
  EXPECT_EQ(client.get("bar"), "bar");
}

TEST(Topology, endpoints_without_a_host_mean_the_node_that_was_asked) {
  expect_both_found([](std::vector<ScriptedRange>& ranges) {
    ranges[0].primary.host_is_null = true;
    ranges[1].primary.address.host = "";
  });
}

TEST(Topology, endpoints_may_be_host_names_with_further_facts) {
  expect_both_found([](std::vector<ScriptedRange>& ranges) {
    for (ScriptedRange& range : ranges) {
      range.primary.address.host = "localhost";
      range.primary.metadata = {{"ip", "127.0.0.1"}, {"availability-zone", "here"}};
    }
  });
}

TEST(Topology, an_endpoint_nobody_can_reach_spoils_its_own_slots_only) {
  ScriptedCluster cluster(2);
  echo_gets(cluster);
  std::vector<ScriptedRange> ranges = cluster.ranges();
  ranges[1].primary.address.host = "?";  // a host name is preferred and none is set
  cluster.serve_slots(ranges);
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 300ms});
  EXPECT_EQ(client.get("bar"), "bar");
  const Error error = error_of(client.nothrow().incr("foo"));
  EXPECT_EQ(error.execution, Execution::not_executed) << to_string(error);
}

// How often it asks.

TEST(Topology, only_one_question_is_under_way_however_many_callers_have_a_reason) {
  ScriptedCluster cluster(3);
  echo_gets(cluster);
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 250ms});
  Gate gate;
  for (int i = 0; i < 3; ++i) cluster[i].always("CLUSTER", "SLOTS").after(gate).answer(slots_answer(cluster.ranges()));
  const int before = topology_questions(cluster);
  cluster[2].refuse_new(true);
  cluster[2].drop_connections();
  Crowd(64, [&](int) { error_of(client.nothrow().get("foo")); }).join();  // all the time the question is held back
  EXPECT_EQ(topology_questions(cluster), before + 1);
  gate.open();
}

TEST(Topology, many_callers_in_trouble_ask_no_more_often_than_the_limit) {
  ScriptedCluster cluster(3);
  echo_gets(cluster);
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 1s});
  const int before = topology_questions(cluster);
  cluster[2].refuse_new(true);
  cluster[2].drop_connections();
  Crowd(64, [&](int) { error_of(client.nothrow().get("foo")); }).join();
  const int questions = topology_questions(cluster) - before;
  EXPECT_GE(questions, 5) << "nobody looked for a successor";
  EXPECT_LE(questions, 1000 / 25) << "more than one every 25 ms";
}

TEST(Topology, the_questions_are_spread_over_the_nodes) {
  ScriptedCluster cluster(3);
  std::vector<std::unique_ptr<RedisCluster>> clients;  // many, so that each need ask only now and then
  for (int i = 0; i < 30; ++i) {
    clients.push_back(std::make_unique<RedisCluster>(
        Options{.startup_nodes = {cluster[0].address()}, .topology_refresh_period = 1ms}));
  }
  ASSERT_TRUE(wait_until([&] { return topology_questions(cluster) >= 30 + 60; }, 10s));
  for (int node = 1; node < 3; ++node) {
    EXPECT_GE(cluster[node].received(CommandWords{"CLUSTER", "SLOTS"}), 5) << "node " << node << " was spared";
  }
}

}  // namespace
