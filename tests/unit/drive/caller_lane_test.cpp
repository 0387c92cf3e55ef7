/// One lane and its callers against a peer that answers, delays, closes and falls silent.
#include "drive/caller_lane.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <rediscluster/testing/wait_until.hpp>

#include "unit/drive/lane_play.hpp"

namespace rediscluster::drive {
namespace {

using Reaction = EchoPeer::Reaction;

using rediscluster::testing::wait_until;

/// What became of one call.
struct Outcome {
  State state = State::idle;
  std::string reply;
  bool was_sent = false;
  Error failure;
};

Outcome call(CallerLane& lane, const std::string& text, Deadline deadline = in(20s), base::Duration clock_ahead = {}) {
  LaneTicket ticket;
  lane.call(text + "\n", ticket, deadline, Clock::now() + clock_ahead);
  return {ticket.state(), ticket.state() == State::done ? std::string(ticket.reply().bytes()) : "", ticket.was_sent(),
          ticket.failure()};
}

// --- The ordinary way ---

TEST(CallerLane, connects_with_the_first_call_and_stays_connected) {
  EchoPeer peer;
  CallerLane lane(dial_to(peer));
  EXPECT_EQ(peer.accepted(), 0);
  for (int i = 0; i < 1000; ++i) {
    const std::string text = "hello" + std::to_string(i);
    ASSERT_EQ(call(lane, text).reply, bulk(text));
  }
  EXPECT_EQ(peer.accepted(), 1);
}

TEST(CallerLane, carries_commands_and_replies_of_many_megabytes) {
  EchoPeer peer;
  CallerLane lane(dial_to(peer));
  for (const std::size_t size : {100'000u, 5'000'000u, 20'000'000u}) {
    const std::string text(size, 'x');
    ASSERT_TRUE(call(lane, text).reply == bulk(text)) << size;
  }
}

TEST(CallerLane, finishes_what_was_started_in_any_order) {
  EchoPeer peer;
  CallerLane lane(dial_to(peer));
  LaneTicket a, b, c;
  const auto now = Clock::now();
  lane.start("a\n", a, in(10s), now);
  lane.start("b\n", b, in(10s), now);
  lane.start("c\n", c, in(10s), now);
  lane.finish(c, in(10s));
  lane.finish(a, in(10s));
  lane.finish(b, in(10s));
  EXPECT_EQ(a.reply().bytes(), bulk("a"));
  EXPECT_EQ(b.reply().bytes(), bulk("b"));
  EXPECT_EQ(c.reply().bytes(), bulk("c"));
}

TEST(CallerLane, carries_a_batch) {
  EchoPeer peer;
  CallerLane lane(dial_to(peer));
  std::vector<wire::Frame> replies(3);
  LaneTicket batch(replies);
  lane.start("1\n2\n3\n", batch, in(10s), Clock::now());
  lane.finish(batch, in(10s));
  ASSERT_EQ(batch.state(), State::done);
  EXPECT_EQ(replies[2].bytes(), bulk("3"));
}

// --- Deadlines ---

TEST(CallerLane, gives_up_at_the_deadline_neither_before_nor_long_after) {
  EchoPeer mute([](int, int, const std::string&) { return Reaction{}; });
  CallerLane lane(dial_to(mute));
  base::Duration best = 10s;
  for (int i = 0; i < 5; ++i) {  // the machine may be busy: the best try must be exact
    const auto before = Clock::now();
    const Outcome outcome = call(lane, "x", Deadline::after(before, 30ms));
    const base::Duration took = Clock::now() - before;
    ASSERT_EQ(outcome.state, State::abandoned);
    ASSERT_TRUE(outcome.was_sent);
    ASSERT_GE(took, 30ms);
    best = std::min(best, took);
  }
  EXPECT_LE(best, 50ms);
}

TEST(CallerLane, swallows_a_late_reply) {
  EchoPeer peer([](int, int, const std::string& line) {
    return Reaction{bulk(line), false, line == "late" ? 60ms : 0ms};
  });
  CallerLane lane(dial_to(peer));
  ASSERT_EQ(call(lane, "late", in(10ms)).state, State::abandoned);
  EXPECT_EQ(call(lane, "next").reply, bulk("next"));
  EXPECT_EQ(peer.accepted(), 1) << "the connection is kept";
}

TEST(CallerLane, lets_a_short_caller_leave_while_another_one_connects_slowly) {
  EchoPeer peer;
  std::promise<void> dialling, may_connect;
  CallerLane lane([&](Deadline deadline, Opening&) {
    dialling.set_value();
    may_connect.get_future().wait();
    return net::Socket::connect(peer.address(), {}, deadline);
  });
  auto patient = std::async(std::launch::async, [&] { return call(lane, "patient"); });
  dialling.get_future().wait();
  const Outcome hasty = call(lane, "hasty", in(20ms));
  may_connect.set_value();
  EXPECT_EQ(hasty.state, State::lost);
  EXPECT_EQ(hasty.failure.code, Errc::timed_out);
  EXPECT_EQ(hasty.failure.execution, Execution::not_executed);
  EXPECT_FALSE(hasty.was_sent);
  EXPECT_EQ(patient.get().reply, bulk("patient"));
  EXPECT_FALSE(peer.has_run("hasty"));
}

// A command half sent by a caller that gave up has to be sent to its end by somebody, or the lane is stuck behind it.
void expect_large_command_to_be_sent_on(bool somebody_waits_already) {
  EchoPeer peer([](int, int, const std::string& line) { return Reaction{bulk(line.substr(0, 10))}; });
  CallerLane lane(dial_to(peer));
  ASSERT_EQ(call(lane, "first").state, State::done);
  peer.hold(true);
  std::future<Outcome> before;
  if (somebody_waits_already) {
    before = std::async(std::launch::async, [&] { return call(lane, "before"); });
    ASSERT_TRUE(wait_until([&] { return lane.health().in_flight == 1; }, 10s));
  }
  const std::size_t in_line = lane.health().in_flight;
  // Built before its time begins, and larger than all buffers between the two (4 MB to send, 6 MB to receive by default).
  const std::string large_line = std::string(16'000'000, 'L') + "\n";
  auto large = std::async(std::launch::async, [&] {
    LaneTicket ticket;
    lane.call(large_line, ticket, in(1s), Clock::now());
    return ticket.state();
  });
  ASSERT_TRUE(wait_until([&] { return lane.health().in_flight > in_line; }, 10s, 1ms));
  auto behind = std::async(std::launch::async, [&] { return call(lane, "behind", in(8s)); });
  EXPECT_EQ(large.get(), State::abandoned);
  peer.hold(false);
  EXPECT_EQ(behind.get().reply, bulk("behind"));
  if (somebody_waits_already) {
    EXPECT_EQ(before.get().reply, bulk("before"));
  }
}

TEST(CallerLane, goes_on_sending_for_a_sleeper_what_a_caller_left_behind_at_its_deadline) {
  expect_large_command_to_be_sent_on(true);
}

TEST(CallerLane, goes_on_sending_for_a_reader_what_a_caller_left_behind_at_its_deadline) {
  expect_large_command_to_be_sent_on(false);
}

// start() cannot send while a lone caller holds both roles; who has started something may be away for long.
TEST(CallerLane, sends_before_a_lone_caller_leaves_what_was_started_meanwhile) {
  EchoPeer peer([](int, int, const std::string& line) { return Reaction{bulk(line), false, line == "slow" ? 50ms : 0ms}; });
  CallerLane lane(dial_to(peer));
  for (int round = 0; round < 5; ++round) {
    const std::string started = "started " + std::to_string(round);
    ASSERT_EQ(call(lane, "first").state, State::done);  // so that the connection is known to be well
    auto alone = std::async(std::launch::async, [&] { return call(lane, "slow"); });
    ASSERT_TRUE(wait_until([&] { return lane.health().in_flight == 1; }, 10s, 1ms));
    LaneTicket ticket;
    lane.start(started + "\n", ticket, in(20s), Clock::now());
    EXPECT_EQ(alone.get().reply, bulk("slow"));
    EXPECT_TRUE(wait_until([&] { return peer.has_run(started); }, 10s, 1ms)) << "nobody has called finish() yet";
    lane.finish(ticket, in(20s));
    EXPECT_EQ(ticket.reply().bytes(), bulk(started));
  }
  EXPECT_EQ(peer.accepted(), 1);
}

TEST(CallerLane, is_silent_when_nothing_has_come_but_not_when_nobody_has_read_what_has) {
  EchoPeer peer([](int, int, const std::string& line) { return Reaction{bulk(line), false, line == "late" ? 1000ms : 0ms}; });
  CallerLane lane(dial_to(peer));
  for (const char* line : {"late", "prompt"}) {
    LaneTicket ticket;
    lane.start(std::string(line) + "\n", ticket, in(20s), Clock::now());
    ASSERT_TRUE(wait_until([&] { return peer.has_run(line); }, 10s, 1ms));
    std::this_thread::sleep_for(20ms);
    if (std::string(line) == "late") {
      EXPECT_TRUE(lane.is_silent(10ms, Clock::now()));
    } else {
      EXPECT_TRUE(wait_until([&] { return !lane.is_silent(10ms, Clock::now()); }, 10s, 1ms));
    }
    lane.finish(ticket, in(20s));
    EXPECT_EQ(ticket.reply().bytes(), bulk(line));
    EXPECT_FALSE(lane.is_silent(0ms, Clock::now())) << "nobody waits";
  }
}

TEST(CallerLane, keeps_the_deadline_of_a_lone_caller_to_whom_nobody_answers) {
  EchoPeer peer([](int, int, const std::string& line) { return Reaction{bulk(line), false, line == "never" ? 300ms : 0ms}; });
  CallerLane lane(dial_to(peer));
  ASSERT_EQ(call(lane, "first").state, State::done);
  const auto before = Clock::now();
  const Outcome outcome = call(lane, "never", in(40ms));
  EXPECT_EQ(outcome.state, State::abandoned);
  EXPECT_TRUE(outcome.was_sent);
  EXPECT_GE(Clock::now() - before, 40ms);
  EXPECT_EQ(call(lane, "next").reply, bulk("next"));
}

// --- A connection that goes away ---

TEST(CallerLane, connects_again_before_sending_when_the_peer_has_closed_meanwhile) {
  EchoPeer peer;
  CallerLane lane(dial_to(peer));
  ASSERT_EQ(call(lane, "one").state, State::done);
  peer.close_all();
  EXPECT_EQ(call(lane, "two", in(20s), 10ms).reply, bulk("two"));
  EXPECT_EQ(peer.accepted(), 2);
}

TEST(CallerLane, connects_again_before_sending_when_the_peer_has_closed_after_a_timeout) {
  EchoPeer peer([](int, int, const std::string& line) { return Reaction{line == "mute" ? "" : bulk(line)}; });
  CallerLane lane(dial_to(peer));
  ASSERT_EQ(call(lane, "mute", in(5ms)).state, State::abandoned);
  peer.close_all();
  EXPECT_EQ(call(lane, "two", in(20s), 10ms).reply, bulk("two"));
}

TEST(CallerLane, gives_nobody_a_reply_that_came_while_nobody_waited) {
  EchoPeer peer;
  CallerLane lane(dial_to(peer));
  ASSERT_EQ(call(lane, "one").state, State::done);
  peer.say("+unasked\r\n");
  EXPECT_EQ(call(lane, "two", in(20s), 10ms).reply, bulk("two"));
}

TEST(CallerLane, drops_a_push_that_came_while_nobody_waited) {
  EchoPeer peer;
  CallerLane lane(dial_to(peer));
  ASSERT_EQ(call(lane, "one").state, State::done);
  peer.say(">1\r\n+MOVING\r\n");
  EXPECT_EQ(call(lane, "two", in(20s), 10ms).reply, bulk("two"));
  EXPECT_EQ(peer.accepted(), 1);
}

TEST(CallerLane, says_that_a_command_may_have_run_when_the_peer_closes_instead_of_answering) {
  EchoPeer peer([](int, int, const std::string&) { return Reaction{"", true}; });
  CallerLane lane(dial_to(peer));
  const Outcome outcome = call(lane, "x");
  EXPECT_EQ(outcome.state, State::lost);
  EXPECT_TRUE(outcome.was_sent);
  EXPECT_EQ(outcome.failure.code, Errc::connection_lost);
}

TEST(CallerLane, breaks_off_when_the_peer_speaks_another_language) {
  EchoPeer peer([](int connection, int, const std::string& line) {
    return Reaction{connection == 1 ? "HTTP/1.1 400\r\n" : bulk(line)};
  });
  CallerLane lane(dial_to(peer));
  const Outcome outcome = call(lane, "x");
  EXPECT_EQ(outcome.state, State::lost);
  EXPECT_EQ(outcome.failure.code, Errc::protocol_error);
  EXPECT_EQ(call(lane, "y").reply, bulk("y"));
}

TEST(CallerLane, breaks_off_when_the_peer_answers_twice) {
  EchoPeer peer([](int connection, int, const std::string& line) {
    return Reaction{connection == 1 ? bulk(line) + bulk("again") : bulk(line)};
  });
  CallerLane lane(dial_to(peer));
  for (int i = 0; i < 20; ++i) {
    const Outcome outcome = call(lane, std::to_string(i));
    if (outcome.state == State::done) {
      ASSERT_EQ(outcome.reply, bulk(std::to_string(i)));
    }
  }
  EXPECT_EQ(peer.accepted(), 2);
}

TEST(CallerLane, shares_a_failure_to_connect_among_those_who_waited_for_it) {
  std::atomic<int> dials{0};
  std::atomic<int> ready{0};
  CallerLane lane([&](Deadline, Opening&) -> Result<net::Socket> {
    ++dials;
    wait_until([&] { return ready == 8; }, 10s, 1ms);
    return fail(Errc::connect_failed, "refused");
  });
  std::vector<std::future<Outcome>> calls;
  for (int i = 0; i < 8; ++i) {
    calls.push_back(std::async(std::launch::async, [&] {
      ++ready;
      return call(lane, "x");
    }));
  }
  for (auto& each : calls) {
    const Outcome outcome = each.get();
    EXPECT_EQ(outcome.state, State::lost);
    EXPECT_EQ(outcome.failure.code, Errc::connect_failed);
    EXPECT_EQ(outcome.failure.execution, Execution::not_executed);
  }
  EXPECT_LE(dials, 8);
}

TEST(CallerLane, tries_to_connect_anew_for_a_caller_that_comes_later) {
  EchoPeer peer;
  int dials = 0;
  CallerLane lane([&](Deadline deadline, Opening&) -> Result<net::Socket> {
    if (++dials == 1) return fail(Errc::connect_failed, "refused");
    return net::Socket::connect(peer.address(), {}, deadline);
  });
  EXPECT_EQ(call(lane, "x").failure.code, Errc::connect_failed);
  EXPECT_EQ(call(lane, "y").reply, bulk("y"));
}

// --- Breaking off and closing ---

TEST(CallerLane, loses_everybody_with_the_reason_when_it_is_broken_off_and_connects_again) {
  EchoPeer peer(
      [](int connection, int, const std::string& line) { return Reaction{connection == 1 ? "" : bulk(line)}; });
  CallerLane lane(dial_to(peer));
  auto waiting = std::async(std::launch::async, [&] { return call(lane, "x"); });
  ASSERT_TRUE(wait_until([&] { return peer.has_run("x"); }, 10s, 1ms));
  lane.break_off({Errc::connection_lost, "silent", {}, 0, Execution::maybe_executed});
  const Outcome outcome = waiting.get();
  EXPECT_EQ(outcome.state, State::lost);
  EXPECT_TRUE(outcome.was_sent);
  EXPECT_EQ(outcome.failure.message, "silent");
  EXPECT_EQ(call(lane, "y").reply, bulk("y"));
}

TEST(CallerLane, ends_everybody_when_it_is_closed_and_never_connects_again) {
  EchoPeer peer([](int, int, const std::string&) { return Reaction{}; });
  CallerLane lane(dial_to(peer));
  auto waiting = std::async(std::launch::async, [&] { return call(lane, "x"); });
  ASSERT_TRUE(wait_until([&] { return peer.has_run("x"); }, 10s, 1ms));
  lane.close();
  EXPECT_EQ(waiting.get().failure.code, Errc::client_closed);
  const Outcome after = call(lane, "y");
  EXPECT_EQ(after.failure.code, Errc::client_closed);
  EXPECT_FALSE(after.was_sent);
  EXPECT_EQ(peer.accepted(), 1);
  lane.close();
}

TEST(CallerLane, ends_the_caller_that_connects_when_it_is_closed_meanwhile) {
  EchoPeer peer;
  std::promise<void> dialling, may_connect;
  CallerLane lane([&](Deadline deadline, Opening&) {
    dialling.set_value();
    may_connect.get_future().wait();
    return net::Socket::connect(peer.address(), {}, deadline);
  });
  auto waiting = std::async(std::launch::async, [&] { return call(lane, "x"); });
  dialling.get_future().wait();
  lane.close();
  may_connect.set_value();
  EXPECT_EQ(waiting.get().failure.code, Errc::client_closed);
  EXPECT_FALSE(peer.has_run("x"));
}

// --- What others see ---

TEST(CallerLane, tells_how_long_somebody_has_waited) {
  EchoPeer peer([](int, int, const std::string&) { return Reaction{}; });
  CallerLane lane(dial_to(peer));
  EXPECT_FALSE(lane.health().open);
  const auto before = Clock::now();
  auto waiting = std::async(std::launch::async, [&] { return call(lane, "x", in(200ms)); });
  ASSERT_TRUE(wait_until([&] { return peer.has_run("x"); }, 10s, 1ms));
  const CallerLane::Health health = lane.health();
  EXPECT_TRUE(health.open);
  EXPECT_EQ(health.in_flight, 1u);
  EXPECT_GE(health.last_progress, before);
  waiting.get();
}

// Otherwise one timeout would make the node look silent for as long as the lane is idle.
TEST(CallerLane, does_not_count_commands_that_nobody_waits_for) {
  EchoPeer mute([](int, int, const std::string&) { return Reaction{}; });
  CallerLane lane(dial_to(mute));
  ASSERT_EQ(call(lane, "x", in(300ms)).state, State::abandoned);  // enough to connect on a busy machine
  EXPECT_EQ(lane.health().in_flight, 0u);
}

}  // namespace
}  // namespace rediscluster::drive
