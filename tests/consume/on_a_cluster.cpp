/// Runs a program on a local cluster of 3 primaries with a replica each: `on_a_cluster PROGRAM` starts
/// `PROGRAM HOST PORT` and ends with its exit status. Stands on an installed rediscluster::testing.
/// `on_a_cluster PROGRAM FOLDER` makes it a cluster that speaks TLS, among its nodes too, with FOLDER/node.crt and
/// node.key, signed by themselves; `on_a_cluster PROGRAM FOLDER tls` gives the program the TLS port.
#include <rediscluster/testing/local_cluster.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string>

int main(int argc, char** argv) {
  if (argc < 2 || argc > 4) return 2;
  rediscluster::testing::LocalClusterOptions options{.primaries = 3, .replicas_per_primary = 1};
  if (argc > 2) {
    const std::string folder = argv[2];
    options.tls = rediscluster::testing::TlsFiles{folder + "/node.crt", folder + "/node.key", folder + "/node.crt"};
  }
  const rediscluster::testing::LocalCluster cluster(options);
  const rediscluster::NodeAddress node = argc > 3 ? cluster.node(0).tls_address() : cluster.node(0).address();
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
