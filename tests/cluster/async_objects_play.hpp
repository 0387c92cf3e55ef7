/// What the plays of an asynchronous client's objects share: three primaries, a client of theirs, and operations waited for here.
#pragma once

#include <rediscluster/async.hpp>
#include <rediscluster/rediscluster.hpp>
#include <rediscluster/testing/local_cluster.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "support/task.hpp"

namespace async_objects {

using namespace std::chrono_literals;
using rediscluster::AsyncRedisCluster;
using rediscluster::Errc;
using rediscluster::Operation;
using rediscluster::Options;
using rediscluster::RedisCluster;
using rediscluster::Result;
using rediscluster::testing::key_in_slot;
using rediscluster::testing::LocalCluster;
using test_support::Fiber;
using Clock = std::chrono::steady_clock;
using Text = std::optional<std::string>;

inline std::size_t threads_of_process() {
  std::size_t threads = 0;
  for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator("/proc/self/task")) ++threads;
  return threads;
}

/// Waits for it here; throws what it ends in.
template <class T>
T get(Operation<T> operation) {
  return std::move(operation).to_future().get();
}

/// The same, as a code.
template <class T>
Errc end_code(Operation<T> operation) {
  std::promise<Result<T>> told;
  std::move(operation).then([&](Result<T> result) { told.set_value(std::move(result)); });
  Result<T> result = told.get_future().get();
  return result ? Errc{} : result.error().code;
}

class AsyncObjectsPlay : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { servers = new LocalCluster({.replicas_per_primary = 0}); }
  static void TearDownTestSuite() {
    delete servers;
    servers = nullptr;
  }
  /// All servers hold back what they are asked for so long. (A script that waits for TIME to go on waits for ever on servers
  /// newer than Debian 12's: a script sees one time there.)
  void hold_servers(std::chrono::milliseconds time) {
    for (const auto& each : get(redis.on_all_primaries().client_pause(time))) EXPECT_TRUE(each.result);
  }

  static Options options() { return Options{.startup_nodes = servers->seeds(), .command_timeout = 5s}; }

  static LocalCluster* servers;
  const std::size_t threads_before = threads_of_process();
  AsyncRedisCluster redis{options()};
};
inline LocalCluster* AsyncObjectsPlay::servers = nullptr;

}  // namespace async_objects
