/// The load program: one client, one workload, one JSON line. See benchmarks/README.md for the method.
#include <cstdio>
#include <exception>
#include <stdexcept>

#include "load/async.hpp"
#include "load/client.hpp"
#include "load/options.hpp"
#include "load/process_usage.hpp"
#include "load/pubsub.hpp"
#include "load/raw_topology.hpp"
#include "load/workloads.hpp"

namespace load {

MakeClient find_client(const std::string& name) {
  if (name == "rediscluster-future") return make_rediscluster_futures;
  if (name == "rediscluster-started") return make_rediscluster_started;
  if (name.starts_with("rediscluster-")) throw std::invalid_argument("'" + name + "' is for the workloads async and pubsub");
  if (name == "rediscluster") return make_rediscluster;
  if (name == "raw") return make_raw;
  if (name == "raw-lead") return make_raw_lead;
  if constexpr (LOAD_HAS_HIREDIS) return make_hiredis;
  throw std::invalid_argument("this build has no hiredis client: install libhiredis-dev, run cmake again and build");
}

namespace {

void print_json(const Options& options, const Outcome& outcome) {
  const double operations = outcome.operations == 0 ? 1 : static_cast<double>(outcome.operations);
  std::printf("{\"client\": \"%s\", \"workload\": \"%s\", \"threads\": %d, \"main_thread\": %s, \"depth\": %d, \"value\": %zu, ",
              options.client.c_str(), options.workload.c_str(), options.threads, options.main_thread ? "true" : "false", options.depth,
              options.value_bytes);
  std::printf("\"ops\": %llu, \"errors\": %llu, \"wall_s\": %.6f, \"ops_per_s\": %.1f, ",
              static_cast<unsigned long long>(outcome.operations), static_cast<unsigned long long>(outcome.errors),
              outcome.wall_seconds, static_cast<double>(outcome.operations) / outcome.wall_seconds);
  std::printf("\"client_cpu_s\": %.6f, \"client_cpu_us_per_op\": %.3f, \"allocations_per_op\": %.3f, ",
              outcome.cpu_seconds, outcome.cpu_seconds * 1e6 / operations,
              static_cast<double>(outcome.allocations) / operations);
  std::printf("\"p50_us\": %.2f, \"p99_us\": %.2f, \"p999_us\": %.2f, \"max_rss_kib\": %ld}\n",
              outcome.latency.quantile_us(0.5), outcome.latency.quantile_us(0.99), outcome.latency.quantile_us(0.999),
              status_kib("VmHWM"));
}

}  // namespace
}  // namespace load

int main(int argc, char** argv) try {
  const load::Options options = load::parse_options(argc, argv);
  if (options.workload == "pubsub") {
    load::print_json(options, load::run_pubsub(options));
    return 0;
  }
  const bool is_async = options.workload == "async";
  const load::MakeClient make = is_async ? nullptr : load::find_client(options.client);
  const bool sends_raw_requests = options.client.starts_with("raw");
  load::KeySpace keys(options.keys, options.value_bytes, sends_raw_requests);
  if (options.cold_keys) keys.stay_cold();
  load::fill_missing_keys(options, keys);
  load::print_json(options, is_async ? load::run_async(options, keys) : load::run_workload(options, keys, make));
  return 0;
} catch (const std::exception& problem) {
  std::fprintf(stderr, "load: %s\n", problem.what());
  return 1;
}
