/// What stands behind every public surface: the living cluster and what was learnt of commands the table does not know.
/// Thread-safe.
#pragma once

#include "cluster/cluster.hpp"
#include "cluster/command_catalog.hpp"

#include <rediscluster/client.hpp>

namespace rediscluster::detail {

class Client {
 public:
  explicit Client(cluster::Config config) : cluster_(std::move(config)), catalog_(cluster_) {}

  cluster::Cluster& cluster() { return cluster_; }
  const cluster::Cluster& cluster() const { return cluster_; }
  cluster::CommandCatalog& catalog() { return catalog_; }

 private:
  cluster::Cluster cluster_;
  cluster::CommandCatalog catalog_;
};

}  // namespace rediscluster::detail
