/// Deadlines of very many operations: set, cancelled and found over in constant time each. Knows no clock. One thread.
#pragma once

#include "base/ring.hpp"
#include "base/time.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

namespace rediscluster::drive {

/// Something that is to happen at a time. In one wheel at a time; cancelled when it dies.
class Timer : private base::RingLink {
 public:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  bool is_set() const { return is_in(); }
  /// It is set no more, and may be set again, or die. Must not throw.
  virtual void fired() noexcept = 0;
  /// Another one is being fired before it, and it may have what that will look at fetched.
  virtual void fires_soon() const noexcept {}
  /// Does nothing when it is not set.
  void cancel() {
    if (is_set()) leave();
  }

  // For the wheel.
  base::RingLink& link() { return *this; }
  static Timer& of(base::RingLink& link) { return static_cast<Timer&>(link); }
  base::TimePoint when{};

 protected:
  ~Timer() { cancel(); }
};

/// A ring of milliseconds. What is further away than it is long stands in it all the same, and is passed over until its round comes.
class TimerWheel {
 public:
  static constexpr std::size_t slots = 4096;
  static constexpr base::Duration tick = std::chrono::milliseconds(1);

  explicit TimerWheel(base::TimePoint now);
  ~TimerWheel();
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  /// Never: it stays unset. Fires up to a tick late, never early.
  void set(Timer& timer, base::Deadline when) {
    timer.cancel();
    if (when.is_never()) return;
    timer.when = when.when();
    // One tick later than it is due is due for sure; and never in a slot that was passed already.
    const std::uint64_t due = std::max(timer.when.time_since_epoch().count() < 0 ? 0 : tick_of(timer.when) + 1, current_ + 1);
    const std::size_t slot = due % slots;
    timer.link().stand_before(rings_[slot]);
    used_[slot / 64] |= std::uint64_t{1} << slot % 64;
  }
  /// Fires those whose time has come, `most` at once.
  /// @return  whether some are left for the next call.
  bool expire(base::TimePoint now, std::size_t most);
  /// When expire() may have something to do; empty: never, as none is set.
  std::optional<base::TimePoint> next();

 private:
  static std::uint64_t tick_of(base::TimePoint when) { return static_cast<std::uint64_t>(when.time_since_epoch() / tick); }
  bool expire_slot(std::size_t slot, base::TimePoint now, std::size_t& most);

  std::array<base::Ring, slots> rings_;
  std::array<std::uint64_t, slots / 64> used_{};  // a bit for each slot that may hold some: they may have been cancelled
  std::uint64_t current_;                         // tick that was expired last
};

}  // namespace rediscluster::drive
