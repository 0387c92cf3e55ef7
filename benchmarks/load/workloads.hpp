/// The workloads and what comes out of a run. A new workload is one function and one row in run_workload.
#pragma once

#include <cstdint>

#include "load/client.hpp"
#include "load/histogram.hpp"
#include "load/options.hpp"

namespace load {

struct Outcome {
  std::uint64_t operations = 0;
  std::uint64_t errors = 0;
  std::uint64_t allocations = 0;
  double wall_seconds = 0;
  double cpu_seconds = 0;  ///< User and system time of this process.
  Histogram latency;
};

/// One of the batch calls of a session.
using RunBatch = std::size_t (Session::*)(Session::Batch);

/// One thread, options.depth keys at a time. Throws std::exception when the run could not take place.
Outcome run_batches(const Options& options, const KeySpace& keys, MakeClient make, RunBatch run_batch);

/// Throws std::exception when the run could not take place.
Outcome run_workload(const Options& options, const KeySpace& keys, MakeClient make);

}  // namespace load
