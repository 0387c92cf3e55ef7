/// What a coroutine awaits. It lives in the coroutine's frame, which may be destroyed at any moment: the operation is told so.
#pragma once

#include <rediscluster/async/receiver.hpp>
#include <rediscluster/client.hpp>
#include <rediscluster/reply_decoder.hpp>

#include <coroutine>

namespace rediscluster::detail {

/// @tparam throws  gives T, or throws; else Result<T>.
template <class T, bool throws>
class Awaiter final : Receiver<Raw<T>> {
 public:
  explicit Awaiter(AsyncCall call) noexcept : call_(call) {}
  /// Of what has its end already.
  explicit Awaiter(Result<Raw<T>>&& result) noexcept : result_(std::move(result)) {}
  Awaiter(const Awaiter&) = delete;
  Awaiter& operator=(const Awaiter&) = delete;
  ~Awaiter() {
    if (!call_) return;
    waiting_ ? call_.desert() : call_.drop();
  }

  bool await_ready() const noexcept { return result_.has_value(); }
  void await_suspend(std::coroutine_handle<> waiting) noexcept {
    waiting_ = waiting;
    const AsyncCall call = call_;  // another thread may end all this before launch() returns
    call.launch(static_cast<Receiver<Raw<T>>*>(this));
  }
  auto await_resume() {
    if constexpr (throws) {
      return deliver<Plain, T>(std::move(*result_));
    } else {
      return deliver<Result, T>(std::move(*result_));
    }
  }

 private:
  void put(Result<Raw<T>>&& result) noexcept override {
    result_.emplace(std::move(result));
  }
  void tell() noexcept override {
    call_ = {};
    waiting_.resume();
  }

  AsyncCall call_;
  std::coroutine_handle<> waiting_;
  std::optional<Result<Raw<T>>> result_;
};

}  // namespace rediscluster::detail
