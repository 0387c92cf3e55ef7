/// Picks the copy of a shard for one read, by options and by what the nodes have shown so far. One per call.
#pragma once

#include "cluster/topology/topology.hpp"

#include "commands/command_view.hpp"

#include <array>

namespace rediscluster::cluster {

class Reader {
 public:
  /// Whether any copy of its keys' shard may answer a command, under these options. Cheap when the option is off.
  static bool applies(ReadFrom read_from, const CommandView& command) {
    return read_from != ReadFrom::primary && command.slot() >= 0 && routing::any_copy_may_answer(command);
  }

  /// The next copy to try. When all of them were, they are tried again.
  Node* choose(ReadFrom read_from, const Shard& shard, base::TimePoint now, base::Random& random);
  /// This one failed: not again in this call.
  void note_tried(const Node& node);
  /// Whether this call has a copy left to try. When not, all may be tried again after a pause.
  bool has_another(const Shard& shard) const;
  /// The same when this one, which is being tried, fails; but one that has not failed lately.
  bool has_well_one_beside(const Node& node, const Shard& shard, base::TimePoint now) const;
  /// Whether the answer of the chosen node is worth a look at the clock (strategy lowest_latency, one call in a few).
  bool measures() const { return measures_; }

 private:
  static constexpr std::size_t most_copies = 16;  // of more, the first ones in the order of their addresses
  bool was_tried(const Node* node) const;
  static std::size_t copies_of(const Shard& shard) { return std::min(most_copies, shard.replicas.size() + 1); }

  std::array<const Node*, most_copies> tried_;  // the first tried_count_ of them; not initialised: most calls try one
  std::size_t tried_count_ = 0;
  bool measures_ = false;
};

}  // namespace rediscluster::cluster
