/// One asynchronous operation, in whichever way its end is wanted: awaited by a coroutine, told to a callback, given as a std::future, or
/// not at all. Nothing is sent before one of these is said.
#pragma once

#include <rediscluster/async/awaiter.hpp>
#include <rediscluster/async/callback.hpp>
#include <rediscluster/async/future_receiver.hpp>
#include <rediscluster/async/started.hpp>

#include <future>
#include <memory>
#include <new>
#include <utility>

namespace rediscluster {

namespace detail {

/// A command, or none. Unlike an std::optional it says which in front of it: where a thousand coroutines wait, what stands behind the
/// command is in a line of the processor's cache that nothing else needs.
class PerhapsCommand {
 public:
  PerhapsCommand() noexcept {}
  explicit PerhapsCommand(EncodedCommand&& command) noexcept : is_there_(true), command_(std::move(command)) {}
  PerhapsCommand(PerhapsCommand&& other) noexcept : is_there_(other.is_there_) {
    if (is_there_) ::new (&command_) EncodedCommand(std::move(other.command_));
  }
  PerhapsCommand& operator=(PerhapsCommand&& other) noexcept {
    if (this == &other) return *this;
    this->~PerhapsCommand();
    return *::new (this) PerhapsCommand(std::move(other));
  }
  ~PerhapsCommand() {
    if (is_there_) command_.~EncodedCommand();
  }

  explicit operator bool() const noexcept { return is_there_; }
  EncodedCommand& operator*() noexcept { return command_; }

 private:
  bool is_there_ = false;
  union {
    EncodedCommand command_;
  };
};

}  // namespace detail

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
  auto operator co_await() && { return await<false>(); }
  /// To be awaited: gives T, or throws what RedisCluster throws.
  auto value() && { return await<true>(); }
  /// Calls done(Result<T>) once, never in here. It must not throw, and not hold up the thread it is called on.
  /// Closures of up to 48 bytes take no memory.
  template <class Function>
  void then(Function&& done) && {
    detail::launch_callback<T>(prepare(), std::forward<Function>(done));
  }
  /// Its get() throws what RedisCluster throws. Not to be waited for on the reactor's thread.
  std::future<T> to_future() && {
    auto receiver = detail::FutureReceiver<T>::make();
    std::future<T> future = receiver->future();
    detail::FutureReceiver<T>::launch(std::move(receiver), prepare());
    return future;
  }
  /// Begun now, to be awaited, waited for, cancelled or dropped later.
  Started<T> start() && { return Started<T>(prepare()); }
  /// Begun now; blocks the calling thread until the end. See Started::wait. On a reactor's thread nothing is begun: Errc::not_allowed.
  Result<T> wait() && {
    if (detail::is_reactors_thread()) return fail(Errc::not_allowed, detail::waits_for_itself);
    return std::move(*this).start().wait();
  }
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
    if (source_) return source_->prepare(*client_, std::move(options_));
    if constexpr (detail::ReplyType<T>) {
      return detail::prepare<detail::Raw<T>>(*client_, std::move(*command_), std::move(options_));
    } else {
      __builtin_unreachable();  // what no command replies has a source
    }
  }

 private:
  template <bool throws>
  detail::Awaiter<T, throws> await() {
    if (!source_) return detail::Awaiter<T, throws>(prepare());
    source_->aim(*client_, std::move(options_));
    return detail::Awaiter<T, throws>(std::move(source_));
  }

  detail::AsyncClient* client_;
  detail::StartOptions options_;
  std::unique_ptr<detail::Source<detail::Raw<T>>> source_;  // of what is no command
  detail::PerhapsCommand command_;
};

}  // namespace rediscluster
