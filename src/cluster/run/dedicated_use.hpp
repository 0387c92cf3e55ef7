/// A connection of one's own, for a command that waits on its server or for keys that are watched: one bound for both.
#pragma once

#include "cluster/run/cancellation.hpp"

namespace rediscluster::cluster {

/// Waits for a place below options.blocking_connections_per_node.
/// @param cancellation  ends the wait; null: nothing does but the end of the client.
/// Errors: Errc::too_many_connections at the deadline, naming the option; client_closed; cancelled.
Result<LanePool::Use> take_dedicated(const Surroundings& surroundings, Node& node, base::Deadline deadline,
                                     const Cancellation* cancellation = nullptr);

}  // namespace rediscluster::cluster
