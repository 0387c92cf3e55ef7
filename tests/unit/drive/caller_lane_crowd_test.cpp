/// Many threads on one lane, with delays, cuts, breaks and closes: nobody gets another one's reply, everybody ends
/// once, and what is said not to have run has not run. Meant for the thread sanitizer, too.
#include <gtest/gtest.h>

#include "unit/drive/lane_play.hpp"

namespace rediscluster::drive {
namespace {

using Reaction = EchoPeer::Reaction;

/// Counts over all callers.
struct Tally {
  std::atomic<int> done{0};
  std::atomic<int> abandoned{0};
  std::atomic<int> lost{0};
  std::atomic<int> mispaired{0};
  std::atomic<int> unended{0};
  std::atomic<int> ran_though_not_sent{0};
  std::atomic<int> broken_protocol{0};
  std::atomic<int> without_reason{0};
};

void count(Tally& tally, const LaneTicket& ticket, const std::string& text, const EchoPeer& peer) {
  switch (ticket.state()) {
    case State::done:
      ++tally.done;
      if (ticket.reply().bytes() != bulk(text)) ++tally.mispaired;
      return;
    case State::abandoned:
      ++tally.abandoned;
      break;
    case State::lost:
      ++tally.lost;
      if (ticket.failure().code == Errc::protocol_error) ++tally.broken_protocol;
      if (ticket.failure().message.empty()) ++tally.without_reason;
      break;
    default:
      ++tally.unended;
      return;
  }
  if (!ticket.was_sent() && peer.has_run(text)) ++tally.ran_though_not_sent;
}

/// `threads` callers, `calls` each; `meanwhile` runs in the test's thread until they are done.
void crowd(CallerLane& lane, const EchoPeer& peer, Tally& tally, int threads, int calls, base::Duration patience,
           const std::function<void()>& meanwhile = {}) {
  std::atomic<int> running{threads};
  std::vector<std::thread> callers;
  for (int t = 0; t < threads; ++t) {
    callers.emplace_back([&, t] {
      for (int i = 0; i < calls; ++i) {
        // Some replies are larger than what a ticket holds, some larger than a receive block.
        const std::size_t pad = i % 97 == 0 ? 20'000 : (i % 7 == 0 ? 300 : 0);
        const std::string text = std::to_string(t) + "." + std::to_string(i) + std::string(pad, 'p');
        const std::string line = text + "\n";
        LaneTicket ticket;
        const Deadline deadline = in(patience);
        if (i % 3 == 0) {
          lane.start(line, ticket, deadline, Clock::now());
          lane.finish(ticket, deadline);
        } else {
          lane.call(line, ticket, deadline, Clock::now());
        }
        count(tally, ticket, text, peer);
      }
      --running;
    });
  }
  while (meanwhile && running > 0) meanwhile();
  for (std::thread& each : callers) each.join();
  EXPECT_EQ(tally.mispaired, 0);
  EXPECT_EQ(tally.unended, 0);
  EXPECT_EQ(tally.ran_though_not_sent, 0);
  EXPECT_EQ(tally.broken_protocol, 0);
  EXPECT_EQ(tally.without_reason, 0);
  EXPECT_EQ(tally.done + tally.abandoned + tally.lost, threads * calls);
}

void expect_well_afterwards(CallerLane& lane) {
  for (int i = 0; i < 50; ++i) {
    LaneTicket ticket;
    lane.call("afterwards\n", ticket, in(20s), Clock::now());
    if (ticket.state() == State::done && ticket.reply().bytes() == bulk("afterwards")) return;
  }
  ADD_FAILURE() << "the lane does not work any more";
}

TEST(CallerLaneCrowd, gives_32_threads_their_own_replies) {
  EchoPeer peer;
  CallerLane lane(dial_to(peer));
  Tally tally;
  crowd(lane, peer, tally, 32, 2000, 60s);
  EXPECT_EQ(tally.done, 32 * 2000);
  EXPECT_EQ(peer.accepted(), 1);
}

TEST(CallerLaneCrowd, gives_3_threads_their_own_replies) {
  EchoPeer peer;
  CallerLane lane(dial_to(peer));
  Tally tally;
  crowd(lane, peer, tally, 3, 2'000, 60s);
  EXPECT_EQ(tally.done, 6'000);
}

TEST(CallerLaneCrowd, mispairs_nothing_when_replies_come_late) {
  EchoPeer peer([](int, int number, const std::string& line) {
    return Reaction{bulk(line), false, number % 50 == 0 ? 4ms : 0ms};
  });
  CallerLane lane(dial_to(peer));
  Tally tally;
  crowd(lane, peer, tally, 16, 500, 2ms);
  EXPECT_GT(tally.abandoned, 0) << "the test tests too little";
  EXPECT_GT(tally.done, 0) << "the test tests too little";
  expect_well_afterwards(lane);
}

TEST(CallerLaneCrowd, ends_everybody_once_when_the_peer_closes_in_mid_stream) {
  EchoPeer peer([](int, int number, const std::string& line) {
    return number % 97 == 0 ? Reaction{"$5\r\nha", true} : Reaction{bulk(line)};
  });
  CallerLane lane(dial_to(peer));
  Tally tally;
  crowd(lane, peer, tally, 16, 500, 20s);
  EXPECT_GT(tally.lost, 0);
  EXPECT_GT(peer.accepted(), 10);
  expect_well_afterwards(lane);
}

TEST(CallerLaneCrowd, names_a_reason_to_everybody_when_the_peer_closes_at_once) {
  EchoPeer peer([](int, int number, const std::string& line) {
    return number == 2 ? Reaction{"", true} : Reaction{bulk(line)};
  });
  CallerLane lane(dial_to(peer));
  Tally tally;
  crowd(lane, peer, tally, 8, 300, 20s);
  EXPECT_GT(tally.lost, 0);
}

TEST(CallerLaneCrowd, ends_everybody_once_while_it_is_broken_off_again_and_again) {
  EchoPeer peer;
  CallerLane lane(dial_to(peer));
  Tally tally;
  crowd(lane, peer, tally, 16, 1000, 20s, [&] {
    lane.break_off({Errc::connection_lost, "broken off", {}, 0, Execution::maybe_executed});
    (void)lane.health();
    ::poll(nullptr, 0, 1);
  });
  EXPECT_GT(tally.lost, 0);
  expect_well_afterwards(lane);
}

TEST(CallerLaneCrowd, ends_everybody_once_when_it_is_closed_under_them) {
  for (int round = 0; round < 20; ++round) {
    EchoPeer peer;
    CallerLane lane(dial_to(peer));
    Tally tally;
    crowd(lane, peer, tally, 16, 50, 20s, [&] {
      if (tally.done > round * 20) lane.close();
    });
  }
}

TEST(CallerLaneCrowd, mispairs_nothing_when_timeouts_meet_cuts) {
  EchoPeer peer([](int, int number, const std::string& line) {
    return Reaction{bulk(line), number % 211 == 0, number % 40 == 0 ? 3ms : 0ms};
  });
  CallerLane lane(dial_to(peer));
  Tally tally;
  crowd(lane, peer, tally, 16, 400, 2ms);
  EXPECT_GT(tally.done, 0) << "the test tests too little";
  expect_well_afterwards(lane);
}

}  // namespace
}  // namespace rediscluster::drive
