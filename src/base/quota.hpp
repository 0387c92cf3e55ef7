/// A bound on how many of something there may be at the same time, and the permits that count against it.
/// Thread-safe. Gives no order to those who wait.
#pragma once

#include "base/condition.hpp"
#include "base/time.hpp"

#include <array>
#include <initializer_list>
#include <mutex>
#include <utility>

namespace rediscluster::base {

class Quota {
 public:
  explicit Quota(int limit) : limit_(limit) {}
  Quota(const Quota&) = delete;
  Quota& operator=(const Quota&) = delete;

  bool try_take() {
    std::lock_guard lock{mutex_};
    return used_ < limit_ && ++used_ > 0;
  }
  void give_back() {
    std::lock_guard lock{mutex_};
    --used_;
    given_back_.notify_all();
  }
  /// Waits until there seems to be room; somebody else may take it first. False: the deadline came.
  bool wait_for_room(Deadline deadline) {
    std::unique_lock lock{mutex_};
    return given_back_.wait_until(lock, deadline, [&] { return used_ < limit_; });
  }
  bool has_room() const {
    std::lock_guard lock{mutex_};
    return used_ < limit_;
  }
  int limit() const { return limit_; }

 private:
  const int limit_;
  mutable std::mutex mutex_;  // guards used_
  Condition given_back_;
  int used_ = 0;
};

/// One place in each of several quotas, given back when it dies. The quotas must outlive it. One owner.
class Permit {
 public:
  static constexpr std::size_t most_quotas = 4;

  Permit() = default;
  Permit(Permit&& other) noexcept : quotas_(std::exchange(other.quotas_, {})) {}
  Permit& operator=(Permit&& other) noexcept {
    std::swap(quotas_, other.quotas_);
    return *this;
  }
  ~Permit() { give_back(); }

  /// Takes a place in all of them or in none. Only for an empty permit.
  /// @param quotas  at most most_quotas; null ones bound nothing.
  /// @return  null on success; otherwise the first quota that was full.
  Quota* take(std::initializer_list<Quota*> quotas) {
    std::size_t taken = 0;
    for (Quota* quota : quotas) {
      if (quota == nullptr) continue;
      if (!quota->try_take()) {
        give_back();
        return quota;
      }
      quotas_[taken++] = quota;
    }
    return nullptr;
  }
  void give_back() {
    for (Quota*& quota : quotas_) {
      if (quota != nullptr) std::exchange(quota, nullptr)->give_back();
    }
  }

 private:
  std::array<Quota*, most_quotas> quotas_{};
};

}  // namespace rediscluster::base
