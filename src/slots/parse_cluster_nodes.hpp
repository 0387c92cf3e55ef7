/// Reads the text of CLUSTER NODES or CLUSTER REPLICAS, of servers 3.0 and newer. Pure.
#pragma once

#include <rediscluster/types/cluster.hpp>
#include <rediscluster/result.hpp>

#include <string_view>

namespace rediscluster::slots {

/// @param text   lines ended by LF or CR LF; a verbatim string's "txt:" in front is fine.
/// @param asked  the node that answered: its host stands in where a line has none, but for a node without an address.
/// @return  a node a line. A line that makes no sense is left out, and so is the second one of a node. Unknown flags and
///          further fields are kept or passed over: newer servers add some.
/// Errors: Errc::unexpected_reply when there are lines and none makes sense.
Result<ClusterNodes> parse_cluster_nodes(std::string_view text, const NodeAddress& asked);

bool has_flag(const ClusterNode& node, std::string_view flag);

/// Fields of CLUSTER INFO ("name:value" lines).
ClusterInfo parse_cluster_info(std::string_view text);

}  // namespace rediscluster::slots
