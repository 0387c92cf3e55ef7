/// The cluster as its nodes describe it, asked anew each time, and nodes by their id. Thread-safe.
#pragma once

#include "cluster/cluster.hpp"

#include <rediscluster/types/cluster.hpp>

namespace rediscluster::cluster {

/// CLUSTER NODES of one node. Errors: those of Cluster::execute; Errc::unexpected_reply.
Result<ClusterNodes> ask_nodes(Cluster& cluster);
/// CLUSTER SLOTS of one node, in slot order. Errors: likewise.
Result<std::vector<rediscluster::SlotRange>> ask_slots(Cluster& cluster);
/// CLUSTER REPLICAS of a primary. Errors: likewise; Errc::unknown_node.
Result<std::vector<ClusterNode>> ask_replicas(Cluster& cluster, std::string_view primary_id);
/// Fields of a CLUSTER INFO text.
ClusterInfo read_info(std::string_view text);

/// The node with this id: as the topology knows it, or else as CLUSTER NODES tells.
/// Errors: Errc::unknown_node, listing the ids there are; what kept the cluster from answering.
Result<Node*> find_node(Cluster& cluster, std::string_view node_id);

/// The node a caller named by id, or as "host:port" in the way it is announced or reached. Errors: likewise.
Result<Node*> find_target(Cluster& cluster, std::string_view node);

}  // namespace rediscluster::cluster
