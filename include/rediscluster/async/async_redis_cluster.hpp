/// The asynchronous client. Thread-safe: make one and share it; no call blocks.
#pragma once

#include <rediscluster/async/async_client.hpp>
#include <rediscluster/async/async_objects.hpp>
#include <rediscluster/async/async_pipeline.hpp>
#include <rediscluster/async/async_target.hpp>
#include <rediscluster/async/operation.hpp>
#include <rediscluster/commands/all.hpp>
#include <rediscluster/redis_cluster.hpp>
#include <rediscluster/word_commands.hpp>

#include <concepts>
#include <string>
#include <string_view>

namespace rediscluster {

namespace detail {

template <class Function>
auto call_with(Function& function, NothrowRedisCluster& client, const RunOptions& options) {
  if constexpr (std::is_invocable_v<Function&, NothrowRedisCluster&, const RunOptions&>) {
    return function(client, options);
  } else {
    return function(client);
  }
}

}  // namespace detail

/// The commands of RedisCluster, with its options, routing, retries and errors, as operations: `co_await redis.get("k")` gives
/// Result<std::optional<std::string>>; `redis.get("k").then(...)`, `.to_future()`, `.start()`, `.detach()`. @see Operation
///
/// Their ends are told on the thread of a reactor, where nothing may block or take long, unless AsyncOptions::completions or
/// Operation::on() say otherwise. The client has no thread but that; a name that is looked up takes one for a moment, and so do
/// options.dial and options.credentials, which may block. Commands and pipelines are driven by the reactor step by step; what waits on its
/// server (BLPOP), runs in several steps (RENAME over several slots, scripts, locks) or asks again has a stack of its own, of which it
/// touches some 16 KiB, for as long as it lasts.
class AsyncRedisCluster : public AllCommands<AsyncRedisCluster, Operation>,
                          public ClusterCommands<AsyncRedisCluster, Operation>,
                          public ScanCommands<AsyncRedisCluster, Result, Operation>,
                          public WordCommands<AsyncRedisCluster, Operation>,
                          public detail::Targets<AsyncRedisCluster, AsyncTarget, AsyncEachTarget> {
 public:
  /// Connects with the first command. Errors: RedisClusterConfigError; RedisClusterException when the system has no threads left.
  explicit AsyncRedisCluster(const Options& options, const AsyncOptions& async = {})
      : client_(detail::value_or_throw(detail::make_async_client(options, async))) {}
  /// The same on an event loop of the user's, without a thread of its own. For Asio: on_io_context() of <rediscluster/asio.hpp>.
  /// What is done on the loop's thread is done where the loop calls. The client may be closed on any thread, whether the loop runs or not.
  AsyncRedisCluster(const Options& options, const AsyncOptions& async, std::unique_ptr<Loop> loop)
      : client_(detail::value_or_throw(detail::make_async_client(options, async, std::move(loop)))) {}
  AsyncRedisCluster(AsyncRedisCluster&&) noexcept = default;
  AsyncRedisCluster& operator=(AsyncRedisCluster&& other) noexcept {
    std::swap(client_, other.client_);
    return *this;
  }
  /// As close().
  ~AsyncRedisCluster() {
    if (client_ != nullptr) detail::close(client_);
  }

  /// Runs a command value. Long arguments are copied: they need not live any longer.
  template <class T>
  Operation<T> run(const Command<T>& command) const {
    return Operation<T>(*client_, EncodedCommand(command));
  }
  template <class T>
  Operation<T> run(Command<T>&& command) const {
    if (command.has_lent()) [[unlikely]]
      return Operation<T>(*client_, EncodedCommand(command));  // a copy owns all its bytes
    return Operation<T>(*client_, std::move(command));
  }
  /// Several commands in one go, one write to each node; each has a result of its own, so that nothing is an error of all.
  ///     auto [hits, name] = co_await redis.run_all(rc::cmd::incr("hits"), rc::cmd::get("user:1")).value();
  template <class... T>
  Operation<std::tuple<Result<T>...>> run_all(const Command<T>&... commands) const {
    return detail::run_all(*client_, commands...);
  }
  /// Connects now, not with the first command. Errors: RedisClusterException, naming each startup node with its reason.
  Operation<void> connect() const {
    return ask<void>([](detail::Client& client) { return detail::connect(client); });
  }
  /// A Lua script to be called like a function. Sends nothing yet. @see AsyncScript
  AsyncScript register_script(std::string source, const ScriptOptions& options = {}) const {
    return AsyncScript(*client_, std::make_shared<const ScriptSource>(std::move(source), options));
  }
  /// A lock that threads and processes share. Sends nothing yet. @see BasicLock
  AsyncLock lock(std::string_view name, const LockOptions& options = {}) const { return make<AsyncLock>(detail::make_lock(blocking(), name, options)); }
  /// Commands that run together or not at all, on the node of one slot. @see BasicTransaction
  ///     auto tx = redis.transaction();
  ///     for (;;) {
  ///       co_await tx.watch("stock").value();
  ///       const auto left = co_await tx.now().get("stock").value();
  ///       tx.set("stock", std::stoi(*left) - 1);
  ///       auto done = co_await tx.execute();
  ///       if (done || done.error().code != rc::Errc::watch_lost) break;
  ///       co_await tx.begin_anew();
  ///     }
  AsyncTransaction transaction() const { return make<AsyncTransaction>(detail::make_transaction(blocking())); }
  /// Subscriptions, with connections of their own: `while (auto message = co_await news.next()) ...`. @see BasicPubSub
  AsyncPubSub pubsub(const PubSubOptions& options = {}) const { return make<AsyncPubSub>(detail::make_pubsub(blocking(), options)); }
  /// Every command that any node of now runs from now on. @see BasicMonitor
  Operation<AsyncMonitor> monitor() const { return detail::start_async_monitor(*client_, nullptr); }
  /// @see RedisCluster::refresh_credentials
  Operation<void> refresh_credentials() const {
    return ask<void>([](detail::Client& client) { return detail::refresh_credentials(client); });
  }
  /// Calls function(NothrowRedisCluster&), or function(NothrowRedisCluster&, const RunOptions&), on a thread of the client's, 64 at once: for
  /// code that is written for the blocking client. It gives a Result<T>; its client is this one, with the same connections
  /// of its own as any blocking one. RunOptions has what is left of the operation's timeout, and its stop token. close() waits for it.
  ///     auto taken = co_await redis.call([](rc::NothrowRedisCluster& client) { return client.lock("door").acquire(); });
  template <class Function>
  auto call(Function function) const {
    using Outcome = decltype(detail::call_with(function, std::declval<NothrowRedisCluster&>(), RunOptions{}));
    using T = typename Outcome::value_type;
    return Operation<T>(*client_, detail::blocking<T>([&client = detail::client_of(*client_), kept = std::move(function)](const RunOptions& options) mutable {
      NothrowRedisCluster surface(client);
      return detail::call_with(kept, surface, options);
    }, detail::Whose::users));
  }
  /// Many commands in one go. @see AsyncPipeline
  AsyncPipeline pipeline(const PipelineOptions& options = {}) const { return AsyncPipeline(*client_, options); }
  /// What would happen to a command, as text for people; sends nothing. @see NothrowRedisCluster::explain
  std::string explain(const EncodedCommand& command) const { return detail::explain(detail::client_of(*client_), command); }
  /// Counters of what has happened to this client so far. Cheap; any thread.
  ClientStats stats() const { return detail::stats(detail::client_of(*client_)); }
  /// "RedisCluster<127.0.0.1:7000, ...>": the startup nodes.
  std::string to_string() const { return detail::describe(detail::client_of(*client_)); }
  /// Ends all connections: what is under way, and what comes later, ends with Errc::client_closed. Returns when all has been told;
  /// inside of a completion, or on a thread of the client's, at once.
  void close() { detail::close(client_); }

 private:
  friend struct ClusterCommands<AsyncRedisCluster, Operation>;
  friend struct ScanCommands<AsyncRedisCluster, Result, Operation>;
  friend struct detail::Targets<AsyncRedisCluster, AsyncTarget, AsyncEachTarget>;
  detail::AsyncClient& client() const { return *client_; }
  detail::Client& blocking() const { return detail::client_of(*client_); }
  template <class T, class Call>
  Operation<T> ask(Call call) const {
    return Operation<T>(*client_, detail::blocking<T>([&client = blocking(), call = std::move(call)](const RunOptions&) { return call(client); }));
  }
  template <class Object, class Pointer>
  Object make(Pointer state) const {
    return detail::make_async<Object>(*client_, std::move(state));
  }
  template <class T>
  static Result<T> finish(Result<T> result) {
    return result;
  }

  std::shared_ptr<detail::AsyncClient> client_;
};

}  // namespace rediscluster
