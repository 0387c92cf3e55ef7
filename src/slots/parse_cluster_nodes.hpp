/// Reads the text of CLUSTER NODES or CLUSTER REPLICAS, of servers 3.0 and newer. Pure.
#pragma once

#include <rediscluster/cluster_types.hpp>
#include <rediscluster/result.hpp>

#include <string_view>

namespace rediscluster::slots {

/// @param text   lines ended by LF or CR LF; a verbatim string's "txt:" in front is fine.
/// @param asked  the node that answered: its host stands in where a line has none.
/// Errors: Errc::unexpected_reply naming the line that makes no sense. Unknown flags and further fields are kept or
///         passed over: newer servers add some.
Result<ClusterNodes> parse_cluster_nodes(std::string_view text, const NodeAddress& asked);

/// Fields of CLUSTER INFO ("name:value" lines).
ClusterInfo parse_cluster_info(std::string_view text);

}  // namespace rediscluster::slots
