/// The fibers of one reactor: they run in its turns, and what they wait for is waited for by its loop. So code that was written for a
/// thread of its own runs beside thousands of operations. wake() and start() are for any thread.
#pragma once

#include "base/fiber.hpp"
#include "base/ring.hpp"
#include "drive/reactor.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <vector>

namespace rediscluster::drive {

class Fibers final : public base::FiberHost {
 public:
  /// Has a function called once, later: on a thread that it may block, or, where there is none, at once with has_thread = false.
  using Elsewhere = std::function<void(std::function<void(bool has_thread)>)>;

  Fibers(Reactor& reactor, Elsewhere elsewhere);
  /// All have ended.
  ~Fibers();
  Fibers(const Fibers&) = delete;
  Fibers& operator=(const Fibers&) = delete;

  /// Any thread: whether none runs or waits.
  bool empty() const { return size() == 0; }
  std::size_t size() const { return alive_.load(std::memory_order_acquire); }

  /// The reactor's thread: whoever waits looks at what he waits for.
  void wake_all() noexcept;

  void wake(base::Fiber& fiber) noexcept override;
  void wait(base::Fiber& fiber, base::Deadline deadline) noexcept override;
  void wait(base::Fiber& fiber, std::span<base::DescriptorInterest> descriptors, base::Deadline deadline) noexcept override;
  void yield(base::Fiber& fiber) noexcept override;
  void start(std::function<void()> function) override;
  bool call_elsewhere(base::Fiber& fiber, const std::function<void()>& function) override;

 private:
  class Running;
  struct Wait;
  struct Watching;

  void wait_blindly(base::Fiber& fiber, base::Deadline deadline) noexcept;
  bool begin(Wait& wait);
  void end(Wait& wait) noexcept;
  void ended(Running& running) noexcept;

  Reactor& reactor_;
  const Elsewhere elsewhere_;
  std::map<int, Watching> watched_;  // by descriptor
  base::Ring waiting_;
  std::atomic<std::size_t> alive_{0};
  std::mutex mutex_;  // guards what follows
  std::vector<base::FiberStack> spare_;
};

}  // namespace rediscluster::drive
