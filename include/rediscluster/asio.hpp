/// Operations with completion tokens of Asio: `redis.get("k")(asio::use_awaitable)`, `co_await redis.get("k")` inside of
/// `asio::awaitable<>`, `use_future`, `deferred`, `parallel_group`, a plain handler. Standalone Asio, where it is installed; Boost's with
/// REDISCLUSTER_USE_BOOST_ASIO defined, or where there is no other. Everything is in this header: the library itself knows no Asio.
///
/// The handler is called with a Result<T> on its associated executor, and never inside of the initiating call; without one, on the thread
/// of a reactor. A handler's cancellation slot cancels the operation: Errc::cancelled, and the error says whether the command may have run.
/// Of the types of cancellation it takes terminal and partial; total, which must leave no effect, is ignored: a command that is on its way
/// cannot be called back.
#pragma once

#include <rediscluster/asio/library.hpp>
#include <rediscluster/asio/loop.hpp>
#include <rediscluster/async/async_redis_cluster.hpp>
#include <rediscluster/async/cancel_guard.hpp>
#include <rediscluster/async/operation.hpp>

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace rediscluster {
namespace detail {

/// An executor whose context has work for as long as this one lives, and with it may end: so it is to be the last thing that goes. (A work
/// guard of Asio's keeps a second copy, which goes behind the work; of a strand, that looks into a context that may be gone by then.)
template <class Executor>
auto with_work(const Executor& executor) {
  return asio::prefer(executor, asio::execution::outstanding_work.tracked);
}

/// Told on a reactor's thread; hands the result to the handler on the handler's executor, which has work for as long.
template <class T, class Handler>
class AsioReceiver final : public Receiver<Raw<T>> {
 public:
  explicit AsioReceiver(Handler&& handler) : executor_(with_work(asio::get_associated_executor(handler))), handler_(std::move(handler)) {}

  void launch(AsyncCall call) {
    guard_->aim(call);
#ifdef REDISCLUSTER_ASIO_HAS_SLOTS
    auto slot = asio::get_associated_cancellation_slot(handler_);
    if (slot.is_connected()) {
      slot.assign([guard = guard_](asio::cancellation_type type) {
        if ((type & (asio::cancellation_type::terminal | asio::cancellation_type::partial)) != asio::cancellation_type::none) guard->cancel();
      });
    }
#endif
    call.launch(static_cast<Receiver<Raw<T>>*>(this));
  }

 private:
  void put(Result<Raw<T>>&& result) noexcept override { result_.emplace(std::move(result)); }
  void tell() noexcept override { complete(std::move(*result_)); }
  // Its memory is free before the handler runs; and behind the end of `executor` the handler's context may be gone.
  void complete(Result<Raw<T>>&& result) noexcept override {
    guard_->note_told();
    const auto executor = std::move(executor_);
    auto told = [handler = std::move(handler_), outcome = deliver<Result, T>(std::move(result))]() mutable {
#ifdef REDISCLUSTER_ASIO_HAS_SLOTS
      if (auto slot = asio::get_associated_cancellation_slot(handler); slot.is_connected()) slot.clear();
#endif
      std::move(handler)(std::move(outcome));
    };
    delete this;
    asio::dispatch(executor, std::move(told));
  }

  decltype(with_work(asio::get_associated_executor(std::declval<Handler&>()))) executor_;  // goes last
  Handler handler_;
  std::shared_ptr<CancelGuard> guard_ = std::make_shared<CancelGuard>();
  std::optional<Result<Raw<T>>> result_;
};

}  // namespace detail

namespace detail {

/// Begins an operation for a handler.
template <class T>
struct AsioInitiation {
  template <class Handler>
  void operator()(Handler&& handler, Operation<T>&& operation) const {
    auto* const receiver = new AsioReceiver<T, std::decay_t<Handler>>(std::decay_t<Handler>(std::forward<Handler>(handler)));
    receiver->launch(operation.prepare());
  }
};

}  // namespace detail

/// What Operation::operator() calls. Not for users.
template <class T, class Token>
auto initiate_operation(Operation<T>&& operation, Token&& token)
    -> decltype(detail::asio::async_initiate<Token, void(Result<T>)>(detail::AsioInitiation<T>{}, token, std::move(operation))) {
  return detail::asio::async_initiate<Token, void(Result<T>)>(detail::AsioInitiation<T>{}, token, std::move(operation));
}

/// A client that has no thread of its own: everything it does is done by who runs the context (or strand, or any executor of one), also the
/// ends of operations. The context has work as long as the client has connections: close() it, or destroy it, for run() to return. That
/// may be done on any thread, and whether the context is being run or not. The context must outlive it.
/// Several threads may run the context; the client uses one at a time. (A name that is looked up takes a thread for a moment, and so do
/// options.dial and options.credentials.)
///     asio::io_context io;
///     auto redis = rc::on_io_context(io, {.startup_nodes = {{"127.0.0.1", 7000}}});
///     asio::co_spawn(io, serve(redis), asio::detached);
///     io.run();
inline AsyncRedisCluster on_executor(detail::asio::any_io_executor executor, const Options& options, const AsyncOptions& async = {}) {
  return AsyncRedisCluster(options, async, std::make_unique<detail::AsioLoop>(std::move(executor)));
}
inline AsyncRedisCluster on_io_context(detail::asio::io_context& context, const Options& options, const AsyncOptions& async = {}) {
  return on_executor(context.get_executor(), options, async);
}

}  // namespace rediscluster
