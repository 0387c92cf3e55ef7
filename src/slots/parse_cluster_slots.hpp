/// Reads a CLUSTER SLOTS reply (RESP2 or RESP3, servers 3.0 and newer) into a ClusterView. Pure.
#pragma once

#include "slots/slot_range.hpp"
#include "wire/frame.hpp"

#include <rediscluster/result.hpp>

namespace rediscluster::slots {

/// @param asked  the node that answered: stands in for a nil or empty endpoint, as servers since 7.0 may send it.
/// @return       ranges sorted by slot. An empty reply gives an empty view: whether to believe it is review()'s business.
///               A replica that makes no sense is left out. A node with endpoint "?" is at the ip of its metadata; where
///               that is not told it keeps "?" as its host, and cannot be connected to.
/// Errors:       Errc::unexpected_reply when any other part is malformed, slots are out of 0..16383 or overlap: who serves
///               the slots is believed wholly or not at all.
Result<ClusterView> parse_cluster_slots(const wire::Frame& reply, const NodeAddress& asked);

}  // namespace rediscluster::slots
