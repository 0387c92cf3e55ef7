/// Commands that go out with the first words on a fresh connection.
#include <gtest/gtest.h>

#include "unit/drive/lane_play.hpp"

namespace rediscluster::drive {
namespace {

/// Says "hello" on each connection, with the rider behind it, and fails where the answer is an error.
CallerLane::Dial greet(const EchoPeer& peer) {
  return [address = peer.address()](Deadline deadline, Opening& opening) -> Result<net::Socket> {
    Result<net::Socket> socket = net::Socket::connect(address, {}, deadline);
    if (!socket) return socket;
    std::vector<wire::Frame> replies(1);
    if (Result<void> said = exchange(*socket, opening, "hello\n", replies, deadline); !said) return fail(std::move(said.error()));
    if (replies[0].is_error()) return fail(Errc::no_auth, std::string(replies[0].bytes()));
    return socket;
  };
}

/// A call that may ride.
struct RidingCall {
  RidingCall(CallerLane& lane, const std::string& command) {
    ticket.may_ride(true);
    lane.call(command, ticket, in(20s), Clock::now());
  }
  LaneTicket ticket;
};

TEST(CallerLane, a_command_that_may_ride_comes_before_the_first_answer) {
  EchoPeer peer([](int, int number, const std::string& line) {
    if (number == 1) return EchoReaction{};  // no word before the second line has come
    return EchoReaction{bulk("hello") + bulk(line)};
  });
  CallerLane lane(greet(peer));
  const RidingCall call(lane, "a\n");
  ASSERT_EQ(call.ticket.state(), State::done);
  EXPECT_EQ(call.ticket.reply().bytes(), bulk("a"));
  EXPECT_EQ(call.ticket.connection(), lane.connection());
  EXPECT_FALSE(call.ticket.rode_in_vain());
}

TEST(CallerLane, the_commands_behind_a_rider_get_their_own_replies) {
  // The rider's answer comes after that of the handshake, or with it.
  for (const auto delay : {0ms, 20ms}) {
    EchoPeer peer([=](int, int number, const std::string& line) { return EchoReaction{bulk(line), false, number == 2 ? delay : 0ms}; });
    CallerLane lane(greet(peer));
    for (const char* command : {"a\n", "b\n", "c\n"}) {
      const RidingCall call(lane, command);
      ASSERT_EQ(call.ticket.state(), State::done);
      EXPECT_EQ(call.ticket.reply().bytes(), bulk(std::string(command, 1)));
    }
    EXPECT_EQ(peer.lines_run(), 4u);
    EXPECT_EQ(peer.accepted(), 1);
  }
}

TEST(CallerLane, a_command_that_may_not_ride_waits_for_the_handshake) {
  EchoPeer peer([](int, int number, const std::string& line) {
    return number == 1 ? EchoReaction{"-no\r\n"} : EchoReaction{bulk(line)};
  });
  CallerLane lane(greet(peer));
  LaneTicket ticket;
  lane.call("a\n", ticket, in(20s), Clock::now());
  ASSERT_EQ(ticket.state(), State::lost);
  EXPECT_EQ(ticket.failure().code, Errc::no_auth);
  EXPECT_FALSE(ticket.rode_in_vain());
  EXPECT_FALSE(peer.has_run("a"));
}

TEST(CallerLane, a_large_command_does_not_ride) {
  EchoPeer peer([](int, int number, const std::string& line) {
    return number == 1 ? EchoReaction{"-no\r\n"} : EchoReaction{bulk(line)};
  });
  CallerLane lane(greet(peer));
  const RidingCall call(lane, std::string(9000, 'a') + "\n");
  ASSERT_EQ(call.ticket.state(), State::lost);
  EXPECT_FALSE(call.ticket.rode_in_vain());
  EXPECT_EQ(peer.lines_run(), 1u);
}

TEST(CallerLane, that_connects_can_be_looked_at) {
  EchoPeer peer([](int, int, const std::string& line) { return EchoReaction{bulk(line), false, 100ms}; });
  CallerLane lane(greet(peer));
  std::atomic<bool> is_over{false};
  std::thread caller([&] {
    const RidingCall call(lane, "a\n");
    EXPECT_EQ(call.ticket.state(), State::done);
    is_over = true;
  });
  while (!is_over) {
    EXPECT_LE(lane.health().in_flight, 1u);
    EXPECT_EQ(lane.counts().replies_discarded, 0u);
    LaneTicket hurried;
    lane.call("b\n", hurried, in(1ms), Clock::now());
  }
  caller.join();
}

TEST(CallerLane, a_rider_is_lost_with_the_handshake_and_says_whether_it_may_have_run) {
  struct Case {
    const char* what;
    std::string answers;  // to both lines
    bool may_have_run;
  };
  const Case cases[] = {{"answered", "-no\r\n" + bulk("a"), true}, {"refused, too", "-no\r\n-no\r\n", false}, {"not answered yet", "-no\r\n", true}};
  for (const Case& each : cases) {
    SCOPED_TRACE(each.what);
    EchoPeer peer([&](int connection, int number, const std::string& line) {
      if (connection > 1) return EchoReaction{bulk(line)};
      return number == 1 ? EchoReaction{} : EchoReaction{each.answers};
    });
    CallerLane lane(greet(peer));
    const RidingCall call(lane, "a\n");
    ASSERT_EQ(call.ticket.state(), State::lost);
    EXPECT_EQ(call.ticket.failure().code, Errc::no_auth);
    EXPECT_EQ(call.ticket.rode_in_vain(), each.may_have_run);
    const RidingCall next(lane, "b\n");  // nothing is left of the first connection
    ASSERT_EQ(next.ticket.state(), State::done);
    EXPECT_EQ(next.ticket.reply().bytes(), bulk("b"));
  }
}

TEST(CallerLane, what_may_be_done_meanwhile_is_done_once_before_the_answer) {
  std::atomic<int> times{0};
  EchoPeer peer([&](int, int, const std::string& line) {
    for (int i = 0; i < 10'000 && times == 0; ++i) ::poll(nullptr, 0, 1);
    return EchoReaction{bulk(line)};
  });
  const std::function<void()> work = [&] { ++times; };
  CallerLane lane(greet(peer));
  for (const char* command : {"a\n", "b\n"}) {
    LaneTicket ticket;
    const Wishes wishes{.meanwhile = &work};
    ticket.wish(wishes);
    lane.call(command, ticket, in(20s), Clock::now());
    ASSERT_EQ(ticket.state(), State::done);
  }
  EXPECT_EQ(times, 1);
}

}  // namespace
}  // namespace rediscluster::drive
