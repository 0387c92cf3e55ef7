/// How long poll(2) may wait. Pure.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "base/time.hpp"

namespace rediscluster::net {

/// Milliseconds until the deadline, a minute at most; -1: without end. Rounded up, so that poll never returns before the
/// deadline and the caller does not spin.
inline int poll_timeout(base::Deadline deadline, base::TimePoint now) {
  if (deadline.is_never()) return -1;
  const auto left = base::whole_milliseconds(deadline.left(now));
  return static_cast<int>(std::min<std::int64_t>(left.count(), 60'000));
}

}  // namespace rediscluster::net
