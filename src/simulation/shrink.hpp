/// The least that still goes wrong: fewer faults, callers and calls, by trying.
#pragma once

#include "simulation/run.hpp"

#include <string>

namespace rediscluster::simulation {

/// "I5" of "I5: RPUSH ... was run 2 times"; empty: there was none.
std::string first_invariant(const Outcome& outcome);

/// @param plan       of a run that violates an invariant.
/// @param most_runs  tried at most.
/// @return  a plan with a schedule that violates the same one first.
RunPlan shrink(const RunPlan& plan, const Outcome& outcome, int most_runs);

}  // namespace rediscluster::simulation
