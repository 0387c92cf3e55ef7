/// Functions with stacks of their own that take turns on one thread: where one would block its thread it is put aside, and goes on when
/// what it waits for has come. So what is written for a thread runs on an event loop as it stands. What may wait asks for current():
/// base::Condition, base::ParkingSpot, base::rest_until(), the waits of net.
///
/// A fiber stays with its host, whose turns are made by one thread at a time, though perhaps not always by the same: thread-local things are
/// its own between two waits and not longer, and locks must not be held while it waits.
#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>

namespace rediscluster::base {

class Fiber;

/// What a fiber waits for on a descriptor.
struct DescriptorInterest {
  int descriptor = -1;
  bool read = true;
  bool write = false;
  /// What the wait was told of it: it need not be looked at again then. Of what is asked for only; an end counts as both.
  bool can_read = false;
  bool can_write = false;
};

/// Who runs fibers. wake() and start() are for any thread, the rest for its own.
class FiberHost {
 public:
  /// resume() will be called, soon and not from in here. Several wakes before that are one. The fiber must not be able to end before
  /// this has returned.
  virtual void wake(Fiber& fiber) noexcept = 0;
  /// Puts the current fiber aside until it is woken, or the deadline. May return before either.
  virtual void wait(Fiber& fiber, Deadline deadline) noexcept = 0;
  /// The same until one of the descriptors may be ready. May return before.
  virtual void wait(Fiber& fiber, std::span<DescriptorInterest> descriptors, Deadline deadline) noexcept = 0;
  /// Puts the current fiber aside until all the others on its thread have had their turn.
  virtual void yield(Fiber& fiber) noexcept = 0;
  /// Another fiber. The function must not throw. Errors: std::bad_alloc.
  virtual void start(std::function<void()> function) = 0;
  /// Has a function called on a thread that it may block, while the current fiber waits. False: there is no such thread.
  virtual bool call_elsewhere(Fiber& fiber, const std::function<void()>& function) = 0;

 protected:
  ~FiberHost() = default;
};

/// Memory for a fiber's stack, taken when it is touched; below it is a page that ends the process when it is.
class FiberStack {
 public:
  /// Errors: std::bad_alloc.
  FiberStack();
  FiberStack(FiberStack&& other) noexcept : begin_(std::exchange(other.begin_, nullptr)) {}
  FiberStack& operator=(FiberStack&& other) noexcept {
    std::swap(begin_, other.begin_);
    return *this;
  }
  ~FiberStack();

  std::byte* bottom() const;
  static std::size_t size();

 private:
  std::byte* begin_ = nullptr;
};

namespace detail {
// Read wherever something may wait; there is always room for one pointer beside the thread's own.
extern thread_local constinit Fiber* current_fiber __attribute__((tls_model("initial-exec")));
}  // namespace detail

class Fiber {
 public:
  /// Which one runs here; null: none, the thread runs as usual.
  static Fiber* current() noexcept { return detail::current_fiber; }

  /// @param function  must not throw.
  Fiber(FiberHost& host, FiberStack stack, std::function<void()> function);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  FiberHost& host() const { return host_; }
  /// Runs it until it is put aside, or ends. On the host's thread, and on no fiber.
  void resume() noexcept;
  bool has_ended() const { return has_ended_; }
  /// When it has ended: for another one.
  FiberStack take_stack();
  /// In the fiber itself: back to who called resume().
  void put_aside() noexcept;

  /// For whom it runs: see runs_for().
  const void* owner = nullptr;
  /// What its operation is bound by: see cluster::CallerLimits.
  const void* limits = nullptr;
  /// How many hooks of the user's it stands in.
  int hook_depth = 0;

 private:
  struct Context;
  static void enter(unsigned high, unsigned low);
  void run() noexcept;

  FiberHost& host_;
  std::function<void()> function_;
  const std::unique_ptr<Context> context_;
  bool has_ended_ = false;
};

/// Until then, the fiber or thread that calls does nothing.
void rest_until(TimePoint when);

/// Calls what may block its thread for long, and is not ours: there a fiber has it called elsewhere.
/// @tparam Function  R(), where R can be made from nothing and is returned as it is where there is no thread for it.
template <class Function>
auto call_blocking(Function&& function) -> decltype(function()) {
  Fiber* const fiber = Fiber::current();
  if (fiber == nullptr) return function();
  std::exception_ptr thrown;
  std::optional<decltype(function())> result;
  const bool was_called = fiber->host().call_elsewhere(*fiber, [&] {
    try {
      result.emplace(function());
    } catch (...) {
      thrown = std::current_exception();
    }
  });
  if (thrown) std::rethrow_exception(thrown);
  return was_called ? std::move(*result) : function();
}

}  // namespace rediscluster::base
