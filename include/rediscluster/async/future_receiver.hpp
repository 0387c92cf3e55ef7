/// What stands behind a std::future: told of the end of an operation, it keeps the promise.
///
/// On a reactor's thread it does so when the turn ends, the last one first. Who waits for many futures does so in the order in which he began
/// them: told at once, he would wake for each, and sleep again before the next. Told like this, he wakes for the first when all that came
/// with it are there (docs/decisions/futures.md).
#pragma once

#include <rediscluster/async/end_of_turn.hpp>
#include <rediscluster/async/promise_memory.hpp>
#include <rediscluster/async/receiver.hpp>
#include <rediscluster/client.hpp>
#include <rediscluster/reply_decoder.hpp>

#include <exception>
#include <future>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace rediscluster::detail {

/// One allocation, the promise's state and result included. Frees itself behind its end.
template <class T>
class FutureReceiver final : Receiver<Raw<T>>, EndOfTurn, PromiseBlock {
 public:
  struct Drop {
    void operator()(FutureReceiver* receiver) const noexcept { receiver->go(); }
  };
  using Pointer = std::unique_ptr<FutureReceiver, Drop>;

  /// Errors: std::bad_alloc.
  static Pointer make() { return Pointer(new FutureReceiver); }
  std::future<T> future() { return promise_->get_future(); }
  static void launch(Pointer receiver, AsyncCall call) noexcept { call.launch(static_cast<Receiver<Raw<T>>*>(receiver.release())); }

 private:
  // Beside the value: links, counts and a place for an exception, with the standard libraries there are.
  static constexpr std::size_t room = 128 + sizeof(std::conditional_t<std::is_void_v<T>, char, T>);

  FutureReceiver() : PromiseBlock(room_, room), promise_(std::in_place, std::allocator_arg, PromiseAllocator<std::byte>(this)) {}
  ~FutureReceiver() override = default;

  void put(Result<Raw<T>>&& result) noexcept override { result_.emplace(std::move(result)); }
  void tell() noexcept override { turn_ends(); }
  void complete(Result<Raw<T>>&& result) noexcept override {
    put(std::move(result));
    if (!await_end_of_turn(*this)) turn_ends();
  }
  void turn_ends() noexcept override {
    try {
      keep_promise();
    } catch (...) {
      promise_->set_exception(std::current_exception());
    }
    go();
  }
  void keep_promise() {
    Result<T> result = deliver<Result, T>(std::move(*result_));
    if constexpr (std::is_void_v<T>) {
      value_or_throw(std::move(result));
      promise_->set_value();
    } else {
      promise_->set_value(value_or_throw(std::move(result)));
    }
  }
  // The promise's memory is a part of this, and holds it.
  void go() noexcept {
    promise_.reset();
    drop();
  }

  std::optional<std::promise<T>> promise_;
  std::optional<Result<Raw<T>>> result_;
  alignas(std::max_align_t) std::byte room_[room];
};

}  // namespace rediscluster::detail
