/// Reads a CLUSTER SLOTS reply (RESP2 or RESP3, servers 3.0 and newer) into a ClusterView. Pure.
#pragma once

#include "slots/slot_range.hpp"
#include "wire/frame.hpp"

#include <rediscluster/result.hpp>

namespace rediscluster::slots {

/// @param asked  the node that answered: stands in for a nil or empty endpoint, as servers since 7.0 may send it.
/// @return       ranges sorted by slot. An empty reply gives an empty view: whether to believe it is review()'s business.
/// Errors:       Errc::unexpected_reply when any part is malformed, slots are out of 0..16383 or overlap: a reply is
///               believed wholly or not at all. A node with endpoint "?" keeps it as its host: it cannot be connected to.
Result<ClusterView> parse_cluster_slots(const wire::Frame& reply, const NodeAddress& asked);

}  // namespace rediscluster::slots
