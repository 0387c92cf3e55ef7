/// Topology shared by scripted nodes.
#include <rediscluster/key_slot.hpp>
#include <rediscluster/testing/scripted_cluster.hpp>

namespace rediscluster::testing {

ScriptedCluster::ScriptedCluster(int primaries, int replicas_per_primary, const ScriptedNodeOptions& options) {
  if (primaries < 1 || replicas_per_primary < 0) throw ServerError("a scripted cluster needs a primary");
  for (int i = 0; i < primaries * (1 + replicas_per_primary); ++i)
    nodes_.push_back(std::make_unique<ScriptedNode>(options));
  std::vector<ScriptedRange> ranges;
  for (int i = 0; i < primaries; ++i) {
    ScriptedRange range{slot_count * i / primaries, slot_count * (i + 1) / primaries - 1, node(i)};
    for (int r = 0; r < replicas_per_primary; ++r)
      range.replicas.push_back(node(primaries + i * replicas_per_primary + r));
    ranges.push_back(std::move(range));
  }
  serve_slots(std::move(ranges));
}

std::vector<NodeAddress> ScriptedCluster::seeds() const {
  std::vector<NodeAddress> addresses;
  for (const auto& node : nodes_) addresses.push_back(node->address());
  return addresses;
}

ScriptedNode& ScriptedCluster::owner_of(int slot) {
  for (const ScriptedRange& range : ranges_) {
    if (slot < range.first || slot > range.last) continue;
    for (const auto& node : nodes_) {
      if (node->address() == range.primary.address) return *node;
    }
  }
  throw ServerError("no scripted node serves slot " + std::to_string(slot));
}

ScriptedNode& ScriptedCluster::owner_of(std::string_view key) { return owner_of(keyslot(key)); }

void ScriptedCluster::serve_slots(std::vector<ScriptedRange> ranges) {
  ranges_ = std::move(ranges);
  for (const auto& node : nodes_) node->serve_slots(ranges_);
}

int ScriptedCluster::received(std::string_view name) const {
  int count = 0;
  for (const auto& node : nodes_) count += node->received(name);
  return count;
}

std::string ScriptedCluster::complaints() const {
  std::string text;
  for (const auto& node : nodes_) text += node->complaints();
  return text;
}

}  // namespace rediscluster::testing
