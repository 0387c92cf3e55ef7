/// Options of locks. Plain values; see lock.hpp.
#pragma once

#include <rediscluster/time_span.hpp>

#include <chrono>
#include <optional>

namespace rediscluster {

struct LockOptions {
  /// How long the lock is held at most (its lease); then the servers let go of it. Empty: for ever, also when its owner dies.
  std::optional<TimeSpan> timeout{};
  /// Between two attempts while somebody else holds it; the client takes half of it to all of it, at random.
  TimeSpan sleep = std::chrono::milliseconds(100);
  bool blocking = true;  ///< acquire() waits for the lock; false: it tries once.
  /// How long acquire() waits for the lock; empty: as long as it takes.
  std::optional<TimeSpan> blocking_timeout{};
};

/// One acquire(): what it does otherwise than the lock's options say.
struct AcquireOptions {
  std::optional<bool> blocking{};
  std::optional<TimeSpan> blocking_timeout{};
};

}  // namespace rediscluster
