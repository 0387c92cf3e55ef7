/// What the process has used between two moments, and the clock of the runs.
#pragma once

#include <chrono>
#include <cstdint>

#include "load/allocations.hpp"
#include "load/process_usage.hpp"
#include "load/workloads.hpp"

namespace load {

using Clock = std::chrono::steady_clock;

inline std::uint64_t nanoseconds(Clock::duration duration) {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count());
}

struct Meter {
  Clock::time_point time = Clock::now();
  double cpu = cpu_seconds();
  std::uint64_t allocated = allocations();

  void write_difference_to(Outcome& outcome) const {
    outcome.allocations = allocations() - allocated;
    outcome.cpu_seconds = cpu_seconds() - cpu;
    outcome.wall_seconds = std::chrono::duration<double>(Clock::now() - time).count();
  }
};

}  // namespace load
