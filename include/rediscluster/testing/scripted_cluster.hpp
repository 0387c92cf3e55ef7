/// Several scripted nodes that tell one topology: slots in even shares, replicas after their primary.
/// Threads: as ScriptedNode.
#pragma once

#include <cstddef>
#include <memory>
#include <rediscluster/testing/scripted_node.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace rediscluster::testing {

class ScriptedCluster {
 public:
  /// Nodes are numbered as in LocalCluster: first the primaries in slot order, then the replicas of primary 0, of 1,
  /// ...
  explicit ScriptedCluster(int primaries, int replicas_per_primary = 0, const ScriptedNodeOptions& options = {});

  int size() const { return static_cast<int>(nodes_.size()); }
  ScriptedNode& node(int index) { return *nodes_.at(static_cast<std::size_t>(index)); }
  ScriptedNode& operator[](int index) { return node(index); }
  std::vector<NodeAddress> seeds() const;
  std::string url() const { return nodes_.front()->url(); }

  /// The primary of the slot, or of the key's slot, as the nodes tell it now.
  ScriptedNode& owner_of(int slot);
  ScriptedNode& owner_of(std::string_view key);

  /// What all nodes tell from now on.
  void serve_slots(std::vector<ScriptedRange> ranges);
  /// What they tell now, to be changed and given back.
  const std::vector<ScriptedRange>& ranges() const { return ranges_; }

  /// How many commands of this name came to all nodes.
  int received(std::string_view name) const;
  /// Failures and unmet expectations of all nodes; empty when the play went as written.
  std::string complaints() const;

 private:
  std::vector<std::unique_ptr<ScriptedNode>> nodes_;
  std::vector<ScriptedRange> ranges_;
};

}  // namespace rediscluster::testing
