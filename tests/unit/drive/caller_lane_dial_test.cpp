/// What becomes of a lane while its connection is made: by something that throws, or that takes long.
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>

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

TEST(CallerLane, who_waits_for_somebody_elses_dial_may_give_up) {
  EchoPeer peer;
  std::promise<void> may_connect;
  std::promise<void> has_begun;
  CallerLane lane([&, address = peer.address()](Deadline deadline, Opening&) {
    has_begun.set_value();
    may_connect.get_future().wait();
    return net::Socket::connect(address, {}, deadline);
  });
  LaneTicket first;
  std::thread dials([&] { lane.call("a\n", first, in(20s), Clock::now()); });
  has_begun.get_future().wait();
  std::atomic<bool> is_given_up{false};
  const Wishes wishes{nullptr, &is_given_up};
  LaneTicket second;
  second.wish(wishes);
  std::thread waits([&] { lane.start("b\n", second, in(20s), Clock::now()); });
  std::this_thread::sleep_for(30ms);
  const auto since = Clock::now();
  is_given_up = true;
  waits.join();
  EXPECT_LT(Clock::now() - since, 2s) << "the other one is still connecting";
  EXPECT_EQ(second.state(), State::lost);
  EXPECT_EQ(second.failure().execution, Execution::not_executed);
  may_connect.set_value();
  dials.join();
  EXPECT_EQ(first.state(), State::done);
}

}  // namespace
}  // namespace rediscluster::drive
