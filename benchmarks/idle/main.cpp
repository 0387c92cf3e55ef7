/// How much memory an idle client keeps: one RedisCluster, one GET at each primary, then the resident size of the
/// process. Run: idle --host H --port P      One JSON line. `rss_before_kib` is the process before it had a client.
#include <cstdio>
#include <exception>
#include <rediscluster/rediscluster.hpp>
#include <string>
#include <vector>

#include "load/options.hpp"
#include "load/process_usage.hpp"
#include "load/raw_topology.hpp"

namespace {

/// For each primary a key that it owns.
std::vector<std::string> one_key_a_primary(const load::Options& options) {
  load::RawSocket socket(options.host, options.port);
  const load::Topology topology = load::ask_topology(socket, options.host);
  std::vector<std::string> keys(topology.primaries.size());
  std::size_t found = 0;
  for (int number = 0; found < keys.size(); ++number) {
    const std::string key = "idle:" + std::to_string(number);
    std::string& place = keys[topology.owner[static_cast<std::size_t>(rediscluster::keyslot(key))]];
    if (place.empty()) {
      place = key;
      ++found;
    }
  }
  return keys;
}

}  // namespace

int main(int argc, char** argv) try {
  const load::Options options = load::parse_options(argc, argv);
  const std::vector<std::string> keys = one_key_a_primary(options);
  const long before = load::status_kib("VmRSS");
  rediscluster::RedisCluster cluster({.startup_nodes = {{options.host, options.port}}});
  for (const std::string& key : keys) cluster.get(key);
  std::printf("{\"nodes\": %zu, \"rss_before_kib\": %ld, \"rss_kib\": %ld, \"peak_kib\": %ld}\n", keys.size(), before,
              load::status_kib("VmRSS"), load::status_kib("VmHWM"));
  return 0;
} catch (const std::exception& problem) {
  std::fprintf(stderr, "idle: %s\n", problem.what());
  return 1;
}
