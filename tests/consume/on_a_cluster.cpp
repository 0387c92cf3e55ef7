/// Runs a program on a local cluster of 3 primaries with a replica each: `on_a_cluster PROGRAM` starts
/// `PROGRAM HOST PORT` and ends with its exit status. Stands on an installed rediscluster::testing.
#include <rediscluster/testing/local_cluster.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const rediscluster::testing::LocalCluster cluster({.primaries = 3, .replicas_per_primary = 1});
  const rediscluster::NodeAddress node = cluster.node(0).address();
  const std::string port = std::to_string(node.port);
  const pid_t child = fork();
  if (child < 0) return 2;
  if (child == 0) {
    execl(argv[1], argv[1], node.host.c_str(), port.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child) return 2;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}
