/// What the snippets of the guide stand on: one local cluster for all of them, emptied before each, and a client of it.
/// Included by the files that tools/docs/extract_snippets writes. Tests only; one thread.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <optional>
#include <rediscluster/rediscluster.hpp>
#include <rediscluster/testing/local_cluster.hpp>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace guide {

inline rediscluster::testing::LocalCluster& local_cluster() {
  static rediscluster::testing::LocalCluster cluster({.primaries = 3, .replicas_per_primary = 1});
  return cluster;
}

/// What a page means by {"127.0.0.1", 7000 + index}.
inline rediscluster::NodeAddress node(int index) { return local_cluster().node(index).address(); }

/// Runs a program of the guide; its exit status, -1 when it crashed.
inline int run_program(const std::string& name, const std::string& argument = {}) {
  const std::string command = std::string(REDISCLUSTER_GUIDE_PROGRAMS) + "/" + name + " " + argument;
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class Guide : public ::testing::Test {
 protected:
  Guide() { cluster.flushall(); }

  rediscluster::RedisCluster cluster{rediscluster::Options{.startup_nodes = local_cluster().seeds()}};
};

}  // namespace guide
