/// Options of locks. Plain values; see lock.hpp.
#pragma once

#include <chrono>
#include <optional>

namespace rediscluster {

struct LockOptions {
  /// How long the lock is held at most (its lease); then the servers let go of it. Empty: for ever, also when its owner dies.
  std::optional<std::chrono::milliseconds> timeout{};
  /// Between two attempts while somebody else holds it; the client takes half of it to all of it, at random.
  std::chrono::milliseconds sleep{100};
  bool blocking = true;  ///< acquire() waits for the lock; false: it tries once.
  /// How long acquire() waits for the lock; empty: as long as it takes.
  std::optional<std::chrono::milliseconds> blocking_timeout{};
};

/// One acquire(): what it does otherwise than the lock's options say.
struct AcquireOptions {
  std::optional<bool> blocking{};
  std::optional<std::chrono::milliseconds> blocking_timeout{};
};

}  // namespace rediscluster
