/// An operation that somebody else may cancel at any time, also while its end is being told.
#pragma once

#include <rediscluster/async/receiver.hpp>

#include <atomic>
#include <cstdint>
#include <thread>

namespace rediscluster::detail {

/// cancel() is for any thread. Lives as long as anybody who may cancel.
class CancelGuard {
 public:
  /// Before launch().
  void aim(AsyncCall call) { call_ = call; }
  /// Nothing happens when its end was told, or is about to be.
  void cancel() noexcept {
    if (!move_from_under_way(Phase::cancelling)) return;
    call_.cancel();
    phase_.store(Phase::under_way, std::memory_order_release);
  }
  /// By the receiver, first thing when it is told: who cancels holds on to the operation until then.
  void note_told() noexcept { move_from_under_way(Phase::told); }

 private:
  enum class Phase : std::uint8_t { under_way, cancelling, told };
  bool move_from_under_way(Phase next) noexcept {
    for (;;) {
      Phase expected = Phase::under_way;
      if (phase_.compare_exchange_weak(expected, next, std::memory_order_acq_rel, std::memory_order_acquire)) return true;
      if (expected == Phase::told) return false;
      std::this_thread::yield();
    }
  }

  AsyncCall call_;
  std::atomic<Phase> phase_{Phase::under_way};
};

}  // namespace rediscluster::detail
