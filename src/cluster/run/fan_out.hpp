/// Runs a command on several nodes, or in several parts, at the same time, and merges the replies into one, or hands
/// them out node by node. A part that failed for good makes a merged reply an error: it is never reported as nil or 0.
/// Blocking; one per call.
#pragma once

#include "cluster/run/fan_out_parts.hpp"
#include "cluster/run/run_errands.hpp"

namespace rediscluster::cluster {

class FanOut {
 public:
  FanOut(const Surroundings& surroundings, const EncodedCommand& command, base::Deadline deadline)
      : around_(surroundings), command_(command), deadline_(deadline), parts_(command) {}

  /// One part per slot of the command's keys.
  Result<void> run_split(Call& call);
  /// The whole command once per shard, on its primary.
  Result<void> run_on_shards(Call& call);
  /// RANDOMKEY: one primary after another, until one has a key of its own.
  Result<void> run_on_any_until_found(Call& call);
  /// The whole command once on every node.
  Result<void> run_on_nodes(Call& call);

  /// The whole command once per shard, on its primary, each with its own end.
  std::vector<Errand> ask_shards();
  /// The whole command once on each of these nodes, never redirected, each with its own end.
  std::vector<Errand> ask(std::span<Node* const> nodes);

 private:
  Result<void> finish(Call& call) const;

  const Surroundings& around_;
  const EncodedCommand& command_;
  const base::Deadline deadline_;
  FanOutParts parts_;
};

}  // namespace rediscluster::cluster
