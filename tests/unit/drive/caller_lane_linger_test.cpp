/// Waiting for a reply in several goes, and for a peer only while it is alive.
#include <gtest/gtest.h>

#include "unit/drive/lane_play.hpp"

namespace rediscluster::drive {
namespace {

EchoPeer::React echo_after(std::chrono::milliseconds delay) {
  return [delay](int, int, const std::string& line) { return EchoReaction{bulk(line), false, delay}; };
}

TEST(CallerLaneLinger, keeps_a_ticket_in_line_until_its_reply_has_come) {
  EchoPeer peer(echo_after(100ms));
  CallerLane lane(dial_to(peer));
  LaneTicket ticket;
  lane.start("a\n", ticket, in(5s), Clock::now());
  EXPECT_FALSE(lane.linger(ticket, in(10ms)));
  EXPECT_FALSE(lane.linger(ticket, Deadline::at(base::TimePoint::min())));
  EXPECT_TRUE(lane.linger(ticket, in(5s)));
  EXPECT_EQ(ticket.state(), State::done);
  EXPECT_EQ(ticket.reply().bytes(), bulk("a"));
  lane.finish(ticket, in(5s));
  EXPECT_EQ(peer.accepted(), 1);
}

TEST(CallerLaneLinger, lets_others_use_the_lane_meanwhile_and_read_for_it) {
  EchoPeer peer(echo_after(50ms));
  CallerLane lane(dial_to(peer));
  LaneTicket patient;
  lane.start("a\n", patient, in(5s), Clock::now());
  EXPECT_FALSE(lane.linger(patient, in(1ms)));
  LaneTicket other;
  lane.call("b\n", other, in(5s), Clock::now());
  EXPECT_EQ(other.reply().bytes(), bulk("b"));
  EXPECT_TRUE(lane.linger(patient, Deadline::at(base::TimePoint::min())));
  EXPECT_EQ(patient.reply().bytes(), bulk("a"));
}

TEST(CallerLaneLinger, is_over_when_the_connection_is) {
  EchoPeer peer(echo_after(500ms));
  CallerLane lane(dial_to(peer));
  LaneTicket ticket;
  lane.start("a\n", ticket, in(5s), Clock::now());
  EXPECT_FALSE(lane.linger(ticket, in(1ms)));
  lane.break_off({Errc::connection_lost, "by the test", {}, 0, {}});
  EXPECT_TRUE(lane.linger(ticket, in(5s)));
  EXPECT_EQ(ticket.state(), State::lost);
}

TEST(CallerLaneLinger, makes_no_lane_silent_whose_tickets_may_take_long) {
  EchoPeer peer(echo_after(200ms));
  CallerLane lane(dial_to(peer));
  LaneTicket patient;
  patient.may_take_long(true);
  lane.start("a\n", patient, in(5s), Clock::now());
  EXPECT_FALSE(lane.linger(patient, in(20ms)));
  EXPECT_FALSE(lane.is_silent(10ms, Clock::now()));
  LaneTicket other;
  lane.start("b\n", other, in(5s), Clock::now());
  EXPECT_TRUE(lane.is_silent(10ms, Clock::now()));
  lane.finish(other, in(5s));
  lane.finish(patient, in(5s));
}

TEST(CallerLaneAlive, waits_on_for_a_peer_that_says_something_and_gives_up_one_that_does_not) {
  EchoPeer peer([](int, int, const std::string& line) { return EchoReaction{line == "silence" ? "" : bulk(line), false, line == "slow" ? 100ms : 0ms}; });
  CallerLane lane(dial_to(peer));
  const base::TimePoint begin = Clock::now();
  LaneTicket before, slow, silent;
  lane.start("x\n", before, in(5s), begin);
  lane.start("slow\n", slow, in(5s), begin);
  EXPECT_FALSE(lane.linger(slow, in(30ms)));
  lane.finish_if_alive(slow, begin, in(5s));
  EXPECT_EQ(slow.state(), State::done) << "the reply in front of it has come";
  lane.finish(before, in(5s));
  const base::TimePoint now = Clock::now();
  EXPECT_FALSE(lane.call("silence\n", silent, in(30ms), now, CallerLane::AtDeadline::stays));
  lane.finish_if_alive(silent, now, in(5s));
  EXPECT_EQ(silent.state(), State::abandoned);
  EXPECT_LT(Clock::now() - now, 4s);
}

TEST(CallerLaneAlive, does_not_take_a_connection_for_an_answer) {
  EchoPeer peer([](int, int, const std::string&) { return EchoReaction{}; });
  CallerLane lane(dial_to(peer));
  LaneTicket ticket;
  const base::TimePoint now = Clock::now();
  EXPECT_FALSE(lane.call("a\n", ticket, in(30ms), now, CallerLane::AtDeadline::stays));
  lane.finish_if_alive(ticket, now, in(5s));
  EXPECT_EQ(ticket.state(), State::abandoned);
}

}  // namespace
}  // namespace rediscluster::drive
