/// The run of one script: by its hash, and by its source on a node that does not have it. Any thread.
#pragma once

#include "cluster/cluster.hpp"

namespace rediscluster::cluster {

/// Executes `by_hash` (EVALSHA, EVALSHA_RO); on NOSCRIPT, which proves that nothing ran, the same with the source, once.
/// One deadline covers both. The facts of the reply are those of either.
Result<void> execute_script(Cluster& cluster, const EncodedCommand& by_hash, std::string_view source, Call& call,
                            CallOptions options = {});

}  // namespace rediscluster::cluster
