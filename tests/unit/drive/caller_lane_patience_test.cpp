/// Waiting without giving up: the ticket stays in line when the time is over, and its reply is still to be had.
#include <gtest/gtest.h>

#include <thread>

#include "unit/drive/lane_play.hpp"

namespace rediscluster::drive {
namespace {

TEST(CallerLanePatience, leaves_the_ticket_in_line_when_the_time_is_over) {
  EchoPeer peer([](int, int, const std::string& line) { return EchoPeer::Reaction{bulk(line), false, line == "slow" ? 150ms : 0ms}; });
  CallerLane lane(dial_to(peer));
  LaneTicket ticket;
  lane.start("slow\n", ticket, in(5s), Clock::now());
  EXPECT_FALSE(lane.wait_for(ticket, in(20ms)));
  EXPECT_EQ(ticket.state(), State::waiting);
  EXPECT_TRUE(lane.wait_for(ticket, in(5s)));
  EXPECT_EQ(ticket.state(), State::done);
  EXPECT_EQ(ticket.reply().bytes(), bulk("slow"));
  EXPECT_TRUE(lane.wait_for(ticket, in(5s))) << "it is over still";
}

TEST(CallerLanePatience, hands_the_reading_on_to_those_who_wait) {
  EchoPeer peer([](int, int, const std::string& line) { return EchoPeer::Reaction{bulk(line), false, line == "slow" ? 150ms : 0ms}; });
  CallerLane lane(dial_to(peer));
  LaneTicket impatient;
  lane.start("slow\n", impatient, in(5s), Clock::now());
  LaneTicket patient;
  std::thread other([&] { lane.call("quick\n", patient, in(5s), Clock::now()); });
  EXPECT_FALSE(lane.wait_for(impatient, in(30ms)));
  other.join();
  EXPECT_EQ(patient.reply().bytes(), bulk("quick"));
  lane.finish(impatient, in(5s));
  EXPECT_EQ(impatient.reply().bytes(), bulk("slow"));
}

}  // namespace
}  // namespace rediscluster::drive
