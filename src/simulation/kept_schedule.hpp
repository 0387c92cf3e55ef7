/// A run as a file: its seed, how much is asked for, and its faults, one a line. What a shrunk run becomes, and then a test.
#pragma once

#include "simulation/run.hpp"

#include <rediscluster/result.hpp>

#include <string>

namespace rediscluster::simulation {

/// @param why  a comment of one line, for whoever reads it.
std::string text_of(const RunPlan& plan, const Schedule& schedule, const std::string& why);
/// Errors: Errc::bad_option, naming the line.
Result<RunPlan> parse_plan(const std::string& text);

}  // namespace rediscluster::simulation
