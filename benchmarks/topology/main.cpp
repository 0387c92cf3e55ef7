/// Question: what does one refresh of a very large topology cost, in time and in memory: parse, review, publish?
/// 16384 ranges of one slot over 500 primaries with a replica each, every node with id, address and hostname. No server.
/// Run: build/release/benchmarks/topology [REPETITIONS]     (medians in one JSON line; the reply's own bytes are not counted)
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "cluster/topology/topology.hpp"
#include "slots/parse_cluster_slots.hpp"
#include "slots/review.hpp"
#include "support/heap.hpp"
#include "support/large_topology.hpp"
#include "wire/frame_scanner.hpp"

namespace {

using namespace rediscluster;
using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point begin) { return std::chrono::duration<double, std::milli>(Clock::now() - begin).count(); }
double kib(std::size_t bytes) { return static_cast<double>(bytes) / 1024; }

struct Sample {
  double frame_ms, parse_ms, review_ms, publish_ms, publish_again_ms, list_ms;
  double peak_kib, view_kib, kept_kib, nodes_kib;
};

/// One client that learns the topology for the first time, then gets the same view again.
Sample measure(const wire::Frame& frame) {
  Sample sample{};
  wire::FrameScanner scanner;
  Clock::time_point begin = Clock::now();
  if (scanner.scan(frame.bytes()).size != frame.bytes().size()) throw std::runtime_error("the reply is not whole");
  sample.frame_ms = milliseconds_since(begin);

  const cluster::Config config;
  cluster::NodeTable nodes(config, 1);
  cluster::Topology topology(nodes, {});
  const std::size_t empty = heap::in_use();
  heap::start_peak();
  {
    begin = Clock::now();
    const Result<slots::ClusterView> view = slots::parse_cluster_slots(frame, large_topology::address_of(0));
    sample.parse_ms = milliseconds_since(begin);
    if (!view) throw std::runtime_error(view.error().message);
    sample.view_kib = kib(heap::in_use() - empty);
    begin = Clock::now();
    if (slots::review(*view, {topology.covered_slots(), true, false}) != slots::Review::adopt) throw std::runtime_error("not believed");
    sample.review_ms = milliseconds_since(begin);
    begin = Clock::now();
    topology.adopt(*view, base::Clock::now());
    sample.publish_ms = milliseconds_since(begin);
    begin = Clock::now();
    topology.adopt(*view, base::Clock::now());
    sample.publish_again_ms = milliseconds_since(begin);
  }
  sample.peak_kib = kib(heap::peak() - empty);
  sample.kept_kib = kib(heap::in_use() - empty);
  begin = Clock::now();
  if (topology.all_nodes().size() != large_topology::nodes) throw std::runtime_error("nodes are missing");
  sample.list_ms = milliseconds_since(begin);

  cluster::NodeTable others(config, 1);
  const std::size_t before = heap::in_use();
  for (int node = 0; node < large_topology::nodes; ++node) others.at(large_topology::address_of(node));
  sample.nodes_kib = kib(heap::in_use() - before);
  return sample;
}

double median(const std::vector<Sample>& samples, double Sample::*field) {
  std::vector<double> values;
  for (const Sample& each : samples) values.push_back(each.*field);
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) try {
  const int repetitions = argc > 1 ? std::max(1, std::atoi(argv[1])) : 15;
  const std::string reply = large_topology::reply();
  const wire::Frame frame = wire::own(reply);
  std::vector<Sample> samples;
  for (int i = 0; i < repetitions; ++i) samples.push_back(measure(frame));
  const struct {
    const char* name;
    double Sample::*field;
  } columns[] = {{"frame_ms", &Sample::frame_ms},     {"parse_ms", &Sample::parse_ms},
                 {"review_ms", &Sample::review_ms},   {"publish_ms", &Sample::publish_ms},
                 {"publish_again_ms", &Sample::publish_again_ms}, {"list_ms", &Sample::list_ms},
                 {"peak_kib", &Sample::peak_kib},     {"view_kib", &Sample::view_kib},
                 {"kept_kib", &Sample::kept_kib},     {"nodes_kib", &Sample::nodes_kib}};
  std::printf("{\"repetitions\": %d, \"reply_kib\": %.0f", repetitions, kib(reply.size()));
  for (const auto& column : columns) std::printf(", \"%s\": %.3f", column.name, median(samples, column.field));
  std::printf("}\n");
  return 0;
} catch (const std::exception& problem) {
  std::fprintf(stderr, "topology: %s\n", problem.what());
  return 1;
}
