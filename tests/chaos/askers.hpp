/// One way to ask two clients, so that what callers do stands once: for the blocking one everything is there when it is awaited.
#pragma once

#include "chaos/play.hpp"

#include <rediscluster/async.hpp>

#include <coroutine>

namespace chaos {

using rediscluster::Command;
using rediscluster::ExecuteOptions;
using rediscluster::Operation;
using rediscluster::Replies;
using rediscluster::Result;

/// co_await gives it at once.
template <class T>
struct Ready {
  Result<T> result;
  bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  Result<T> await_resume() { return std::move(result); }
};

struct BlockingAsker {
  rediscluster::RedisCluster& redis;

  template <class T>
  Ready<T> ask(const Command<T>& command, milliseconds timeout) const {
    return {redis.nothrow().run(command, {.timeout = rediscluster::TimeSpan(timeout)})};
  }
  auto pipeline() const { return redis.nothrow().pipeline(); }
  auto transaction() const { return redis.nothrow().transaction(); }
  template <class Queued>
  Ready<Replies> execute(Queued& queued, milliseconds timeout) const {
    return {queued.execute({.raise_on_error = false, .timeout = rediscluster::TimeSpan(timeout)})};
  }
  auto scan() const { return redis.nothrow().scan_iter({.patience = rediscluster::TimeSpan(milliseconds(15'000))}); }
  template <class Scan>
  Ready<std::optional<std::string>> next(Scan& scan) const {
    return {scan.next()};
  }
};

struct AsyncAsker {
  rediscluster::AsyncRedisCluster& redis;

  template <class T>
  Operation<T> ask(const Command<T>& command, milliseconds timeout) const {
    return redis.run(command).within(timeout);
  }
  auto pipeline() const { return redis.pipeline(); }
  auto transaction() const { return redis.transaction(); }
  template <class Queued>
  Operation<Replies> execute(Queued& queued, milliseconds timeout) const {
    return queued.execute({.raise_on_error = false, .timeout = rediscluster::TimeSpan(timeout)});
  }
  auto scan() const { return redis.scan_iter({.patience = rediscluster::TimeSpan(milliseconds(15'000))}); }
  template <class Scan>
  Operation<std::optional<std::string>> next(Scan& scan) const {
    return scan.next();
  }
};

}  // namespace chaos
