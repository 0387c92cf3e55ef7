/// A client on one real cluster, for tests of commands: the cluster is shared by the tests of a program, and emptied
/// before each of them. Tests only.
#pragma once

#include <gtest/gtest.h>

#include <rediscluster/rediscluster.hpp>
#include <rediscluster/testing/local_cluster.hpp>
#include <string>

namespace test_support {

using rediscluster::NothrowRedisCluster;
using rediscluster::RedisCluster;
using rediscluster::Result;

/// One for the whole program: starting one takes seconds.
inline rediscluster::testing::LocalCluster& shared_cluster() {
  static rediscluster::testing::LocalCluster cluster({.primaries = 3, .replicas_per_primary = 0});
  return cluster;
}

/// What a command gave, whichever surface it was called on.
template <class T>
T value(T plain) {
  return plain;
}
template <class T>
T value(Result<T> result) {
  if (!result) throw_error(result.error());
  return std::move(*result);
}

/// The parameter is the protocol: 3 or 2.
class Commands : public ::testing::TestWithParam<int> {
 protected:
  Commands() : client_({.startup_nodes = shared_cluster().seeds(), .protocol = GetParam()}) { client_.flushall(); }

  /// Runs the same scene on the throwing and on the nothrow surface.
  template <class Scene>
  void on_both_surfaces(Scene scene) {
    {
      SCOPED_TRACE("throwing surface");
      scene(client_);
    }
    client_.flushall();
    SCOPED_TRACE("nothrow surface");
    NothrowRedisCluster nothrow = client_.nothrow();
    scene(nothrow);
  }

  RedisCluster client_;
};

}  // namespace test_support
