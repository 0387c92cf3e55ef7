/// Compares what callers were told with what the servers' logs say and with what is there in the end. For when nobody calls any more and
/// the cluster is well.
#pragma once

#include "chaos/play.hpp"
#include "chaos/server_logs.hpp"

#include <rediscluster/testing/local_cluster.hpp>

namespace chaos {

struct Sums {
  std::uint64_t writes = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t in_doubt = 0;
  std::uint64_t lost_by_servers = 0;  ///< Acknowledged, logged by a server, and gone with a failover.
};

/// What went wrong is told to `play`.
Sums judge(Play& play, ServerLogs& logs, const rediscluster::testing::LocalCluster& cluster, rediscluster::RedisCluster& client);

}  // namespace chaos
