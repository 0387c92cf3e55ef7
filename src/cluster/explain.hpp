/// What would happen to a command, as text for people. Sends nothing. Thread-safe.
#pragma once

#include "cluster/cluster.hpp"

#include <string>

namespace rediscluster::cluster {

/// Its policy, keys, slots, nodes as the client knows them now, the parts of a split, and what may be sent again; or why
/// it would be refused. Shows keys, never other arguments: they may be secrets.
/// @param runs_in_steps  the caller runs it as several commands, because its keys lie in several slots.
std::string explain(const Cluster& cluster, const EncodedCommand& command, bool runs_in_steps);

}  // namespace rediscluster::cluster
