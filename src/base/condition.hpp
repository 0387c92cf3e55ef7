/// A std::condition_variable for threads and for fibers, which it puts aside instead of blocking their thread. The same rules.
#pragma once

#include "base/fiber.hpp"
#include "base/ring.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace rediscluster::base {

class Condition {
 public:
  void notify_one() noexcept;
  void notify_all() noexcept;

  void wait(std::unique_lock<std::mutex>& lock) { wait_until(lock, Deadline::never()); }
  template <class Predicate>
  void wait(std::unique_lock<std::mutex>& lock, Predicate&& is_over) {
    while (!is_over()) wait(lock);
  }
  /// False: the deadline has passed.
  bool wait_until(std::unique_lock<std::mutex>& lock, Deadline deadline);
  /// What the predicate says at the end.
  template <class Predicate>
  bool wait_until(std::unique_lock<std::mutex>& lock, Deadline deadline, Predicate&& is_over) {
    while (!is_over()) {
      if (!wait_until(lock, deadline)) return is_over();
    }
    return true;
  }
  void wait_for(std::unique_lock<std::mutex>& lock, Duration span) { wait_until(lock, Deadline::after(Clock::now(), span)); }
  template <class Predicate>
  bool wait_for(std::unique_lock<std::mutex>& lock, Duration span, Predicate&& is_over) {
    return wait_until(lock, Deadline::after(Clock::now(), span), std::forward<Predicate>(is_over));
  }

 private:
  struct Waiter;
  bool wait_looking(class LookAround& around, std::unique_lock<std::mutex>& lock, Deadline deadline);
  bool wait_aside(Fiber& fiber, std::unique_lock<std::mutex>& lock, Deadline deadline);
  void wake_fibers(bool all) noexcept;

  std::condition_variable threads_;
  std::atomic<int> fibers_waiting_{0};  // raised with the lock of who waits
  std::mutex mutex_;                    // guards what follows
  Ring fibers_;
};

}  // namespace rediscluster::base
