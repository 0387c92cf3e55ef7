/// Sleeping and being woken: no signal is lost, none is counted twice, deadlines hold.
#include "base/parking_spot.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

#include "support/deadline.hpp"

namespace rediscluster::base {
namespace {

using namespace std::chrono_literals;

using test_support::in;

TEST(ParkingSpot, starts_without_signals) { EXPECT_EQ(ParkingSpot().signals(), 0u); }

TEST(ParkingSpot, does_not_sleep_when_the_signal_came_before) {
  ParkingSpot spot;
  spot.signal();
  const TimePoint before = Clock::now();
  EXPECT_EQ(spot.park(0, in(30s)), 1u);
  EXPECT_LT(Clock::now() - before, 10s);
}

TEST(ParkingSpot, counts_signals_that_nobody_waited_for) {
  ParkingSpot spot;
  for (int i = 0; i < 1000; ++i) spot.signal();
  EXPECT_EQ(spot.park(0, Deadline::never()), 1000u);
  EXPECT_EQ(spot.signals(), 1000u);
}

TEST(ParkingSpot, sleeps_until_the_deadline_and_not_longer) {
  ParkingSpot spot;
  const TimePoint before = Clock::now();
  EXPECT_EQ(spot.park(0, in(20ms)), 0u);
  const Duration slept = Clock::now() - before;
  EXPECT_GE(slept, 20ms);
  EXPECT_LT(slept, 2s);
}

TEST(ParkingSpot, returns_at_once_when_the_deadline_has_passed) {
  ParkingSpot spot;
  EXPECT_EQ(spot.park(0, Deadline::at(Clock::now() - 1s)), 0u);
}

TEST(ParkingSpot, counts_a_signal_after_a_park_that_timed_out) {
  ParkingSpot spot;
  ASSERT_EQ(spot.park(0, in(1ms)), 0u);
  spot.signal();
  EXPECT_EQ(spot.park(0, Deadline::never()), 1u);
}

TEST(ParkingSpot, wakes_a_sleeper_that_has_no_deadline) {
  ParkingSpot spot;
  std::thread waker([&] { spot.signal(); });
  EXPECT_EQ(spot.park(0, Deadline::never()), 1u);
  waker.join();
}

TEST(ParkingSpot, hands_over_between_two_threads_a_hundred_thousand_times) {
  constexpr std::uint32_t rounds = 100'000;
  ParkingSpot mine;
  ParkingSpot theirs;
  std::uint32_t echoed = 0;  // no atomic: each signal must publish what was written before it
  std::thread partner([&] {
    for (std::uint32_t i = 0; i < rounds; ++i) {
      theirs.park(i, Deadline::never());
      ++echoed;
      mine.signal();
    }
  });
  std::uint32_t mismatches = 0;
  for (std::uint32_t i = 0; i < rounds; ++i) {
    theirs.signal();
    mine.park(i, Deadline::never());
    if (echoed != i + 1) ++mismatches;
  }
  partner.join();
  EXPECT_EQ(mismatches, 0u);
}

TEST(ParkingSpot, loses_no_signal_of_many_threads) {
  constexpr std::uint32_t each = 20'000;
  constexpr std::uint32_t threads = 4;
  ParkingSpot spot;
  std::vector<std::thread> wakers;
  for (std::uint32_t i = 0; i < threads; ++i) {
    wakers.emplace_back([&] {
      for (std::uint32_t k = 0; k < each; ++k) spot.signal();
    });
  }
  std::uint32_t seen = 0;
  while (seen != threads * each) {
    const std::uint32_t now = spot.park(seen, in(30s));
    ASSERT_GT(now, seen) << "a signal was lost";
    seen = now;
  }
  for (std::thread& waker : wakers) waker.join();
}

TEST(ParkingSpot, may_die_as_soon_as_its_owner_has_seen_the_last_signal) {
  for (int i = 0; i < 20'000; ++i) {
    auto spot = std::make_unique<ParkingSpot>();
    std::thread waker;
    if (i % 100 == 0) {
      waker = std::thread([raw = spot.get()] { raw->signal(); });
    } else {
      spot->signal();
    }
    while (spot->park(0, Deadline::never()) != 1) {
    }
    spot.reset();
    if (waker.joinable()) waker.join();
  }
  SUCCEED() << "the sanitizers judge";
}

}  // namespace
}  // namespace rediscluster::base
