/// Where a thread takes its time and its chance from: the system, or a world that a test has made for it, in which an hour passes in a
/// moment and the same seed brings the same run. Of one thread: what it starts lives outside, so a simulated client needs a loop of the
/// test's (`<rediscluster/async/loop.hpp>`), where everything happens on that thread.
#pragma once

#include "base/stand_in.hpp"

#include <chrono>
#include <cstdint>

namespace rediscluster::base {

class World {
 public:
  /// The clock of base::Clock: never goes back.
  virtual std::chrono::steady_clock::time_point now() noexcept = 0;
  /// The thread itself rests, and is no fiber: time passes.
  virtual void rest_until(std::chrono::steady_clock::time_point when) noexcept = 0;
  /// Instead of 64 bits of the system's randomness.
  virtual std::uint64_t seed() noexcept = 0;

 protected:
  ~World() = default;
};

}  // namespace rediscluster::base
