/// What a peer says before it closes in the middle of a command: the reason, behind the replies to what it took.
#include <gtest/gtest.h>

#include "unit/drive/lane_play.hpp"

namespace rediscluster::drive {
namespace {

/// Answers the line "slow" after a while in which it reads nothing, says why it takes no more, and closes.
EchoReaction refuse_more(int, int, const std::string& line) {
  if (line != "slow") return {bulk("ok")};
  return {bulk("ok") + "-ERR too long\r\n", true, 300ms};
}

void expect_both_are_answered(const LaneTicket& slow, const LaneTicket& big) {
  ASSERT_EQ(slow.state(), State::done) << slow.failure().message;
  EXPECT_EQ(slow.reply().bytes(), bulk("ok"));
  ASSERT_EQ(big.state(), State::done) << big.failure().message;
  EXPECT_EQ(big.reply().bytes(), "-ERR too long\r\n");
}

class LastWords : public ::testing::Test {
 protected:
  EchoPeer peer{refuse_more};
  CallerLane lane{dial_to(peer)};
  const std::string long_line = std::string(more_than_a_kernel_takes, 'x') + "\n";
};

TEST_F(LastWords, are_heard_by_who_sends) {
  LaneTicket slow;
  lane.start("slow\n", slow, in(20s), Clock::now());
  LaneTicket big;
  lane.call(long_line, big, in(20s), Clock::now());
  lane.finish(slow, in(20s));
  expect_both_are_answered(slow, big);
}

TEST_F(LastWords, are_heard_by_another_one_who_reads) {
  LaneTicket slow;
  lane.start("slow\n", slow, in(20s), Clock::now());
  std::thread reader([&] { lane.finish(slow, in(20s)); });
  LaneTicket big;
  lane.start(long_line, big, in(20s), Clock::now());
  lane.finish(big, in(20s));
  reader.join();
  expect_both_are_answered(slow, big);
}

}  // namespace
}  // namespace rediscluster::drive
