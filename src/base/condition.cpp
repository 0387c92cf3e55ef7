#include "base/condition.hpp"

namespace rediscluster::base {

struct Condition::Waiter : RingLink {
  explicit Waiter(Fiber& its_fiber) : fiber(its_fiber) {}
  Fiber& fiber;
};

void Condition::notify_one() noexcept {
  if (fibers_waiting_.load(std::memory_order_acquire) > 0) wake_fibers(false);
  threads_.notify_one();
}

void Condition::notify_all() noexcept {
  if (fibers_waiting_.load(std::memory_order_acquire) > 0) wake_fibers(true);
  threads_.notify_all();
}

// With the mutex, so that none of them ends meanwhile.
void Condition::wake_fibers(bool all) noexcept {
  std::lock_guard lock{mutex_};
  while (!fibers_.empty()) {
    Waiter& waiter = static_cast<Waiter&>(*fibers_.next);
    waiter.leave();
    waiter.fiber.host().wake(waiter.fiber);
    if (!all) return;
  }
}

bool Condition::wait_until(std::unique_lock<std::mutex>& lock, Deadline deadline) {
  if (Fiber* const fiber = Fiber::current()) return wait_aside(*fiber, lock, deadline);
  if (deadline.is_never()) {
    threads_.wait(lock);
    return true;
  }
  return threads_.wait_until(lock, deadline.when()) == std::cv_status::no_timeout;
}

bool Condition::wait_aside(Fiber& fiber, std::unique_lock<std::mutex>& lock, Deadline deadline) {
  Waiter waiter(fiber);
  fibers_waiting_.fetch_add(1, std::memory_order_relaxed);
  {
    std::lock_guard ours{mutex_};
    fibers_.push_back(waiter);
  }
  lock.unlock();
  fiber.host().wait(fiber, deadline);
  {
    std::lock_guard ours{mutex_};
    if (waiter.is_in()) waiter.leave();
  }
  fibers_waiting_.fetch_sub(1, std::memory_order_relaxed);
  lock.lock();
  return !deadline.passed(Clock::now());
}

}  // namespace rediscluster::base
