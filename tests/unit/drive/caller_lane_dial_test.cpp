/// What becomes of a lane when its connection is made by something that throws.
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

#include "unit/drive/lane_play.hpp"

namespace rediscluster::drive {
namespace {

TEST(CallerLane, a_dial_that_throws_is_an_error_and_the_next_call_dials_again) {
  EchoPeer peer;
  std::atomic<int> dials{0};
  CallerLane lane([&, address = peer.address()](Deadline deadline, Opening&) {
    switch (++dials) {
      case 1: throw std::runtime_error("no memory for it");
      case 2: throw 7;
      default: return net::Socket::connect(address, {}, deadline);
    }
  });
  for (const char* why : {"threw an exception: no memory for it", "no std::exception"}) {
    LaneTicket ticket;
    lane.call("a\n", ticket, in(20s), Clock::now());
    ASSERT_EQ(ticket.state(), State::lost);
    EXPECT_EQ(ticket.failure().code, Errc::connect_failed);
    EXPECT_NE(ticket.failure().message.find(why), std::string::npos) << ticket.failure().message;
    EXPECT_EQ(ticket.failure().execution, Execution::not_executed);
  }
  LaneTicket ticket;
  lane.call("a\n", ticket, in(20s), Clock::now());
  ASSERT_EQ(ticket.state(), State::done);
  EXPECT_EQ(ticket.reply().bytes(), bulk("a"));
}

}  // namespace
}  // namespace rediscluster::drive
