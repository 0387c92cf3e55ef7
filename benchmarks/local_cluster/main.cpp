/// Three primaries with a replica each, for compare: says where they are in one JSON line, and ends (with its servers)
/// when its standard input ends. So the servers cannot outlive the script, however that stops.
#include <cstdio>
#include <exception>
#include <rediscluster/testing/local_cluster.hpp>

int main() try {
  const rediscluster::testing::LocalCluster cluster;
  const rediscluster::NodeAddress first = cluster.node(0).address();
  std::printf("{\"host\": \"%s\", \"port\": %d, \"pids\": [", first.host.c_str(), first.port);
  const char* separator = "";
  for (const pid_t pid : cluster.pids()) {
    std::printf("%s%d", separator, static_cast<int>(pid));
    separator = ", ";
  }
  std::printf("]}\n");
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  return 0;
} catch (const std::exception& problem) {
  std::fprintf(stderr, "local_cluster: %s\n", problem.what());
  return 1;
}
