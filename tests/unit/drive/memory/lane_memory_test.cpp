/// A lane and its callers when there is no memory for a reply; and how much memory a long command takes.
#include <gtest/gtest.h>

#include <new>

#include "support/heap.hpp"
#include "unit/drive/lane_play.hpp"

namespace rediscluster::drive {
namespace {

constexpr std::size_t much = 8 * 1024 * 1024;
constexpr std::size_t too_much = 1024 * 1024;

/// A lane to a peer that answers "big" with eight megabytes, and a long line with a few words.
class LaneMemory : public ::testing::Test {
 protected:
  EchoPeer peer{[](int, int, const std::string& line) { return EchoReaction{bulk(line.starts_with("big") ? std::string(much, 'b') : line.size() > too_much ? "a long one" : line)}; }};
  CallerLane lane{dial_to(peer)};

  void start(LaneTicket& ticket, std::string_view bytes) { lane.start(bytes, ticket, in(20s), Clock::now()); }
  void expect_well() {
    LaneTicket ticket;
    lane.call("well\n", ticket, in(20s), Clock::now());
    ASSERT_EQ(ticket.state(), State::done) << ticket.failure().message;
    EXPECT_EQ(ticket.reply().bytes(), bulk("well"));
    EXPECT_EQ(lane.health().in_flight, 0u);
  }
};

TEST_F(LaneMemory, a_lone_caller_without_memory_for_his_reply_throws_and_leaves_nothing_behind) {
  for (const bool as_text : {false, true}) {
    {
      std::string text;
      LaneTicket ticket;
      if (as_text) ticket.collect_long_text(&text);
      const heap::Shortage shortage(too_much);
      EXPECT_THROW(lane.call("big\n", ticket, in(20s), Clock::now()), std::bad_alloc);
    }
    expect_well();
  }
}

TEST_F(LaneMemory, who_lacks_memory_for_the_reply_of_somebody_else_loses_the_connection_and_throws_nothing) {
  LaneTicket others, own;
  start(others, "big\n");
  start(own, "own\n");
  {
    const heap::Shortage shortage(too_much);
    lane.finish(own, in(20s));
  }
  EXPECT_EQ(own.state(), State::lost);
  EXPECT_EQ(own.failure().code, Errc::connection_lost);
  lane.finish(others, in(20s));
  EXPECT_EQ(others.state(), State::lost);
  expect_well();
}

TEST_F(LaneMemory, a_late_reply_that_nobody_waits_for_costs_the_connection_and_not_the_next_call) {
  {
    LaneTicket hasty;
    lane.call("big\n", hasty, in(0s), Clock::now());
  }
  {
    LaneTicket hasty;
    start(hasty, "big\n");
  }
  const heap::Shortage shortage(too_much);
  LaneTicket next;
  lane.call("next\n", next, in(20s), Clock::now());
  EXPECT_TRUE(next.state() == State::done || next.failure().code == Errc::connection_lost);
  expect_well();
}

TEST_F(LaneMemory, a_long_command_is_sent_from_where_it_stands) {
  expect_well();
  const std::string command = std::string(much, 'c') + "\n";
  const heap::Shortage shortage(too_much);  // of this thread: the peer has its own
  LaneTicket started, called;
  start(started, command);
  lane.finish(started, in(20s));
  EXPECT_EQ(started.state(), State::done);
  lane.call(command, called, in(20s), Clock::now());
  EXPECT_EQ(called.state(), State::done);
}

}  // namespace
}  // namespace rediscluster::drive
