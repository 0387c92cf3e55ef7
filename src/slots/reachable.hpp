/// What of a view can be connected to. Pure.
#pragma once

#include "slots/slot_range.hpp"

namespace rediscluster::slots {

/// Servers with TLS that have not set tls-cluster tell port 0 for every node. Where only one of them can be the one that was
/// asked, it gets the port that it was asked at.
void give_asked_port(ClusterView& view, const NodeAddress& asked);

/// Whether a view has nodes and tells no port of any.
bool tells_no_port(const ClusterView& view);

/// Leaves out the nodes for which `is_reachable(NodeView)` says no: slots of such a primary are served by nobody, as far as
/// this view can tell.
template <class Predicate>
void keep_reachable(ClusterView& view, Predicate&& is_reachable) {
  std::vector<char> is_served;
  for (ShardView& shard : view.shards) {
    is_served.push_back(is_reachable(std::as_const(shard.primary)) ? 1 : 0);
    std::erase_if(shard.replicas, [&](const NodeView& replica) { return !is_reachable(replica); });
  }
  std::erase_if(view.ranges, [&](const SlotRange& range) { return is_served[range.shard] == 0; });
}

}  // namespace rediscluster::slots
