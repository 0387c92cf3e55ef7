#include "base/condition.hpp"

#include "base/look_around.hpp"

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
  if (LookAround* const around = LookAround::here()) [[unlikely]]
    return wait_looking(*around, lock, deadline);
  if (deadline.is_never()) {
    threads_.wait(lock);
    return true;
  }
  return threads_.wait_until(lock, deadline.when()) == std::cv_status::no_timeout;
}

// Who waits without a deadline is only woken for nothing now and then.
bool Condition::wait_looking(LookAround& around, std::unique_lock<std::mutex>& lock, Deadline deadline) {
  const bool may_end = !deadline.is_never();
  if (may_end && around.is_over()) return false;
  const Deadline slice = LookAround::next_look(deadline);
  if (threads_.wait_until(lock, slice.when()) == std::cv_status::no_timeout) return true;
  lock.unlock();
  const bool is_over = around.look();
  lock.lock();
  return !(may_end && is_over) && !deadline.passed(Clock::now());
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
