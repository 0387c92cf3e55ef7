/// The one clock of the library and deadlines on it. Pure rooms take time as an argument; only net, drive, cluster and
/// api may ask `Clock::now()`. The clock is monotonic: setting the wall clock moves no deadline.
#pragma once

#include "base/world.hpp"

#include <algorithm>
#include <chrono>

namespace rediscluster::base {

/// The system's monotonic clock, or that of the world the thread lives in (World).
struct Clock {
  using duration = std::chrono::steady_clock::duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::steady_clock::time_point;
  static constexpr bool is_steady = true;
  static time_point now() noexcept {
    World* const world = StandIn<World>::here();
    return world == nullptr ? std::chrono::steady_clock::now() : world->now();
  }
};
using TimePoint = Clock::time_point;
using Duration = Clock::duration;

/// A span that somebody else chose, within 30 years both ways, so that no sum of it with a clock's time overflows.
constexpr Duration bounded(std::chrono::milliseconds span) {
  constexpr std::chrono::milliseconds longest{1'000'000'000'000};
  return std::clamp(span, -longest, longest);
}

/// Up, so that nothing that is left becomes nothing.
constexpr std::chrono::milliseconds whole_milliseconds(Duration span) { return std::chrono::ceil<std::chrono::milliseconds>(span); }

/// A point in time after which nobody waits any more. A plain value.
class Deadline {
 public:
  static constexpr Deadline never() { return Deadline(TimePoint::max()); }
  static constexpr Deadline at(TimePoint when) { return Deadline(when); }
  /// `now + span`, or never when that is beyond what the clock can count.
  static constexpr Deadline after(TimePoint now, Duration span) {
    return span > TimePoint::max() - now ? never() : Deadline(now + span);
  }

  constexpr TimePoint when() const { return when_; }
  constexpr bool is_never() const { return when_ == TimePoint::max(); }
  constexpr bool passed(TimePoint now) const { return now >= when_; }
  /// Time left, not below zero; Duration::max() for never.
  constexpr Duration left(TimePoint now) const {
    if (is_never()) return Duration::max();
    return passed(now) ? Duration::zero() : when_ - now;
  }
  /// The earlier of the two.
  friend constexpr Deadline earlier(Deadline a, Deadline b) { return a.when_ <= b.when_ ? a : b; }
  friend constexpr auto operator<=>(const Deadline&, const Deadline&) = default;

 private:
  explicit constexpr Deadline(TimePoint when) : when_(when) {}
  TimePoint when_;
};

}  // namespace rediscluster::base
