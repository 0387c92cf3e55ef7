/// What every client of ours is made with.
#pragma once

#include <rediscluster/options.hpp>

#include "load/options.hpp"

namespace load {

inline rediscluster::Options client_options(const Options& options) { return {.startup_nodes = {{options.host, options.port}}}; }

}  // namespace load
