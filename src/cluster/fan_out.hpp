/// Runs a command on several nodes, or in several parts, at the same time, and merges the replies into one.
/// All nodes are written to before the first reply is awaited. A part that fails is judged and resent alone; a part that
/// failed for good makes the whole call an error: a failed part is never reported as nil or 0. Blocking; one per call.
#pragma once

#include "cluster/single_run.hpp"
#include "routing/split.hpp"

#include <memory>
#include <span>

namespace rediscluster::cluster {

class FanOut {
 public:
  FanOut(const Surroundings& surroundings, const EncodedCommand& command, base::Deadline deadline)
      : around_(surroundings), command_(command), deadline_(deadline) {}

  /// One part per slot of the command's keys.
  Result<void> run_split(Call& call);
  /// The whole command once per shard, on its primary.
  Result<void> run_on_shards(Call& call);
  /// The whole command once on every node.
  Result<void> run_on_nodes(Call& call);

 private:
  /// One command for one place, and its reply in the end.
  struct Errand {
    const EncodedCommand* command = nullptr;
    int slot = SingleRun::any_slot;
    Node* fixed = nullptr;
    Node* first_node = nullptr;  // where the first attempt goes; null: none known
    wire::Frame reply;
    std::optional<Error> error;
  };
  /// The errands of one node: one write, one ticket.
  struct Batch;

  void run_errands(std::span<Errand> errands);
  std::vector<std::unique_ptr<Batch>> group_by_node(std::span<Errand> errands) const;
  void settle(Batch& batch);
  void learn(const wire::Frame& reply, const Node& answered_by);
  void retry_alone(Errand& errand, bool in_doubt);
  Result<void> finish(std::span<Errand> errands, Call& call, const routing::Split* split) const;
  Error first_error(std::span<Errand> errands) const;

  const Surroundings& around_;
  const EncodedCommand& command_;
  const base::Deadline deadline_;
};

}  // namespace rediscluster::cluster
