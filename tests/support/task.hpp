/// The least there must be of a coroutine type: begun at once, and its end told. Tests only.
#pragma once

#include <chrono>
#include <condition_variable>
#include <coroutine>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>

namespace test_support {

/// Begun when it is called; the frame goes with its end, or by destroy().
class Fiber {
 public:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    bool has_ended = false;
    std::exception_ptr thrown;
  };
  struct promise_type {
    std::shared_ptr<State> state = std::make_shared<State>();
    Fiber get_return_object() { return Fiber(state, std::coroutine_handle<promise_type>::from_promise(*this)); }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { state->thrown = std::current_exception(); }
    ~promise_type() {
      std::lock_guard lock{state->mutex};
      state->has_ended = true;
      state->changed.notify_all();
    }
  };

  /// Waits for its end. Throws what it threw, or that it has none for long.
  void wait() {
    std::unique_lock lock{state_->mutex};
    if (!state_->changed.wait_for(lock, std::chrono::seconds(60), [&] { return state_->has_ended; })) throw std::runtime_error("a coroutine has no end");
    if (state_->thrown) std::rethrow_exception(state_->thrown);
  }
  bool has_ended() {
    std::lock_guard lock{state_->mutex};
    return state_->has_ended;
  }
  /// Of one that is suspended.
  void destroy() { handle_.destroy(); }

 private:
  Fiber(std::shared_ptr<State> state, std::coroutine_handle<> handle) : state_(std::move(state)), handle_(handle) {}
  std::shared_ptr<State> state_;
  std::coroutine_handle<> handle_;
};

}  // namespace test_support
