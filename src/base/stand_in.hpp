/// What a thread uses in place of the system's: one of each kind, for as long as a StandIn of it lives. For tests.
#pragma once

#include <utility>

namespace rediscluster::base {

/// @tparam T  what is stood in for; it is looked at often, so this is one load.
template <class T>
class StandIn {
 public:
  explicit StandIn(T& instead) noexcept : outer_(std::exchange(here_, &instead)) {}
  ~StandIn() { here_ = outer_; }
  StandIn(const StandIn&) = delete;
  StandIn& operator=(const StandIn&) = delete;

  /// Of the calling thread; null: none, it is the system's.
  static T* here() noexcept { return here_; }

 private:
  static inline constinit thread_local T* here_ __attribute__((tls_model("initial-exec"))) = nullptr;
  T* const outer_;
};

}  // namespace rediscluster::base
