/// Operations with completion tokens of Asio: `redis.get("k")(asio::use_awaitable)`, `co_await redis.get("k")` inside of
/// `asio::awaitable<>`, `use_future`, `deferred`, `parallel_group`, a plain handler. Standalone Asio, where it is installed; Boost's with
/// REDISCLUSTER_USE_BOOST_ASIO defined, or where there is no other. Everything is in this header: the library itself knows no Asio.
///
/// The handler is called with a Result<T> on its associated executor, and never inside of the initiating call; without one, on the thread
/// of a reactor. A handler's cancellation slot cancels the operation: Errc::cancelled, and the error says whether the command may have run.
#pragma once

#include <rediscluster/async/cancel_guard.hpp>
#include <rediscluster/async/operation.hpp>

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>  // before Boost 1.74, which forgets it

#if defined(REDISCLUSTER_USE_BOOST_ASIO) || !__has_include(<asio.hpp>)
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/version.hpp>
namespace rediscluster::detail {
namespace asio = boost::asio;
}
#define REDISCLUSTER_ASIO_VERSION BOOST_ASIO_VERSION
#else
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/dispatch.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/version.hpp>
namespace rediscluster::detail {
namespace asio = ::asio;
}
#define REDISCLUSTER_ASIO_VERSION ASIO_VERSION
#endif
#if REDISCLUSTER_ASIO_VERSION >= 101900
#define REDISCLUSTER_ASIO_HAS_SLOTS 1
#if defined(REDISCLUSTER_USE_BOOST_ASIO) || !__has_include(<asio.hpp>)
#include <boost/asio/associated_cancellation_slot.hpp>
#else
#include <asio/associated_cancellation_slot.hpp>
#endif
#endif

namespace rediscluster {
namespace detail {

/// Told on a reactor's thread; hands the result to the handler on the handler's executor, which has work for as long.
template <class T, class Handler>
class AsioReceiver final : public Receiver<Raw<T>> {
 public:
  explicit AsioReceiver(Handler&& handler) : handler_(std::move(handler)), work_(asio::make_work_guard(asio::get_associated_executor(handler_))) {}

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
  // Its memory is free before the handler runs.
  void complete(Result<Raw<T>>&& result) noexcept override {
    guard_->note_told();
    auto executor = work_.get_executor();
    auto work = std::move(work_);
    auto told = [handler = std::move(handler_), outcome = deliver<Result, T>(std::move(result))]() mutable {
#ifdef REDISCLUSTER_ASIO_HAS_SLOTS
      if (auto slot = asio::get_associated_cancellation_slot(handler); slot.is_connected()) slot.clear();
#endif
      std::move(handler)(std::move(outcome));
    };
    delete this;
    asio::dispatch(executor, std::move(told));
  }

  Handler handler_;
  decltype(asio::make_work_guard(asio::get_associated_executor(std::declval<Handler&>()))) work_;
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

}  // namespace rediscluster
