/// A lock that the threads and processes of a whole system share, kept in one key of the cluster.
/// How far it can be relied on, above all during a failover: docs/guide/locks.md.
#pragma once

#include <rediscluster/asked.hpp>
#include <rediscluster/client.hpp>
#include <rediscluster/options/lock.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace rediscluster {

namespace detail {

struct LockState;  // src/api/lock.cpp
struct DeleteLock {
  void operator()(LockState* state) const;
};
using LockPointer = std::unique_ptr<LockState, DeleteLock>;
LockPointer make_lock(Client& client, std::string_view name, const LockOptions& options);
Result<bool> acquire(LockState& lock, const AcquireOptions& options);
Result<void> release(LockState& lock);
Result<void> extend(LockState& lock, std::chrono::milliseconds additional, bool replace_ttl);
Result<void> reacquire(LockState& lock);
Result<bool> is_locked(LockState& lock);
Result<bool> is_owned(LockState& lock);
const std::string& name_of(const LockState& lock);

}  // namespace detail

/// Made by lock(). The key holds a random token of its owner, so nobody else can release or extend the lock by mistake.
/// One thread at a time: each thread makes its own. Not released by its destructor: LockGuard is. In a child after fork()
/// it is not held: the parent holds it.
template <template <class> class Outcome>
class BasicLock {
 public:
  using State = detail::Asked<Outcome, detail::LockState, detail::DeleteLock>;
  explicit BasicLock(State state) : state_(std::move(state)) {}

  /// Waits for the lock, as the options say. False: somebody else held it all the time.
  /// When the reply to an attempt is lost, the client looks whether its token is stored before it goes on, so it does
  /// not wait for itself. Errors: Errc::bad_option; Errc::lock_misused if this object holds it already; any error of a
  /// command; Errc::lock_not_acquired when the lease was over before the reply came, three times. After an error that says maybe_executed the lock may be held: acquire() or release() again.
  Outcome<bool> acquire(const AcquireOptions& options = {}) {
    return state_.template ask<bool>([options](auto& lock, const RunOptions&) { return detail::acquire(lock, options); });
  }
  /// Lets go of it. Errors: Errc::lock_misused if it was never acquired; Errc::lock_not_owned if the lease had ended.
  Outcome<void> release() {
    return state_.template ask<void>([](auto& lock, const RunOptions&) { return detail::release(lock); });
  }
  /// Makes the lease longer by `additional`; with replace_ttl: end in `additional` from now.
  /// Errors: Errc::lock_misused if not acquired or without a lease; Errc::lock_not_owned.
  Outcome<void> extend(std::chrono::milliseconds additional, bool replace_ttl = false) {
    return state_.template ask<void>([additional, replace_ttl](auto& lock, const RunOptions&) { return detail::extend(lock, additional, replace_ttl); });
  }
  /// Starts the lease anew: `timeout` from now. Errors: as extend().
  Outcome<void> reacquire() {
    return state_.template ask<void>([](auto& lock, const RunOptions&) { return detail::reacquire(lock); });
  }
  /// Whether anybody holds it now.
  Outcome<bool> locked() {
    return state_.template ask<bool>([](auto& lock, const RunOptions&) { return detail::is_locked(lock); });
  }
  /// Whether this object holds it now.
  Outcome<bool> owned() {
    return state_.template ask<bool>([](auto& lock, const RunOptions&) { return detail::is_owned(lock); });
  }

  /// The key.
  const std::string& name() const { return detail::name_of(*state_); }

 private:
  friend class LockGuard;
  State state_;
};

using Lock = BasicLock<detail::Plain>;
using NothrowLock = BasicLock<Result>;

/// Holds a lock for a block: `LockGuard guard(cluster.lock("name", {.timeout = 10s}));`. One thread.
class LockGuard {
 public:
  /// Errors: LockError when the lock could not be had in the time that its options give; as Lock::acquire.
  [[nodiscard]] explicit LockGuard(Lock lock);
  /// Lets go of it if it still can; says nothing of a lease that ended, or of a lost connection. release() does.
  ~LockGuard();
  LockGuard(const LockGuard&) = delete;
  LockGuard& operator=(const LockGuard&) = delete;

  /// Lets go of it before the end of the block. Errors: as Lock::release.
  void release();
  Lock& lock() { return lock_; }

 private:
  Lock lock_;
  bool is_held_ = true;
};

}  // namespace rediscluster
