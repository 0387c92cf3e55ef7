/// One deadline a command, absolute, whatever it waits for; and attempts that are shorter.
#include <atomic>

#include "play.hpp"

namespace {

using namespace play;

/// The smallest of a few measurements: what the client does when the machine lets it.
milliseconds best_of(int tries, const std::function<milliseconds()>& measure) {
  milliseconds best = milliseconds::max();
  for (int i = 0; i < tries; ++i) best = std::min(best, measure());
  return best;
}

TEST(Timeouts, a_reply_that_never_comes_ends_at_the_deadline) {
  ScriptedCluster cluster(1);
  cluster[0].always("GET", "k").silence();
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 100ms});
  const milliseconds took = best_of(5, [&] {
    const milliseconds one = time_of([&] { EXPECT_EQ(error_of(client.nothrow().get("k")).code, Errc::timed_out); });
    EXPECT_GE(one, 99ms);
    EXPECT_LT(one, 100ms + worst_overrun);
    return one;
  });
  EXPECT_LE(took, 100ms + promised_overrun);
}

TEST(Timeouts, a_waiting_follower_ends_at_its_deadline_too) {
  ScriptedCluster cluster(1);
  cluster[0].always(starts_with({"GET"})).silence();
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 150ms, .lanes_per_node = 1});
  Crowd(8, [&](int) {
    EXPECT_LT(time_of([&] { EXPECT_EQ(error_of(client.nothrow().get("k")).code, Errc::timed_out); }),
              150ms + worst_overrun);
  }).join();
}

TEST(Timeouts, a_write_without_a_reply_is_in_doubt_and_not_sent_again) {
  ScriptedCluster cluster(1);
  cluster[0].always("INCR", "n").silence();
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 80ms});
  const Error error = error_of(client.nothrow().incr("n"));
  EXPECT_EQ(error.code, Errc::timed_out);
  EXPECT_EQ(error.execution, Execution::maybe_executed);
  EXPECT_TRUE(contains(error.message, "no reply")) << error.message;
  EXPECT_EQ(cluster[0].received("INCR"), 1);
}

TEST(Timeouts, a_timeout_throws_a_timeout_error) {
  ScriptedCluster cluster(1);
  cluster[0].always("INCR", "n").silence();
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 50ms});
  EXPECT_THROW(client.incr("n"), rediscluster::TimeoutError);
}

TEST(Timeouts, a_late_reply_is_dropped_and_the_connection_kept) {
  ScriptedCluster cluster(1);
  Gate gate;
  cluster[0].expect("GET", "slow").after(gate).answer_bulk("late");
  cluster[0].expect("GET", "next").answer_bulk("right");
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 80ms, .lanes_per_node = 1});
  EXPECT_EQ(error_of(client.nothrow().get("slow")).code, Errc::timed_out);
  const int connections = cluster[0].connections();
  gate.open();
  EXPECT_EQ(client.get("next"), "right");
  EXPECT_EQ(cluster[0].connections(), connections);
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Timeouts, the_deadline_is_absolute_when_a_reply_drips) {
  ScriptedCluster cluster(1);
  cluster[0].always("GET", "k").answer_drip("$100\r\n" + std::string(100, 'x') + "\r\n", 10ms);
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 150ms});
  const milliseconds took = time_of([&] { EXPECT_EQ(error_of(client.nothrow().get("k")).code, Errc::timed_out); });
  EXPECT_GE(took, 149ms);
  EXPECT_LT(took, 150ms + worst_overrun);
}

TEST(Timeouts, a_reply_that_drips_in_time_arrives) {
  ScriptedCluster cluster(1);
  cluster[0].expect("GET", "k").answer_drip("$5\r\nhello\r\n", 2ms);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client.get("k"), "hello");
}

TEST(Timeouts, the_deadline_covers_connecting_to_a_node_that_does_not_answer) {
  ScriptedCluster cluster(2);
  RedisCluster client(
      {.startup_nodes = {cluster[0].address()}, .socket_connect_timeout = 5s, .command_timeout = 120ms});
  cluster[1].hold_new(true);
  Error error;
  const milliseconds took = time_of([&] { error = error_of(client.nothrow().incr("foo")); });
  EXPECT_LT(took, 120ms + worst_overrun);
  EXPECT_EQ(error.code, Errc::timed_out) << to_string(error);
  EXPECT_EQ(error.execution, Execution::not_executed);
}

TEST(Timeouts, those_who_wait_for_somebody_elses_connecting_keep_their_deadline) {
  ScriptedCluster cluster(2);
  RedisCluster client({.startup_nodes = {cluster[0].address()},
                       .socket_connect_timeout = 5s,
                       .command_timeout = 150ms,
                       .lanes_per_node = 1});
  cluster[1].hold_new(true);
  Crowd(8, [&](int) {
    EXPECT_LT(time_of([&] { EXPECT_EQ(error_of(client.nothrow().incr("foo")).execution, Execution::not_executed); }),
              150ms + worst_overrun);
  }).join();
}

TEST(Timeouts, those_who_wait_for_the_first_topology_keep_their_deadline) {
  ScriptedNode hole;
  hole.hold_new(true);
  RedisCluster client({.startup_nodes = {hole.address()}, .init_slot_cache = false, .command_timeout = 200ms});
  Crowd(6, [&](int) {
    EXPECT_LT(time_of([&] { EXPECT_EQ(error_of(client.nothrow().incr("n")).execution, Execution::not_executed); }),
              200ms + worst_overrun);
  }).join();
}

TEST(Timeouts, one_attempt_is_bounded_by_the_socket_timeout_and_repeated) {
  ScriptedCluster cluster(1);
  Gate gate;
  cluster[0].expect("GET", "k").after(gate).answer_bulk("to the first question");
  cluster[0].always("GET", "k").answer_bulk("to a later question");
  RedisCluster client({.startup_nodes = cluster.seeds(), .socket_timeout = 80ms});
  Crowd opener(1, [&](int) {
    EXPECT_TRUE(cluster[0].wait_for_command({"GET", "k"}, 2s, 2)) << "the attempt was not repeated";
    gate.open();
  });
  EXPECT_EQ(client.get("k"), "to a later question");
}

TEST(Timeouts, a_connection_that_went_silent_is_given_up_for_the_next_attempt) {
  ScriptedCluster cluster(1);
  cluster[0].expect("GET", "k").silence();  // this connection will never say anything again, new ones will
  cluster[0].always("GET", "k").answer_bulk("v");
  RedisCluster client({.startup_nodes = cluster.seeds(), .socket_timeout = 80ms, .command_timeout = 1500ms});
  EXPECT_EQ(client.nothrow().get("k").value_or("nothing"), "v");
}

TEST(Timeouts, the_socket_timeout_bounds_each_part_of_a_split_command) {
  ScriptedCluster cluster(2);
  Gate gate;
  cluster[1].expect("MGET", "foo").after(gate).answer_array({"late"});
  cluster[1].always("MGET", "foo").answer_array({"right"});
  cluster[0].always("MGET", "bar").answer_array({"bar"});
  RedisCluster client({.startup_nodes = cluster.seeds(), .socket_timeout = 80ms, .command_timeout = 2s});
  Crowd opener(1, [&](int) {
    EXPECT_TRUE(cluster[1].wait_for_command({"MGET", "foo"}, 1500ms, 2)) << "the part was not repeated";
    gate.open();
  });
  const auto values = client.nothrow().mget({"foo", "bar"});
  ASSERT_TRUE(values.has_value()) << to_string(values.error());
  EXPECT_EQ(values->at(0), "right");
}

TEST(Timeouts, a_write_beyond_the_socket_timeout_is_in_doubt_at_once) {
  ScriptedCluster cluster(1);
  cluster[0].always("INCR", "n").silence();
  RedisCluster client({.startup_nodes = cluster.seeds(), .socket_timeout = 60ms});
  Error error;
  EXPECT_LT(time_of([&] { error = error_of(client.nothrow().incr("n")); }), 60ms + worst_overrun);
  EXPECT_EQ(error.code, Errc::timed_out);
  EXPECT_EQ(error.execution, Execution::maybe_executed);
}

TEST(Timeouts, a_blocking_command_gets_the_servers_time_on_top) {
  ScriptedCluster cluster(1);
  cluster[0].expect("BLPOP", "q", "0.3").after_delay(300ms).answer_nil();
  RedisCluster client({.startup_nodes = cluster.seeds(), .socket_timeout = 50ms, .command_timeout = 200ms});
  EXPECT_EQ(client.blpop("q", 300ms), std::nullopt);
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Timeouts, a_blocking_command_does_not_hold_up_others) {
  ScriptedCluster cluster(1);
  Gate gate;
  cluster[0].always(starts_with({"BLPOP"})).after(gate).answer_array({"q", "element"});
  echo_gets(cluster[0]);
  RedisCluster client({.startup_nodes = cluster.seeds(), .lanes_per_node = 1});
  Crowd blocked(3, [&](int) { EXPECT_EQ(client.blpop("q", 0ms)->second, "element"); });
  EXPECT_TRUE(cluster[0].wait_for_command({"BLPOP"}, 2s, 3));
  EXPECT_LT(time_of([&] { EXPECT_EQ(client.get("k"), "k"); }), soon);
  gate.open();
}

TEST(Timeouts, a_blocking_command_that_was_given_up_leaves_no_connection_behind) {
  ScriptedCluster cluster(1);
  cluster[0].expect("BLPOP", "q", "0.05").silence();
  cluster[0].expect("BLPOP", "q", "0.05").answer_array({"q", "element"});
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 80ms});
  const Error error = error_of(client.nothrow().blpop("q", 50ms));
  EXPECT_EQ(error.code, Errc::timed_out);
  EXPECT_EQ(error.execution, Execution::maybe_executed) << "an element may have been popped";
  EXPECT_EQ(client.blpop("q", 50ms)->second, "element");
  EXPECT_TRUE(wait_until([&] { return cluster[0].open_connections() == 2; }, 1s)) << cluster[0].open_connections();
}

TEST(Timeouts, a_node_that_takes_no_bytes_holds_a_large_write_no_longer_than_its_deadline) {
  ScriptedCluster cluster(1);
  echo_gets(cluster[0]);
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 200ms});
  EXPECT_EQ(client.get("warm"), "warm");
  cluster[0].pause();
  const auto large = rediscluster::cmd::set("k", std::string(16 << 20, 'x'));  // more than socket buffers hold
  Error error;
  EXPECT_LT(time_of([&] { error = error_of(client.nothrow().run(large)); }), 200ms + worst_overrun);
  EXPECT_EQ(error.code, Errc::timed_out) << to_string(error);
  cluster[0].resume();
}

}  // namespace
