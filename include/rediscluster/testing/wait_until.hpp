/// Waiting for something to become true instead of sleeping. Any thread.
#pragma once

#include <rediscluster/cpp20.hpp>

#include <chrono>
#include <functional>
#include <thread>

namespace rediscluster::testing {

/// Asks again every few milliseconds until the answer is yes.
/// @return  false when it was still no at the timeout.
inline bool wait_until(const std::function<bool()>& is_true, std::chrono::milliseconds timeout,
                       std::chrono::milliseconds interval = std::chrono::milliseconds(5)) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (!is_true()) {
    if (std::chrono::steady_clock::now() >= deadline) return is_true();
    std::this_thread::sleep_for(interval);
  }
  return true;
}

}  // namespace rediscluster::testing
