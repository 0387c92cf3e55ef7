#include "base/parking_spot.hpp"

#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ctime>

namespace rediscluster::base {
namespace {

// Where threads are many and cores few, the signal has often come by the time a thread runs again, and then neither side
// pays for a futex call. More would cost dearly beside other programs: each yield may give them a whole time slice.
constexpr int yields_before_sleep = 2;

// FUTEX_WAIT_BITSET takes an absolute CLOCK_MONOTONIC time, which is what steady_clock counts on Linux.
void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected, Deadline deadline) {
  timespec when{};
  if (!deadline.is_never()) {
    const auto since_boot = std::chrono::duration_cast<std::chrono::nanoseconds>(deadline.when().time_since_epoch());
    when.tv_sec = static_cast<time_t>(since_boot.count() / 1'000'000'000);
    when.tv_nsec = static_cast<long>(since_boot.count() % 1'000'000'000);
  }
  ::syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), FUTEX_WAIT_BITSET_PRIVATE, expected,
            deadline.is_never() ? nullptr : &when, nullptr, FUTEX_BITSET_MATCH_ANY);
}

// A fiber is woken before its signal is counted, as it may be gone when that is done: woken too early, it looks again.
constexpr std::chrono::milliseconds look_interval{1};

void futex_wake_one(std::atomic<std::uint32_t>& word) {
  ::syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

}  // namespace

std::uint32_t ParkingSpot::park(std::uint32_t seen, Deadline deadline) {
  if (Fiber* const fiber = Fiber::current()) [[unlikely]]
    return park_aside(*fiber, seen, deadline);
  for (int i = 0; i < yields_before_sleep; ++i) {
    if (const std::uint32_t now = signals(); now != seen) return now;
    ::sched_yield();
  }
  for (;;) {
    std::uint32_t word = word_.load(std::memory_order_acquire);
    if ((word >> count_shift) != seen) return word >> count_shift;
    if (!deadline.is_never() && deadline.passed(Clock::now())) return seen;
    if ((word & sleeping_bit) == 0 && !word_.compare_exchange_strong(word, word | sleeping_bit, std::memory_order_acq_rel,
                                                                     std::memory_order_acquire)) {
      continue;
    }
    futex_wait(word_, word | sleeping_bit, deadline);  // returns at once when a signal came in between
  }
}

std::uint32_t ParkingSpot::park_aside(Fiber& fiber, std::uint32_t seen, Deadline deadline) {
  fiber_.store(&fiber, std::memory_order_release);
  for (bool was_woken = false;; was_woken = true) {
    std::uint32_t word = word_.load(std::memory_order_acquire);
    if ((word >> count_shift) != seen) return word >> count_shift;
    const TimePoint now = Clock::now();
    if (deadline.passed(now)) return seen;
    constexpr std::uint32_t asleep = sleeping_bit | fiber_bit;
    if ((word & asleep) != asleep && !word_.compare_exchange_strong(word, word | asleep, std::memory_order_acq_rel, std::memory_order_acquire)) continue;
    fiber.host().wait(fiber, was_woken ? earlier(deadline, Deadline::after(now, look_interval)) : deadline);
  }
}

void ParkingSpot::add_signal(std::uint32_t bit) {
  std::uint32_t word = word_.load(std::memory_order_acquire);
  std::uint32_t next = 0;
  do {
    if ((word & fiber_bit) != 0) [[unlikely]] {
      Fiber& fiber = *fiber_.load(std::memory_order_acquire);
      fiber.host().wake(fiber);
    }
    next = ((word & ~(sleeping_bit | fiber_bit)) + (1u << count_shift)) | bit;
  } while (!word_.compare_exchange_weak(word, next, std::memory_order_acq_rel, std::memory_order_acquire));
  // The sleeper may wake by itself and be gone by now: waking an address nobody sleeps on does nothing.
  if ((word & (sleeping_bit | fiber_bit)) == sleeping_bit) futex_wake_one(word_);
}

}  // namespace rediscluster::base
