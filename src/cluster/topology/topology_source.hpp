/// Asks one node for its view of the cluster. Blocking; thread-safe.
#pragma once

#include "cluster/nodes/node.hpp"
#include "slots/slot_range.hpp"

namespace rediscluster::cluster {

/// @param meanwhile  done while the answer is on its way, if a connection has to be made for it; null: nothing.
/// Errors: what kept the node from answering, or Errc::not_cluster_mode, or a malformed reply; `node` is filled in.
Result<slots::ClusterView> ask_for_view(Node& node, base::Deadline deadline, const std::function<void()>* meanwhile = nullptr);

}  // namespace rediscluster::cluster
