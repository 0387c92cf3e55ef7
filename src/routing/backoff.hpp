/// How long to wait before trying again: exponential with full jitter. A pure function of attempt and randomness.
#pragma once

#include "base/random.hpp"
#include "base/time.hpp"

namespace rediscluster::routing {

struct Backoff {
  std::chrono::milliseconds first{8};  ///< Upper bound of the first pause.
  std::chrono::milliseconds cap{100};  ///< Upper bound of every pause.

  /// Between half and all of min(cap, first * 2^(attempt-1)), attempt counted from 1. Never shorter than half: callers
  /// of one dead node must not come back at once, and never longer than the cap: a failover has ended by then.
  base::Duration pause(int attempt, base::Random& random) const {
    const int doublings = attempt < 1 ? 0 : (attempt > 20 ? 20 : attempt - 1);
    const auto bound = std::min<std::chrono::microseconds>(cap, std::chrono::microseconds(first) * (1 << doublings));
    const auto half = bound.count() / 2;
    return std::chrono::microseconds(half + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(half) + 1)));
  }
};

}  // namespace rediscluster::routing
