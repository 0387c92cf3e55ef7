/// Runs a program on a local cluster of 3 primaries with a replica each: `on_a_cluster PROGRAM` starts
/// `PROGRAM HOST PORT` and ends with its exit status, or 3 when it took more memory than a program of a user's should, linked as he
/// links it. Stands on an installed rediscluster::testing.
/// `on_a_cluster PROGRAM FOLDER` makes it a cluster that speaks TLS, among its nodes too, with FOLDER/node.crt and
/// node.key, signed by themselves; `on_a_cluster PROGRAM FOLDER tls` gives the program the TLS port.
#include <rediscluster/testing/local_cluster.hpp>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string>

namespace {

constexpr long most_kib = 11 * 1024;
constexpr long most_kib_with_tls = 14 * 1024;  // OpenSSL alone is more than 4 MiB

/// The exit status; what the program took at its peak is compared, and said. (Linux counts in KiB, and from this program's own size up.)
int wait_for(pid_t child, long most) {
  int status = 0;
  rusage usage{};
  if (wait4(child, &status, 0, &usage) != child || !WIFEXITED(status)) return 2;
  std::printf("peak memory: %ld KiB of %ld\n", usage.ru_maxrss, most);
  const int code = WEXITSTATUS(status);
  return code == 0 && usage.ru_maxrss > most ? 3 : code;
}

}  // namespace

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
  return wait_for(child, argc > 3 ? most_kib_with_tls : most_kib);
}
