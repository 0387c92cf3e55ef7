/// One simulated run: a world, a cluster, a client, callers, faults, and what the oracle says in the end.
#pragma once

#include "simulation/nemesis.hpp"
#include "simulation/workload.hpp"

#include <optional>

namespace rediscluster::simulation {

struct RunPlan {
  std::uint64_t seed = 1;
  ClusterPlan cluster{};
  WorkloadPlan workload{};
  int faults = 50;
  int milliseconds = 8000;                ///< Within which the faults happen.
  std::optional<Schedule> schedule{};     ///< Instead of one drawn from the seed.
  bool has_name = false;                  ///< The client is told a name in place of addresses.
  bool is_narrow = false;                 ///< It may have few commands under way, and few connections.
  bool is_resp2 = false;                  ///< It speaks RESP2.
  bool is_patient = false;                ///< It has no socket_timeout.
  bool resends_everything = false;        ///< It was told that it may, which the oracle does not know: to prove that it sees.
  bool prints_trace = false;
  base::Duration trace_until = base::Duration::max();  ///< Of the world's age: no line of it is printed behind that.
};

struct Outcome {
  std::uint64_t trace_hash = 0;
  std::vector<std::string> violations{};
  Schedule schedule{};
  std::size_t calls = 0;
  std::uint64_t commands = 0;  ///< That servers ran.
  std::size_t failed = 0;
  std::size_t in_doubt = 0;
  base::Duration virtual_time{};
};

/// What differs from seed to seed beside the faults: how large the cluster is, whether replicas are read from, whether it has a name.
RunPlan varied(RunPlan plan, std::uint64_t seed);
Outcome run(const RunPlan& plan);

}  // namespace rediscluster::simulation
