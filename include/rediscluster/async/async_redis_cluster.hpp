/// The asynchronous client. Thread-safe: make one and share it; no call blocks.
#pragma once

#include <rediscluster/async/async_client.hpp>
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
/// Operation::on() say otherwise. Commands and pipelines are driven by the reactor; but what waits on its server (BLPOP), is run step by
/// step (RENAME over several slots) or asks again (KEYS, RANDOMKEY) takes a thread of the client's for as long as it lasts, 64 at once.
class AsyncRedisCluster : public AllCommands<AsyncRedisCluster, Operation>,
                          public WordCommands<AsyncRedisCluster, Operation>,
                          public detail::Targets<AsyncRedisCluster, AsyncTarget, AsyncEachTarget> {
 public:
  /// Connects with the first command. Errors: RedisClusterConfigError; RedisClusterException when the system has no threads left.
  explicit AsyncRedisCluster(const Options& options, const AsyncOptions& async = {})
      : client_(detail::value_or_throw(detail::make_async_client(options, async))) {}
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
  /// Connects now, not with the first command. Errors: RedisClusterException, naming each startup node with its reason.
  Operation<void> connect() const {
    return Operation<void>(*client_, detail::blocking<void>([&client = detail::client_of(*client_)](const RunOptions&) { return detail::connect(client); }));
  }
  /// Calls function(NothrowRedisCluster&), or function(NothrowRedisCluster&, const RunOptions&), on a thread of the client's: for what has
  /// no operation of its own: transactions, locks, scripts, scans. It gives a Result<T>; its client is this one, with the same connections
  /// of its own as any blocking one. RunOptions has what is left of the operation's timeout, and its stop token. close() waits for it.
  ///     auto taken = co_await redis.call([](rc::NothrowRedisCluster& client) { return client.lock("door").acquire(); });
  template <class Function>
  auto call(Function function) const {
    using Outcome = decltype(detail::call_with(function, std::declval<NothrowRedisCluster&>(), RunOptions{}));
    using T = typename Outcome::value_type;
    return Operation<T>(*client_, detail::blocking<T>([&client = detail::client_of(*client_), kept = std::move(function)](const RunOptions& options) mutable {
      NothrowRedisCluster surface(client);
      return detail::call_with(kept, surface, options);
    }));
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
  friend struct detail::Targets<AsyncRedisCluster, AsyncTarget, AsyncEachTarget>;
  detail::AsyncClient& client() const { return *client_; }

  std::shared_ptr<detail::AsyncClient> client_;
};

}  // namespace rediscluster
