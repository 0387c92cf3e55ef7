/// Flags by which other threads end a wait early, as if its time were up. A plain value; the flags outlive it.
#pragma once

#include "base/time.hpp"

#include <atomic>
#include <chrono>

namespace rediscluster::net {

struct Interrupts {
  const std::atomic<bool>* closing = nullptr;   ///< Nobody wants connections there any more.
  const std::atomic<bool>* given_up = nullptr;  ///< Nobody wants this one any more.

  /// How often a wait that may be interrupted looks whether it is.
  static constexpr std::chrono::milliseconds interval{20};

  bool possible() const { return closing != nullptr || given_up != nullptr; }
  bool wanted() const { return is_set(closing) || is_set(given_up); }
  /// Until when to wait before looking.
  base::Deadline next_look(base::TimePoint now, base::Deadline deadline) const {
    return possible() ? earlier(deadline, base::Deadline::after(now, interval)) : deadline;
  }

 private:
  static bool is_set(const std::atomic<bool>* flag) { return flag != nullptr && flag->load(std::memory_order_acquire); }
};

}  // namespace rediscluster::net
