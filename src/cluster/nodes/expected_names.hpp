/// Which names the certificate of a node may bear. Pure, but for the user's function.
#pragma once

#include <rediscluster/options.hpp>

#include <string>
#include <vector>

namespace rediscluster::cluster {

/// A node as the cluster told it and as this client reaches it.
struct KnownAs {
  NodeAddress reached;
  NodeAddress announced;   ///< Before host_port_remap; the same as `reached` without.
  std::string hostname{};  ///< In the metadata of CLUSTER SLOTS; empty: it told none.
};

/// One of these must be in the certificate; never empty for a node with a host.
/// The cluster's own word counts: only verified nodes are asked for it, and whoever could bend it could as well announce
/// an address of his own.
std::vector<std::string> expected_names(const TlsOptions& tls, const KnownAs& node);

}  // namespace rediscluster::cluster
