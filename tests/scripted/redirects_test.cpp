/// MOVED and ASK: followed at once, learnt or not learnt, and bounded.
#include <algorithm>
#include <atomic>
#include <map>

#include "play.hpp"

namespace {

using namespace play;

TEST(Redirects, moved_is_followed_at_once_and_the_slot_is_learnt) {
  ScriptedCluster cluster(2);
  ScriptedNode &new_home = cluster[0], &old_home = cluster[1];
  old_home.expect("GET", "foo").answer_error(moved_to(new_home));
  new_home.expect("GET", "foo").answer_bulk("first");
  new_home.expect("GET", "foo").answer_bulk("second");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client.get("foo"), "first");
  EXPECT_EQ(client.get("foo"), "second");
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Redirects, moved_changes_one_slot_only) {
  ScriptedCluster cluster(2);
  const std::string neighbour = key_in_slot(slot_of_foo + 1);
  cluster[1].expect("GET", "foo").answer_error(moved_to(cluster[0]));
  cluster[0].expect("GET", "foo").answer_bulk("moved");
  cluster[1].expect("GET", neighbour).answer_bulk("stayed");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client.get("foo"), "moved");
  EXPECT_EQ(client.get(neighbour), "stayed");
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Redirects, a_view_older_than_the_redirect_does_not_undo_it) {
  ScriptedCluster cluster(2);  // the nodes go on telling that node 1 has the slot
  echo_gets(cluster[0]);
  cluster[1].expect("GET", "foo").answer_error(moved_to(cluster[0]));
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const int questions_before = topology_questions(cluster);
  EXPECT_EQ(client.get("foo"), "foo");
  ASSERT_TRUE(wait_until([&] { return topology_questions(cluster) > questions_before; }, 2s))
      << "no refresh after MOVED";
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.get("foo"), "foo");
  EXPECT_EQ(cluster.complaints(), "");
}

// The first answer is a MOVED with the host as given, and the port of the node that has the slot now.
void expect_moved_to_host_to_be_followed(const std::string& host) {
  ScriptedCluster cluster(2);
  cluster[1].expect("GET", "foo").answer_error("MOVED 12182 " + host + ":" + std::to_string(cluster[0].address().port));
  cluster[0].expect("GET", "foo").answer_bulk("bar");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client.get("foo"), "bar");
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Redirects, an_empty_host_means_the_host_that_answered) { expect_moved_to_host_to_be_followed(""); }

TEST(Redirects, a_host_name_is_looked_up) { expect_moved_to_host_to_be_followed("localhost"); }

TEST(Redirects, an_ipv6_address_without_brackets_is_understood) {
  std::unique_ptr<ScriptedNode> new_home;
  try {
    new_home = std::make_unique<ScriptedNode>(rediscluster::testing::ScriptedNodeOptions{.host = "::1"});
  } catch (const rediscluster::testing::ServerError&) {
    GTEST_SKIP() << "this machine has no IPv6";
  }
  ScriptedCluster cluster(2);
  cluster[1].expect("GET", "foo").answer_error("MOVED 12182 ::1:" + std::to_string(new_home->address().port));
  new_home->expect("GET", "foo").answer_bulk("bar");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client.get("foo"), "bar");
  EXPECT_EQ(cluster.complaints() + new_home->complaints(), "");
}

TEST(Redirects, a_node_nobody_has_heard_of_is_connected_to) {
  ScriptedCluster cluster(2);
  ScriptedNode stranger;
  cluster[1].expect("GET", "foo").answer_error(moved_to(stranger));
  stranger.expect("GET", "foo").answer_bulk("bar");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client.get("foo"), "bar");
  EXPECT_EQ(cluster.complaints() + stranger.complaints(), "");
}

TEST(Redirects, an_unknown_host_sends_the_client_to_the_topology) {
  ScriptedCluster cluster(2);
  cluster[1].always("GET", "foo").answer_error("MOVED 12182 ?:" + std::to_string(cluster[0].address().port));
  cluster[0].expect("GET", "foo").answer_bulk("bar");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  cluster.serve_slots({{0, 16383, cluster[0]}});
  EXPECT_EQ(client.get("foo"), "bar");
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Redirects, two_nodes_that_point_at_each_other_end_in_one_error_without_a_spin) {
  ScriptedCluster cluster(2);
  cluster[0].always("INCR", "foo").answer_error(moved_to(cluster[1]));
  cluster[1].always("INCR", "foo").answer_error(moved_to(cluster[0]));
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 2s});
  const milliseconds cpu_before = thread_cpu_time();
  const Error error = error_of(client.nothrow().incr("foo"));
  if (error.code != Errc::timed_out) {  // the last one may have been sent just before the deadline
    EXPECT_EQ(error.code, Errc::too_many_redirects) << to_string(error);
    EXPECT_EQ(error.execution, Execution::not_executed);
    EXPECT_TRUE(contains(error.message, " times without an answer")) << error.message;
  }
  EXPECT_GE(cluster.received("INCR"), 17);
  EXPECT_LE(cluster.received("INCR"), 60);
  EXPECT_LT(thread_cpu_time() - cpu_before, 50ms);
}

// As after a failover that some have not heard of.
TEST(Redirects, two_nodes_that_point_at_each_other_for_a_while_are_waited_for) {
  ScriptedCluster cluster(2);
  cluster[0].always("INCR", "foo").answer_error(moved_to(cluster[1]));
  cluster[1].always("INCR", "foo").answer_error(moved_to(cluster[0]));
  RedisCluster client({.startup_nodes = cluster.seeds()});
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] { EXPECT_EQ(client.nothrow().incr("foo").value_or(0), 7); });
  }
  std::this_thread::sleep_for(400ms);
  EXPECT_LE(cluster.received("INCR"), 4 * 40) << "nobody's news ends the pauses of the others";
  cluster[1].always("INCR", "foo").answer_integer(7);
  for (std::thread& each : callers) each.join();
}

TEST(Redirects, endless_redirects_end_by_the_deadline_too) {
  ScriptedCluster cluster(2);
  cluster[0].always("GET", "foo").answer_error(moved_to(cluster[1]));
  cluster[1].always("GET", "foo").answer_error(moved_to(cluster[0]));
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 100ms});
  const milliseconds took = time_of([&] { error_of(client.nothrow().get("foo")); });
  EXPECT_LT(took, 100ms + worst_overrun);
}

TEST(Redirects, a_node_that_redirects_to_itself_gets_a_fresh_connection) {
  ScriptedCluster cluster(2);
  ScriptedNode& proxy = cluster[1];
  proxy.expect("GET", "foo").answer_error(moved_to(proxy));
  proxy.expect("GET", "foo").answer_bulk("bar");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client.get("foo"), "bar");
  EXPECT_EQ(cluster.complaints(), "");
  const std::vector<ScriptedLogEntry> log = proxy.log();
  const auto is_get = [](const ScriptedLogEntry& entry) { return entry.words.front() == "GET"; };
  const auto first = std::find_if(log.begin(), log.end(), is_get);
  ASSERT_NE(first, log.end());
  EXPECT_NE(first->connection, std::find_if(first + 1, log.end(), is_get)->connection);
}

TEST(Redirects, a_node_that_redirects_to_itself_does_not_cut_off_other_callers) {
  ScriptedCluster cluster(2);
  ScriptedNode& proxy = cluster[1];
  const std::string counter = key_in_slot(slot_of_foo + 1);
  Gate gate;
  proxy.always("INCR", counter).after(gate).answer_integer(1);
  proxy.always("GET", "foo").answer_with([asked = 0, self = moved_to(proxy)](const CommandWords&) mutable {
    return asked++ == 0 ? RawReply::error(self) : RawReply::bulk("bar");
  });
  RedisCluster client({.startup_nodes = cluster.seeds()});
  Crowd other(1, [&](int) { EXPECT_EQ(client.nothrow().incr(counter).value_or(-1), 1); });
  ASSERT_TRUE(proxy.wait_for_command({"INCR"}, 2s));
  EXPECT_EQ(client.get("foo"), "bar");
  gate.open();
}

TEST(Redirects, moved_into_a_black_hole_fails_by_the_deadline_and_disturbs_nobody_else) {
  ScriptedCluster cluster(2);
  ScriptedNode hole;
  hole.hold_new(true);
  echo_gets(cluster[0]);
  cluster[1].expect("INCR", "foo").answer_error(moved_to(hole));
  RedisCluster client({.startup_nodes = cluster.seeds(), .socket_connect_timeout = 150ms, .command_timeout = 500ms});
  std::atomic<bool> stopping{false};
  milliseconds slowest{0};
  Crowd neighbour(1, [&](int) {
    while (!stopping) slowest = std::max(slowest, time_of([&] { EXPECT_EQ(client.get("bar"), "bar"); }));
  });
  Error error;
  const milliseconds took = time_of([&] { error = error_of(client.nothrow().incr("foo")); });
  stopping = true;
  neighbour.join();
  EXPECT_LT(took, 500ms + worst_overrun);
  EXPECT_EQ(error.execution, Execution::not_executed) << to_string(error);
  EXPECT_EQ(error.node, hole.address());
  EXPECT_LT(slowest, soon) << "a healthy slot waited for the black hole";
}

TEST(Redirects, ask_is_followed_once_with_asking_in_front_and_not_learnt) {
  ScriptedCluster cluster(2);
  ScriptedNode &importing = cluster[0], &migrating = cluster[1];
  migrating.expect("GET", "foo").answer_error(ask_at(importing));
  importing.expect("ASKING").answer_status("OK");
  importing.expect("GET", "foo").answer_bulk("moved already");
  migrating.expect("GET", "foo").answer_bulk("still here");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client.get("foo"), "moved already");
  EXPECT_EQ(client.get("foo"), "still here");
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Redirects, asking_and_its_command_stay_together_when_many_callers_share_a_connection) {
  constexpr int callers = 8;
  constexpr int calls = 100;
  ScriptedCluster cluster(2);
  ScriptedNode &importing = cluster[0], &migrating = cluster[1];
  migrating.always(starts_with({"GET", "foo"})).answer_error(ask_at(importing));
  importing.always("ASKING").answer_status("OK");
  echo_gets(importing);
  RedisCluster client({.startup_nodes = cluster.seeds(), .lanes_per_node = 1});
  std::atomic<int> wrong{0};
  Crowd(callers, [&](int caller) {
    for (int i = 0; i < calls; ++i) {
      const std::string key = caller % 2 == 0 ? "foo" : "bar";  // asked for, and at home here
      if (client.nothrow().get(key).value_or("an error") != key) ++wrong;
    }
  }).join();
  EXPECT_EQ(wrong, 0);
  std::map<int, bool> asked;  // by connection: the last command was ASKING
  int lonely = 0;
  for (const ScriptedLogEntry& entry : importing.log()) {
    if (entry.was_polite) continue;
    const bool is_asking = entry.words.front() == "ASKING";
    const bool needs_asking = !is_asking && entry.words.at(1) == "foo";
    if (asked[entry.connection] != needs_asking) ++lonely;
    asked[entry.connection] = is_asking;
  }
  EXPECT_EQ(lonely, 0) << "an ASKING without its command, or the other way round";
  EXPECT_EQ(importing.received("ASKING"), callers / 2 * calls);
}

TEST(Redirects, asking_is_sent_again_when_its_connection_was_reset) {
  ScriptedCluster cluster(2);
  ScriptedNode &importing = cluster[0], &migrating = cluster[1];
  migrating.expect("GET", "foo").answer_error(ask_at(importing)).times(2);
  importing.expect("ASKING").close_with_reset();
  importing.expect("ASKING").answer_status("OK");
  importing.expect("GET", "foo").answer_bulk("bar");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client.get("foo"), "bar");
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Redirects, an_increment_behind_asking_is_in_doubt_when_the_connection_is_reset) {
  ScriptedCluster cluster(2);
  ScriptedNode &importing = cluster[0], &migrating = cluster[1];
  migrating.expect("INCR", "foo").answer_error(ask_at(importing));
  importing.expect("ASKING").answer_status("OK");
  importing.expect("INCR", "foo").close_with_reset();
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(error_of(client.nothrow().incr("foo")).execution, Execution::maybe_executed);
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Redirects, a_refused_asking_still_gives_the_reply_of_the_command) {
  ScriptedCluster cluster(2);
  ScriptedNode &importing = cluster[0], &migrating = cluster[1];
  migrating.expect("GET", "foo").answer_error(ask_at(importing));
  importing.expect("ASKING").answer_error("LOADING Redis is loading the dataset in memory");
  importing.expect("GET", "foo").answer_error("LOADING Redis is loading the dataset in memory");
  migrating.expect("GET", "foo").answer_bulk("bar");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client.get("foo"), "bar");
  EXPECT_EQ(cluster.complaints(), "");
}

// A user without +asking: the importing node knows him, and sends what was not asked for back to where it came from.
struct ForbiddenAsking {
  ScriptedCluster cluster{2};
  ScriptedNode &importing = cluster[0], &migrating = cluster[1];
  RedisCluster client;

  ForbiddenAsking() : client({.startup_nodes = cluster.seeds()}) {
    migrating.always(starts_with({"INCR", "foo"})).answer_error(ask_at(importing));
    importing.always("ASKING").answer_error("NOPERM this user has no permissions to run the 'asking' command");
    importing.always(starts_with({"INCR", "foo"})).answer_error(moved_to(migrating));
    echo_gets(cluster);
  }
  void expect_told(const Error& error) {
    EXPECT_EQ(error.code, Errc::no_permission) << to_string(error);
    EXPECT_TRUE(contains(error.message, "+asking")) << error.message;
    EXPECT_EQ(error.execution, Execution::not_executed);
    EXPECT_EQ(error.node, importing.address());
    EXPECT_EQ(error.attempts, 2);
    EXPECT_EQ(importing.received("ASKING"), 1) << "it will be refused again";
  }
};

TEST(Redirects, asking_that_the_acl_forbids_is_the_error) {
  ForbiddenAsking play;
  play.expect_told(error_of(play.client.nothrow().incr("foo")));
}

TEST(Redirects, asking_that_the_acl_forbids_fails_its_own_command_of_a_pipeline) {
  ForbiddenAsking play;
  auto pipe = play.client.pipeline();
  const auto near = pipe.get("bar");
  const auto moved = pipe.incr("foo");
  const auto stayed = pipe.get("foo");
  pipe.execute({.raise_on_error = false});
  EXPECT_EQ(near.value(), "bar");
  EXPECT_EQ(stayed.value(), "foo");
  play.expect_told(moved.result().error());
}

TEST(Redirects, an_ask_target_that_is_down_leads_back_to_the_map) {
  ScriptedCluster cluster(2);
  ScriptedNode down;
  down.refuse_new(true);
  cluster[1].expect("INCR", "foo").answer_error(ask_at(down));
  cluster[1].expect("INCR", "foo").answer_integer(7);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client.incr("foo"), 7);
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Redirects, an_ask_target_that_stays_down_ends_in_an_error_by_the_deadline) {
  ScriptedCluster cluster(2);
  ScriptedNode down;
  down.refuse_new(true);
  cluster[1].always("INCR", "foo").answer_error(ask_at(down));
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 300ms});
  Error error;
  EXPECT_LT(time_of([&] { error = error_of(client.nothrow().incr("foo")); }), 300ms + worst_overrun);
  const bool was_sent_late = error.code == Errc::timed_out;  // to the node that redirects, just before the deadline
  EXPECT_TRUE(was_sent_late || error.execution == Execution::not_executed) << to_string(error);
}

TEST(Redirects, malformed_ones_are_errors_that_quote_them) {
  for (const char* redirect : {"MOVED", "MOVED 12182", "MOVED 12182 ", "MOVED 99999 127.0.0.1:7000",
                               "MOVED -1 127.0.0.1:7000", "MOVED 12182 127.0.0.1", "MOVED 12182 127.0.0.1:0",
                               "MOVED 12182 127.0.0.1:65536", "MOVED x y:z", "ASK 12182", "ASK 12182 [::1:7000"}) {
    SCOPED_TRACE(redirect);
    ScriptedCluster cluster(1);
    cluster[0].always("INCR", "foo").answer_error(redirect);
    RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 2s});
    const Error error = error_of(client.nothrow().incr("foo"));
    EXPECT_EQ(error.code, Errc::protocol_error) << to_string(error);
    EXPECT_EQ(error.execution, Execution::not_executed);
    EXPECT_TRUE(contains(error.message, redirect)) << error.message;
    EXPECT_EQ(cluster[0].received("INCR"), 1);
  }
}

}  // namespace
