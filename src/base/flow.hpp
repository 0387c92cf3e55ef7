/// Something that runs beside who began it: a fiber where he is one, else a thread. So what needs helpers has them on an event loop, too.
#pragma once

#include "base/condition.hpp"

#include <functional>
#include <memory>
#include <thread>

namespace rediscluster::base {

/// Which thread or fiber it is.
struct FlowId {
  static FlowId here() { return {std::this_thread::get_id(), Fiber::current()}; }
  friend bool operator==(const FlowId&, const FlowId&) = default;
  std::thread::id thread;
  const Fiber* fiber = nullptr;
};

class Flow {
 public:
  Flow() = default;
  /// Errors: std::system_error when the system gives no more threads; std::bad_alloc.
  /// @param function  must not throw.
  explicit Flow(std::function<void()> function);
  /// A fiber of this host's, whoever begins it. Errors: std::bad_alloc.
  Flow(FiberHost& host, std::function<void()> function);
  Flow(Flow&&) noexcept = default;
  /// Only when it is not joinable, or was moved from.
  Flow& operator=(Flow&&) noexcept = default;

  bool joinable() const { return thread_.joinable() || end_ != nullptr; }
  /// Returns when the function has. A fiber's end is not to be waited for by the thread that runs it.
  void join();
  /// Whether the caller is it.
  bool is_here() const;

 private:
  struct End {
    std::mutex mutex;
    Condition changed;
    bool has_come = false;
    std::atomic<Fiber*> fiber{nullptr};
  };
  std::thread thread_;
  std::shared_ptr<End> end_;  // a fiber's
};

/// Says for whom the caller runs, so that he does not wait for himself when a hook of the user's calls him. Whom he ran for so far.
const void* set_runs_for(const void* owner);
bool runs_for(const void* owner);

}  // namespace rediscluster::base
