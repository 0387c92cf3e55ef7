/// What stands behind every public surface: the living cluster and what was learnt of commands the table does not know.
/// Thread-safe.
#pragma once

#include "cluster/cluster.hpp"
#include "cluster/command_catalog.hpp"
#include "emulation/emulation.hpp"

#include <rediscluster/client.hpp>

namespace rediscluster::detail {

class Client {
 public:
  explicit Client(cluster::Config config) : cluster_(std::move(config)), catalog_(cluster_) {}

  cluster::Cluster& cluster() { return cluster_; }
  const cluster::Cluster& cluster() const { return cluster_; }
  cluster::CommandCatalog& catalog() { return catalog_; }

  /// Its keys lie in several slots, and it is one of those that are run step by step then.
  static bool runs_in_steps(const EncodedCommand& command) {
    return command.slot() == EncodedCommand::several_slots && emulation::can_run(command);
  }
  /// Runs a command as Cluster::execute() does, or step by step where no single node could.
  Result<void> execute(const EncodedCommand& command, cluster::Call& call, const cluster::CallOptions& options) {
    const bool is_free = options.node == nullptr && !options.slot;  // nobody named a place for it
    return is_free && runs_in_steps(command) ? emulation::run(cluster_, command, call, options)
                                             : cluster_.execute(command, call, options);
  }

 private:
  cluster::Cluster cluster_;
  cluster::CommandCatalog catalog_;
};

std::vector<std::string_view> views_of(std::span<const Arg> args);

}  // namespace rediscluster::detail
