#include "base/flow.hpp"

namespace rediscluster::base {
namespace {

thread_local const void* thread_owner = nullptr;

const void*& owner_of_caller() {
  Fiber* const fiber = Fiber::current();
  return fiber != nullptr ? fiber->owner : thread_owner;
}

}  // namespace

Flow::Flow(std::function<void()> function) {
  if (Fiber* const maker = Fiber::current()) {
    *this = Flow(maker->host(), std::move(function));
  } else {
    thread_ = std::thread(std::move(function));
  }
}

Flow::Flow(FiberHost& host, std::function<void()> function) {
  auto end = std::make_shared<End>();
  host.start([end, run = std::move(function)] {
    end->fiber.store(Fiber::current(), std::memory_order_relaxed);
    run();
    end->fiber.store(nullptr, std::memory_order_relaxed);
    std::lock_guard lock{end->mutex};
    end->has_come = true;
    end->changed.notify_all();
  });
  end_ = std::move(end);
}

void Flow::join() {
  if (thread_.joinable()) return thread_.join();
  const std::shared_ptr<End> end = std::move(end_);
  std::unique_lock lock{end->mutex};
  end->changed.wait(lock, [&] { return end->has_come; });
}

bool Flow::is_here() const {
  if (end_ != nullptr) return Fiber::current() != nullptr && end_->fiber.load(std::memory_order_relaxed) == Fiber::current();
  return thread_.get_id() == std::this_thread::get_id();
}

const void* set_runs_for(const void* owner) { return std::exchange(owner_of_caller(), owner); }
bool runs_for(const void* owner) { return owner_of_caller() == owner; }

}  // namespace rediscluster::base
