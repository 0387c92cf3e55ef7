/// The asynchronous client. Thread-safe: make one and share it; no call blocks.
#pragma once

#include <rediscluster/async/async_client.hpp>
#include <rediscluster/async/async_pipeline.hpp>
#include <rediscluster/async/operation.hpp>
#include <rediscluster/commands/all.hpp>
#include <rediscluster/word_commands.hpp>

#include <concepts>
#include <string>
#include <string_view>

namespace rediscluster {

/// The commands of RedisCluster, with its options, routing, retries and errors, as operations: `co_await redis.get("k")` gives
/// Result<std::optional<std::string>>; `redis.get("k").then(...)`, `.to_future()`, `.start()`, `.detach()`. @see Operation
///
/// Their ends are told on the thread of a reactor, where nothing may block or take long, unless AsyncOptions::completions or
/// Operation::on() say otherwise. Commands and pipelines are driven by the reactor; but what waits on its server (BLPOP), is run step by
/// step (RENAME over several slots) or asks again (KEYS, RANDOMKEY) takes a thread of the client's for as long as it lasts, 64 at once.
class AsyncRedisCluster : public AllCommands<AsyncRedisCluster, Operation>, public WordCommands<AsyncRedisCluster, Operation> {
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
  std::shared_ptr<detail::AsyncClient> client_;
};

}  // namespace rediscluster
