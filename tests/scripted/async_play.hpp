/// What the plays of the asynchronous client share.
#pragma once

#include <rediscluster/async.hpp>

#include <atomic>
#include <future>

#include "scripted/play.hpp"
#include "support/task.hpp"

namespace play {

using rediscluster::AsyncOptions;
using rediscluster::AsyncRedisCluster;
using rediscluster::Operation;
using rediscluster::Options;
using test_support::Fiber;
using Text = std::optional<std::string>;

/// The end of an operation; an error where there is none for long.
template <class T>
Result<T> end_of(Operation<T> operation) {
  auto told = std::make_shared<std::promise<Result<T>>>();
  std::future<Result<T>> end = told->get_future();
  std::move(operation).then([told](Result<T> result) { told->set_value(std::move(result)); });
  if (end.wait_for(20s) != std::future_status::ready) {
    ADD_FAILURE() << "an operation has no end";
    return rediscluster::fail(Errc::timed_out, "the test has waited long enough");
  }
  return end.get();
}

/// An operation that was begun, to be looked at later.
template <class T>
class Later {
 public:
  explicit Later(Operation<T> operation) {
    std::move(operation).then([told = told_](Result<T> result) {
      ++told->times;
      told->result.set_value(std::move(result));
    });
  }
  bool is_told() const { return told_->times > 0; }
  int times() const { return told_->times; }
  Result<T> end() {
    if (end_.wait_for(20s) == std::future_status::ready) return end_.get();
    ADD_FAILURE() << "an operation has no end";
    return rediscluster::fail(Errc::timed_out, "the test has waited long enough");
  }

 private:
  struct Told {
    std::promise<Result<T>> result;
    std::atomic<int> times{0};
  };
  std::shared_ptr<Told> told_ = std::make_shared<Told>();
  std::future<Result<T>> end_ = told_->result.get_future();
};

inline Options options_for(const ScriptedCluster& cluster) { return Options{.startup_nodes = cluster.seeds(), .command_timeout = 3s}; }

/// Two nodes that answer GET with its key, and a client of theirs.
class AsyncPlay : public ::testing::Test {
 protected:
  AsyncPlay() { echo_gets(nodes); }
  ScriptedCluster nodes{2};
  AsyncRedisCluster redis{options_for(nodes)};
};

}  // namespace play
