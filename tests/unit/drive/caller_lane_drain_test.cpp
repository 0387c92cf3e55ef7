/// A lane that gives its connection up for others, and callers who have no time to connect.
#include "drive/caller_lane.hpp"

#include <gtest/gtest.h>

#include <future>
#include <rediscluster/testing/wait_until.hpp>

#include "unit/drive/lane_play.hpp"

namespace rediscluster::drive {
namespace {

using rediscluster::testing::wait_until;

/// A peer that answers "held" only when it may, and a lane to it.
class LaneDrain : public ::testing::Test {
 protected:
  /// Empty: it ended with `failure`.
  struct Outcome {
    std::string reply;
    Error failure;
  };
  Outcome call(const std::string& text, Deadline deadline = in(20s)) {
    LaneTicket ticket;
    lane.call(text + "\n", ticket, deadline, Clock::now());
    return {ticket.state() == State::done ? std::string(ticket.reply().bytes()) : "", ticket.failure()};
  }
  /// A call that waits for its reply until `may_answer`.
  std::future<Outcome> held_call(Deadline deadline = in(20s)) {
    auto waiting = std::async(std::launch::async, [this, deadline] { return call("held", deadline); });
    EXPECT_TRUE(wait_until([&] { return peer.has_run("held"); }, 10s, 1ms));
    return waiting;
  }

  std::atomic<bool> may_answer{false};
  EchoPeer peer{[this](int, int, const std::string& line) {
    if (line == "held") wait_until([&] { return may_answer.load(); }, 10s, 1ms);
    return EchoReaction{bulk(line)};
  }};
  CallerLane lane{[this](Deadline deadline, Opening&) { return net::Socket::connect(peer.address(), {}, deadline); }};
};

TEST_F(LaneDrain, ends_an_idle_connection_at_once_and_connects_again_when_needed) {
  EXPECT_FALSE(lane.is_open());
  lane.drain();
  EXPECT_EQ(call("a").reply, bulk("a"));
  EXPECT_TRUE(lane.is_open());
  lane.drain();
  EXPECT_FALSE(lane.is_open());
  EXPECT_EQ(call("b").reply, bulk("b"));
  EXPECT_EQ(peer.accepted(), 2);
}

TEST_F(LaneDrain, gives_those_who_wait_their_replies_and_tells_later_ones_to_come_again) {
  auto waiting = held_call();
  lane.drain();
  EXPECT_FALSE(lane.is_open());
  auto late = std::async(std::launch::async, [this] { return call("late"); });
  EXPECT_EQ(late.wait_for(20ms), std::future_status::timeout) << "the connection is in use still";
  may_answer = true;
  EXPECT_EQ(waiting.get().reply, bulk("held"));
  const Outcome outcome = late.get();
  if (outcome.reply.empty()) {  // a very late one finds the lane closed, and connects
    EXPECT_EQ(outcome.failure.code, Errc::too_many_connections);
    EXPECT_EQ(outcome.failure.execution, Execution::not_executed);
  }
  EXPECT_EQ(call("x").reply, bulk("x"));
}

TEST_F(LaneDrain, ends_also_when_the_last_one_gives_up_instead_of_getting_a_reply) {
  auto waiting = held_call(in(100ms));
  lane.drain();
  const Outcome outcome = call("late", in(10s));
  // A very late one finds the lane closed, and connects.
  EXPECT_TRUE(outcome.reply == bulk("late") || outcome.failure.code == Errc::too_many_connections) << outcome.failure.message;
  EXPECT_EQ(waiting.get().reply, "");
  may_answer = true;
}

TEST_F(LaneDrain, a_caller_does_not_wait_for_the_end_beyond_its_own_time) {
  auto waiting = held_call();
  lane.drain();
  EXPECT_EQ(call("hasty", in(20ms)).failure.code, Errc::timed_out);
  may_answer = true;
  EXPECT_EQ(waiting.get().reply, bulk("held"));
}

TEST_F(LaneDrain, ends_an_unused_connection_and_says_whether_there_was_one) {
  EXPECT_FALSE(lane.end_if_unused());
  call("a");
  EXPECT_TRUE(lane.end_if_unused());
  EXPECT_FALSE(lane.end_if_unused());
  auto waiting = held_call();
  EXPECT_FALSE(lane.end_if_unused()) << "somebody waits";
  may_answer = true;
  EXPECT_EQ(waiting.get().reply, bulk("held"));
}

TEST(CallerLaneHurry, a_caller_without_time_to_connect_does_not_decide_for_those_who_have_some) {
  EchoPeer peer;
  std::atomic<int> dials{0};
  std::atomic<int> ready{0};
  CallerLane lane([&](Deadline deadline, Opening&) -> Result<net::Socket> {
    if (++dials > 1) return net::Socket::connect(peer.address(), {}, deadline);
    wait_until([&] { return ready == 8 && deadline.passed(Clock::now()); }, 10s, 1ms);
    return fail(Errc::timed_out, "no answer to the connection request in time");
  });
  const auto call = [&](base::Duration span) {
    LaneTicket ticket;
    lane.call("x\n", ticket, in(span), Clock::now());
    return ticket.state();
  };
  auto hasty = std::async(std::launch::async, [&] { return call(50ms); });
  ASSERT_TRUE(wait_until([&] { return dials == 1; }, 10s, 1ms));
  std::vector<std::future<State>> patient;
  for (int i = 0; i < 8; ++i) {
    patient.push_back(std::async(std::launch::async, [&] {
      ++ready;
      return call(20s);
    }));
  }
  EXPECT_EQ(hasty.get(), State::lost);
  for (auto& each : patient) EXPECT_EQ(each.get(), State::done);
  EXPECT_EQ(dials, 2) << "one of them connected for all";
}

}  // namespace
}  // namespace rediscluster::drive
