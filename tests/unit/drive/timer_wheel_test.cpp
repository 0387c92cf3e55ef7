/// Deadlines of a reactor: none early, none lost, however far away, and whatever is set and cancelled meanwhile.
#include "drive/timer_wheel.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <map>
#include <vector>

#include "base/random.hpp"

namespace rediscluster::drive {
namespace {

using namespace std::chrono_literals;
using base::Deadline;
using base::TimePoint;

struct Alarm final : Timer {
  explicit Alarm(std::function<void()> what = [] {}) : on_fire(std::move(what)) {}
  void fired() noexcept override {
    ++count;
    on_fire();
  }
  std::function<void()> on_fire;
  int count = 0;
};

constexpr TimePoint start{10'000h};

TEST(TimerWheel, fires_when_the_time_has_come_and_not_before) {
  TimerWheel wheel(start);
  Alarm near, far, never;
  wheel.set(near, Deadline::at(start + 10ms));
  wheel.set(far, Deadline::at(start + 60s));
  wheel.set(never, Deadline::never());
  EXPECT_FALSE(never.is_set());
  for (TimePoint now = start; now < start + 10ms; now += 500us) wheel.expire(now, 100);
  EXPECT_EQ(near.count, 0);
  wheel.expire(start + 11ms, 100);
  EXPECT_EQ(near.count, 1);
  EXPECT_FALSE(near.is_set());
  wheel.expire(start + 59'999ms, 100);
  EXPECT_EQ(far.count, 0);
  wheel.expire(start + 60'001ms, 100);
  EXPECT_EQ(far.count, 1);
  EXPECT_FALSE(wheel.next().has_value());
}

TEST(TimerWheel, says_when_to_look_again) {
  TimerWheel wheel(start);
  EXPECT_FALSE(wheel.next().has_value());
  Alarm alarm;
  for (const auto span : {0ms, 1ms, 63ms, 64ms, 65ms, 4094ms}) {
    wheel.set(alarm, Deadline::at(start + span));
    ASSERT_TRUE(wheel.next().has_value());
    EXPECT_GT(*wheel.next(), start + span);
    EXPECT_LE(*wheel.next(), start + span + 2ms) << span.count();
  }
  wheel.set(alarm, Deadline::at(start + 1h));  // further away than the ring is long: looked at once a round
  EXPECT_LE(*wheel.next(), start + 4200ms);
}

TEST(TimerWheel, takes_a_time_that_is_over) {
  TimerWheel wheel(start);
  Alarm alarm;
  wheel.set(alarm, Deadline::at(start - 5s));
  wheel.expire(start + 2ms, 100);
  EXPECT_EQ(alarm.count, 1);
}

TEST(TimerWheel, fires_no_more_at_once_than_it_is_told) {
  TimerWheel wheel(start);
  std::deque<Alarm> alarms(1000);
  for (Alarm& each : alarms) wheel.set(each, Deadline::at(start + 5ms));
  int fired = 0;
  for (bool has_more = true; has_more;) {
    has_more = wheel.expire(start + 10ms, 64);
    int now_fired = 0;
    for (const Alarm& each : alarms) now_fired += each.count;
    EXPECT_LE(now_fired - fired, 64);
    fired = now_fired;
  }
  EXPECT_EQ(fired, 1000);
}

TEST(TimerWheel, lets_what_fires_set_and_cancel_others) {
  TimerWheel wheel(start);
  Alarm other;
  Alarm again;
  Alarm first([&] {
    other.cancel();
    wheel.set(again, Deadline::at(start + 20ms));
  });
  wheel.set(first, Deadline::at(start + 5ms));
  wheel.set(other, Deadline::at(start + 5ms));
  wheel.expire(start + 10ms, 100);
  EXPECT_EQ(other.count, 0);
  EXPECT_EQ(again.count, 0);
  wheel.expire(start + 30ms, 100);
  EXPECT_EQ(again.count, 1);
}

// As a completion does that closes the client on a loop of the user's.
TEST(TimerWheel, lets_what_fires_expire_others) {
  TimerWheel wheel(start);
  Alarm much_later, due_within, next;
  Alarm first([&] { wheel.expire(start + 21ms, 100); });
  wheel.set(much_later, Deadline::at(start + 10ms + TimerWheel::slots * TimerWheel::tick));  // in the same slot
  wheel.set(first, Deadline::at(start + 10ms));
  wheel.set(due_within, Deadline::at(start + 20ms));
  wheel.set(next, Deadline::at(start + 21ms));
  wheel.expire(start + 11ms, 100);
  EXPECT_EQ(first.count, 1);
  EXPECT_EQ(due_within.count, 1);
  wheel.expire(start + 22ms, 100);
  EXPECT_EQ(next.count, 1);
  ASSERT_TRUE(wheel.next().has_value());
  wheel.expire(start + 11ms + TimerWheel::slots * TimerWheel::tick, 100);
  EXPECT_EQ(much_later.count, 1);
}

struct FetchedAlarm final : Timer {
  void fired() noexcept override {}
  void fires_soon() const noexcept override { is_fetched = true; }
  mutable bool is_fetched = false;
};

TEST(TimerWheel, says_to_whom_comes_next_that_he_does_but_to_nobody_of_a_later_round) {
  TimerWheel wheel(start);
  Alarm first;
  FetchedAlarm second, later;
  wheel.set(first, Deadline::at(start + 10ms));
  wheel.set(second, Deadline::at(start + 10ms));
  wheel.set(later, Deadline::at(start + 10ms + TimerWheel::slots * TimerWheel::tick));
  wheel.expire(start + 11ms, 100);
  EXPECT_TRUE(second.is_fetched);
  EXPECT_FALSE(later.is_fetched);
}

TEST(TimerWheel, agrees_with_a_map_for_a_long_time) {
  base::Random random(7);
  TimerWheel wheel(start);
  TimePoint now = start;
  struct Entry {
    Alarm alarm;
    TimePoint due = TimePoint::max();
  };
  std::deque<Entry> entries(200);
  for (Entry& each : entries) each.alarm.on_fire = [&each, &now] {
    EXPECT_LE(each.due, now) << "too early";
    each.due = TimePoint::max();
  };
  for (int step = 0; step < 20'000; ++step) {
    Entry& entry = entries[random.below(entries.size())];
    if (random.below(3) == 0) {
      entry.alarm.cancel();
      entry.due = TimePoint::max();
    } else {
      entry.due = now + std::chrono::microseconds(random.below(random.below(4) == 0 ? 20'000'000 : 50'000));
      wheel.set(entry.alarm, Deadline::at(entry.due));
    }
    now += std::chrono::microseconds(random.below(random.below(50) == 0 ? 6'000'000 : 3'000));
    while (wheel.expire(now, 16)) {
    }
    for (const Entry& each : entries) ASSERT_TRUE(each.due == TimePoint::max() || each.due > now - 2ms) << "too late";
  }
}

}  // namespace
}  // namespace rediscluster::drive
