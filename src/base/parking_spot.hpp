/// Where one thread, or fiber, sleeps until others signal it. Counts its signals, so that a sleeper can tell how many have come and
/// leave only after the last one owed to it: whoever signals never touches a spot that is gone.
/// One thread parks; any number of threads signal. Linux futex; a signal to a thread that is awake costs no system call.
#pragma once

#include "base/fiber.hpp"
#include "base/time.hpp"

#include <atomic>
#include <cstdint>

namespace rediscluster::base {

class ParkingSpot {
 public:
  /// Signals so far.
  std::uint32_t signals() const { return word_.load(std::memory_order_acquire) >> count_shift; }
  /// Whether signal_end() came. What its sender wrote before is visible then.
  bool ended() const { return (word_.load(std::memory_order_acquire) & end_bit) != 0; }

  /// Sleeps until `signals() != seen` or the deadline. Returns signals().
  std::uint32_t park(std::uint32_t seen, Deadline deadline);

  /// Adds one signal and wakes the sleeper, if there is one.
  void signal() { add_signal(0); }
  /// The same, and says that what the sleeper waits for has come.
  void signal_end() { add_signal(end_bit); }

 private:
  static constexpr std::uint32_t sleeping_bit = 1;
  static constexpr std::uint32_t end_bit = 2;
  static constexpr std::uint32_t fiber_bit = 4;  // beside the sleeping bit: it is a fiber
  static constexpr int count_shift = 3;          // the count stands in the other bits
  void add_signal(std::uint32_t bit);
  std::uint32_t park_aside(Fiber& fiber, std::uint32_t seen, Deadline deadline);

  std::atomic<std::uint32_t> word_{0};
  std::atomic<Fiber*> fiber_{nullptr};  // there before fiber_bit is
};

}  // namespace rediscluster::base
