/// What a command over several slots or nodes is in parts, and what the replies to these come to. Sends nothing.
#pragma once

#include "cluster/run/errand.hpp"
#include "cluster/topology/topology.hpp"
#include "routing/plan.hpp"
#include "routing/split.hpp"

#include <optional>
#include <span>
#include <vector>

namespace rediscluster::cluster {

class FanOutParts {
 public:
  /// @param command  outlives this.
  explicit FanOutParts(const CommandView& command) : command_(command) {}

  /// One part per slot of the command's keys.
  Result<void> split();
  /// The whole command once per shard, on its primary. A shard is named by a slot of it, so that a retry after a failover finds the
  /// new primary.
  void by_shard(const Topology& topology);
  /// The whole command once on each of these nodes, never redirected.
  void by_node(std::span<Node* const> nodes);
  /// As the plan says: split, all_shards or all_nodes.
  Result<void> by_plan(routing::Plan::Kind kind, const Topology& topology);

  std::vector<Errand>& errands() { return errands_; }
  /// Of all replies. Errors: that of a part that failed for good.
  Result<wire::Frame> join() const;

 private:
  const CommandView command_;
  std::optional<routing::Split> split_;  // owns what its errands point to
  std::vector<Errand> errands_;
};

}  // namespace rediscluster::cluster
