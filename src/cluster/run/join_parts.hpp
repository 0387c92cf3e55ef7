/// The ends of the parts of one command as the end of the whole. Pure but for what it is given; any thread.
#pragma once

#include "cluster/run/errand.hpp"
#include "routing/split.hpp"

namespace rediscluster::cluster {

/// @param split  how the command was split; null: each errand is the whole command.
/// Errors: the first one of a part, when a part failed that the reply needs: never a silent nil or 0.
Result<wire::Frame> join_parts(const CommandFacts& facts, std::span<const Errand> errands, const routing::Split* split);

}  // namespace rediscluster::cluster
