// Locks of the surfaces: hands each call to the keeper of the lock.
#include "api/client.hpp"
#include "cluster/lock_keeper.hpp"

#include <rediscluster/lock.hpp>

namespace rediscluster {
namespace detail {

struct LockState {
  LockState(Client& client, std::string_view name, const LockOptions& options)
      : client_(client.shared_from_this()), options_(options), keeper_([&] { return cluster::LockKeeper(client.cluster(), name, options); }) {}

  /// What the parent holds, its child after fork() does not.
  cluster::LockKeeper& keeper() {
    return keeper_.get([this](cluster::LockKeeper& inherited) { return cluster::LockKeeper(client_->cluster(), inherited.name(), options_); });
  }
  const std::string& name() const { return keeper_.as_it_is().name(); }

 private:
  const std::shared_ptr<Client> client_;  // with its owner, who may go first
  const LockOptions options_;
  base::PerProcess<cluster::LockKeeper> keeper_;
};

void DeleteLock::operator()(LockState* state) const { delete state; }

LockPointer make_lock(Client& client, std::string_view name, const LockOptions& options) {
  return LockPointer(new LockState(client, name, options));
}

Result<bool> acquire(LockState& lock, const AcquireOptions& options) { return lock.keeper().acquire(options); }
Result<void> release(LockState& lock) { return lock.keeper().release(); }
Result<void> extend(LockState& lock, std::chrono::milliseconds additional, bool replace_ttl) {
  return lock.keeper().extend(additional, replace_ttl);
}
Result<void> reacquire(LockState& lock) { return lock.keeper().reacquire(); }
Result<bool> is_locked(LockState& lock) { return lock.keeper().is_locked(); }
Result<bool> is_owned(LockState& lock) { return lock.keeper().is_owned(); }
const std::string& name_of(const LockState& lock) { return lock.name(); }

}  // namespace detail

LockGuard::LockGuard(Lock lock) : lock_(std::move(lock)) {
  if (lock_.acquire()) return;
  throw_error({Errc::lock_not_acquired, "lock \"" + lock_.name() + "\" was held by others for as long as blocking_timeout allows"});
}

LockGuard::~LockGuard() {
  if (is_held_) static_cast<void>(detail::release(*lock_.state_));
}

void LockGuard::release() {
  is_held_ = false;
  lock_.release();
}

}  // namespace rediscluster
