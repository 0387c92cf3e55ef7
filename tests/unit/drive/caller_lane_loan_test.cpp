/// Commands that are sent from where they stand, and callers who leave before all of it is sent; who sends for others, and how long.
#include <gtest/gtest.h>

#include <algorithm>
#include <rediscluster/testing/wait_until.hpp>

#include "unit/drive/lane_play.hpp"

namespace rediscluster::drive {
namespace {

using rediscluster::testing::wait_until;

std::string long_line(char letter, std::size_t size = more_than_a_kernel_takes) { return std::string(size, letter) + "\n"; }
std::string line_of(const std::string& command) { return command.substr(0, command.size() - 1); }

/// A peer that says "ok" to every line, and a lane to it.
class LaneLoan : public ::testing::Test {
 protected:
  void expect_well() {
    LaneTicket ticket;
    lane.call("well\n", ticket, in(20s), Clock::now());
    ASSERT_EQ(ticket.state(), State::done) << ticket.failure().message;
  }
  void hold_connected() {
    expect_well();
    peer.hold(true);
  }

  EchoPeer peer{[](int, int, const std::string&) { return EchoReaction{bulk("ok")}; }};
  CallerLane lane{dial_to(peer)};
};

TEST_F(LaneLoan, a_command_that_is_given_up_half_sent_goes_out_whole_though_its_bytes_are_gone) {
  hold_connected();
  {
    std::string command = long_line('a');
    LaneTicket ticket;
    lane.call(command, ticket, in(50ms), Clock::now());
    ASSERT_EQ(ticket.state(), State::abandoned);
    EXPECT_TRUE(ticket.was_sent());
    std::fill(command.begin(), command.end(), 'x');
  }
  peer.hold(false);
  expect_well();
  EXPECT_TRUE(peer.has_run(line_of(long_line('a'))));
  EXPECT_EQ(peer.accepted(), 1);
}

TEST_F(LaneLoan, a_command_of_which_nothing_was_sent_is_taken_back) {
  hold_connected();
  const std::string first = long_line('a');
  LaneTicket ticket;
  lane.start(first, ticket, in(20s), Clock::now());
  {
    const std::string second = long_line('b');
    LaneTicket behind;
    lane.call(second, behind, in(50ms), Clock::now());
    ASSERT_EQ(behind.state(), State::abandoned);
    EXPECT_FALSE(behind.was_sent());
  }
  peer.hold(false);
  lane.finish(ticket, in(20s));
  EXPECT_EQ(ticket.state(), State::done);
  expect_well();
  EXPECT_FALSE(peer.has_run(line_of(long_line('b'))));
}

TEST_F(LaneLoan, a_ticket_that_dies_without_finish_leaves_the_lane_in_order) {
  hold_connected();
  {
    std::string command = long_line('a');
    LaneTicket ticket;
    lane.start(command, ticket, in(50ms), Clock::now());
  }
  peer.hold(false);
  expect_well();
  EXPECT_TRUE(peer.has_run(line_of(long_line('a'))));
  EXPECT_EQ(peer.accepted(), 1);
}

TEST_F(LaneLoan, a_message_in_pieces_goes_out_in_their_order) {
  const std::string middle = long_line('m');
  link::SendQueue message;
  message.add("first\n");
  message.add(middle);
  message.add("last\n");
  std::vector<wire::Frame> replies(3);
  LaneTicket ticket(replies);
  lane.call(message, ticket, in(20s), Clock::now());
  ASSERT_EQ(ticket.state(), State::done);
  EXPECT_TRUE(peer.has_run("first"));
  EXPECT_TRUE(peer.has_run(line_of(middle)));
  EXPECT_TRUE(peer.has_run("last"));
}

TEST_F(LaneLoan, who_only_starts_a_command_does_not_wait_for_a_peer_that_takes_no_more) {
  hold_connected();
  const std::string command = long_line('a');
  LaneTicket ticket;
  const auto begin = Clock::now();
  lane.start(command, ticket, in(20s), Clock::now());
  EXPECT_LT(Clock::now() - begin, 5s);
  ASSERT_TRUE(ticket.waiting());
  peer.hold(false);
  lane.finish(ticket, in(20s));
  EXPECT_EQ(ticket.state(), State::done);
}

TEST_F(LaneLoan, nobody_sends_for_others_when_his_own_reply_is_in) {
  constexpr int threads = 8;
  constexpr int calls = 240;
  std::atomic<int> done{0};
  std::atomic<int> most_during_one{0};
  std::vector<std::thread> crowd;
  for (int i = 0; i < threads; ++i) {
    crowd.emplace_back([&, command = long_line(static_cast<char>('a' + i), 1024 * 1024)] {
      while (done < calls) {
        const int before = done;
        LaneTicket ticket;
        lane.call(command, ticket, in(60s), Clock::now());
        EXPECT_EQ(ticket.state(), State::done) << ticket.failure().message;
        const int during = ++done - before;
        int most = most_during_one;
        while (most < during && !most_during_one.compare_exchange_weak(most, during)) {
        }
      }
    });
  }
  for (std::thread& each : crowd) each.join();
  EXPECT_LT(most_during_one, calls / 2) << "one call lasted as long as others went on";
}

TEST_F(LaneLoan, nobody_sends_for_others_when_his_time_is_up) {
  hold_connected();
  const std::string command = long_line('a');
  LaneTicket waiting;
  lane.start(command, waiting, in(50ms), Clock::now());
  const auto begin = Clock::now();
  LaneTicket ticket;
  lane.call("short\n", ticket, in(100ms), Clock::now());
  EXPECT_LT(Clock::now() - begin, 5s);
  EXPECT_EQ(ticket.state(), State::abandoned);
  EXPECT_FALSE(ticket.was_sent());
  peer.hold(false);
  lane.finish(waiting, in(20s));
  EXPECT_EQ(waiting.state(), State::done);
}

TEST(CallerLane, takes_no_more_of_a_late_reply_than_a_kernel_keeps) {
  constexpr std::size_t size = 96 * 1024 * 1024;
  EchoPeer peer([](int, int, const std::string& line) { return EchoReaction{bulk(line == "big" ? std::string(size, 'b') : line)}; });
  CallerLane lane(dial_to(peer));
  std::string text;
  LaneTicket ticket;
  ticket.collect_long_text(&text);
  lane.start("big\n", ticket, in(20s), Clock::now());
  ASSERT_TRUE(wait_until([&] { return peer.has_run("big"); }, 10s, 1ms));
  ::poll(nullptr, 0, 100);  // let it fill what there is to fill
  lane.finish(ticket, Deadline::at(base::TimePoint::min()));
  EXPECT_EQ(ticket.state(), State::abandoned);
}

}  // namespace
}  // namespace rediscluster::drive
