/// One asynchronous operation, in whichever way its end is wanted: awaited by a coroutine, told to a callback, given as a std::future, or
/// not at all. Nothing is sent before one of these is said.
#pragma once

#include <rediscluster/async/awaiter.hpp>
#include <rediscluster/async/callback.hpp>
#include <rediscluster/async/promise_memory.hpp>
#include <rediscluster/async/started.hpp>

#include <future>
#include <memory>
#include <optional>

namespace rediscluster {

/// Errors: those of the blocking client; Errc::cancelled with what is known of the execution; too_many_in_flight.
/// Not to be used by two threads at once. The client must live until the operation is begun; it need not live longer: what is under way
/// when it goes ends with Errc::client_closed.
template <class T>
class [[nodiscard]] Operation {
 public:
  using reply_type = T;

  Operation(detail::AsyncClient& client, EncodedCommand&& command) : client_(&client), command_(std::move(command)) {}
  Operation(detail::AsyncClient& client, std::unique_ptr<detail::Source<detail::Raw<T>>> source) : client_(&client), source_(std::move(source)) {}
  Operation(Operation&&) noexcept = default;
  Operation& operator=(Operation&&) noexcept = default;

  /// Instead of options.command_timeout.
  Operation within(std::chrono::milliseconds timeout) && {
    options_.timeout = timeout;
    return std::move(*this);
  }
  /// Ends with Errc::cancelled when that is asked for, and says whether the command may have run.
  Operation cancel_on(std::stop_token stop) && {
    options_.stop = std::move(stop);
    return std::move(*this);
  }
  /// Where its end is told, instead of AsyncOptions::completions: by default on the reactor's thread, which must not be held up.
  Operation on(Executor where) && {
    options_.executor = std::move(where);
    return std::move(*this);
  }

  /// To be awaited: gives Result<T>. The frame may be destroyed while it waits; then the operation is cancelled, and nobody is told.
  auto operator co_await() && { return detail::Awaiter<T, false>(prepare()); }
  /// To be awaited: gives T, or throws what RedisCluster throws.
  auto value() && { return detail::Awaiter<T, true>(prepare()); }
  /// Calls done(Result<T>) once, never in here. It must not throw, and not hold up the thread it is called on.
  /// Closures of up to 48 bytes take no memory.
  template <class Function>
  void then(Function&& done) && {
    detail::launch_callback<T>(prepare(), std::forward<Function>(done));
  }
  /// Its get() throws what RedisCluster throws. Not to be waited for on the reactor's thread.
  std::future<T> to_future() && {
    std::promise<T> promise = detail::make_promise<T>();
    std::future<T> future = promise.get_future();
    std::move(*this).then([promise = std::move(promise)](Result<T> result) mutable { detail::fulfil(promise, std::move(result)); });
    return future;
  }
  /// Begun now, to be awaited, cancelled or dropped later.
  Started<T> start() && { return Started<T>(prepare()); }
  /// Begun now; nobody hears of the end, but for events and counters.
  void detach() && {
    std::move(*this).then([](const Result<T>&) {});
  }
  /// Any completion token of Asio's, with <rediscluster/asio.hpp>.
  template <class Token>
  auto operator()(Token&& token) && -> decltype(initiate_operation(std::move(*this), std::forward<Token>(token))) {
    return initiate_operation(std::move(*this), std::forward<Token>(token));
  }

  /// For surfaces.
  detail::AsyncCall prepare() {
    if constexpr (detail::ReplyType<T>) {
      if (command_) [[likely]]
        return detail::prepare<detail::Raw<T>>(*client_, std::move(*command_), std::move(options_));
    }
    return source_->prepare(*client_, std::move(options_));
  }

 private:
  detail::AsyncClient* client_;
  std::optional<EncodedCommand> command_;
  std::unique_ptr<detail::Source<detail::Raw<T>>> source_;  // of what is no command
  detail::StartOptions options_;
};

}  // namespace rediscluster
