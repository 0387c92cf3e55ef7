/// An operation that is under way: to be awaited or waited for later, cancelled by anybody, or dropped.
#pragma once

#include <rediscluster/async/async_client.hpp>
#include <rediscluster/async/cancel_guard.hpp>
#include <rediscluster/client.hpp>
#include <rediscluster/reply_decoder.hpp>

#include <atomic>
#include <coroutine>
#include <memory>

namespace rediscluster {

namespace detail {

inline constexpr const char* waits_for_itself =
    "a completion runs on a reactor's thread, which serves everybody and cannot wait for an operation: await it, or be told by then()";

/// What a Started and its operation share. Keeps itself until the end was told.
template <class T>
class StartedState final : public Receiver<Raw<T>>, public std::enable_shared_from_this<StartedState<T>> {
 public:
  void launch(AsyncCall call) {
    guard_.aim(call);
    self_ = this->shared_from_this();
    call.launch(static_cast<Receiver<Raw<T>>*>(this));
  }
  void cancel() noexcept { guard_.cancel(); }
  bool is_ready() const noexcept { return waiting_.load(std::memory_order_acquire) == told(); }
  /// False: it is ready.
  bool wait(std::coroutine_handle<> waiting) noexcept {
    void* expected = nullptr;
    return waiting_.compare_exchange_strong(expected, waiting.address(), std::memory_order_acq_rel, std::memory_order_acquire);
  }
  /// Who waited is gone. True: he was not told, and will not be.
  bool stop_waiting() noexcept {
    void* expected = waiting_.load(std::memory_order_acquire);
    return expected != told() && waiting_.compare_exchange_strong(expected, nullptr, std::memory_order_acq_rel);
  }
  /// Blocks the calling thread.
  void wait() noexcept {
    End seen = End::none;
    if (end_.compare_exchange_strong(seen, End::slept_on, std::memory_order_acq_rel, std::memory_order_acquire)) seen = End::slept_on;
    for (; seen != End::told; seen = end_.load(std::memory_order_acquire)) end_.wait(seen, std::memory_order_acquire);
  }
  Result<T> take() { return deliver<Result, T>(std::move(*result_)); }

 private:
  void* told() const noexcept { return const_cast<StartedState*>(this); }

  void put(Result<Raw<T>>&& result) noexcept override {
    guard_.note_told();
    result_.emplace(std::move(result));
  }
  void tell() noexcept override {
    const std::shared_ptr<StartedState> self = std::move(self_);
    void* const waiting = waiting_.exchange(told(), std::memory_order_acq_rel);
    if (end_.exchange(End::told, std::memory_order_acq_rel) == End::slept_on) end_.notify_all();
    if (waiting != nullptr) std::coroutine_handle<>::from_address(waiting).resume();
  }

  CancelGuard guard_;
  std::shared_ptr<StartedState> self_;  // until it was told
  std::atomic<void*> waiting_{nullptr};  // a coroutine; told(): it has its end
  enum class End : int { none, slept_on, told };
  std::atomic<End> end_{End::none};  // for a thread that waits
  std::optional<Result<Raw<T>>> result_;
};

}  // namespace detail

/// May be awaited, or waited for, once: `co_await started` gives Result<T>. Dropped, it goes on, and nobody hears of its end.
/// cancel() and ready() are for any thread, and at any time.
template <class T>
class [[nodiscard]] Started {
 public:
  explicit Started(detail::AsyncCall call) : state_(std::make_shared<detail::StartedState<T>>()) { state_->launch(call); }

  /// It ends with Errc::cancelled, unless it has its reply already. The first of reply, deadline, cancel and close counts.
  void cancel() noexcept { state_->cancel(); }
  bool ready() const noexcept { return state_->is_ready(); }

  /// Blocks the calling thread until the end. Of many threads that share a client this takes less than std::future, which sleeps in the
  /// kernel each time. Errors also: Errc::not_allowed in a completion, whose thread would wait for itself; then the operation goes on, and is
  /// still to be awaited. Of a client that lives on an executor of the user's: not on the only thread that runs it, where it would never end.
  Result<T> wait() {
    if (!ready() && detail::is_reactors_thread()) return fail(Errc::not_allowed, detail::waits_for_itself, {}, Execution::maybe_executed);
    state_->wait();
    return state_->take();
  }

  auto operator co_await() noexcept {
    struct Waiting {
      std::shared_ptr<detail::StartedState<T>> state;
      bool is_waiting = false;

      explicit Waiting(std::shared_ptr<detail::StartedState<T>> its_state) noexcept : state(std::move(its_state)) {}
      Waiting(const Waiting&) = delete;
      Waiting& operator=(const Waiting&) = delete;
      ~Waiting() {
        if (is_waiting) state->stop_waiting();
      }
      bool await_ready() const noexcept { return state->is_ready(); }
      bool await_suspend(std::coroutine_handle<> waiting) noexcept {
        is_waiting = true;
        return state->wait(waiting);
      }
      Result<T> await_resume() {
        is_waiting = false;
        return state->take();
      }
    };
    return Waiting(state_);
  }

 private:
  std::shared_ptr<detail::StartedState<T>> state_;
};

}  // namespace rediscluster
