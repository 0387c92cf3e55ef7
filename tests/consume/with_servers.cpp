/// A user's test: real servers from rediscluster::testing, the client on them. Ends with 0 when the value comes back.
#include <rediscluster/rediscluster.hpp>
#include <rediscluster/testing/local_cluster.hpp>

#include <cstdio>
#include <exception>

int main() try {
  const rediscluster::testing::LocalCluster servers({.primaries = 3, .replicas_per_primary = 0});
  rediscluster::RedisCluster cluster({.startup_nodes = servers.seeds()});
  cluster.set("greeting", "hello");
  const auto value = cluster.get("greeting");
  std::printf("greeting = %s\n", value.value_or("(none)").c_str());
  return value == "hello" ? 0 : 1;
} catch (const std::exception& problem) {
  std::fprintf(stderr, "%s\n", problem.what());
  return 1;
}
