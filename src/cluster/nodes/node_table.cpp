#include "cluster/nodes/node_table.hpp"

#include <algorithm>
#include <vector>

namespace rediscluster::cluster {

// Nodes in random order, so that not always the same ones pay; the one that needs the room last.
std::vector<Node*> NodeTable::in_random_order(const Node& last) {
  std::vector<Node*> nodes = kept();
  std::lock_guard lock{mutex_};
  random_.shuffle(nodes);
  std::stable_partition(nodes.begin(), nodes.end(), [&](const Node* node) { return node != &last; });
  return nodes;
}

void NodeTable::make_room(const Node& wanting, MakeRoom how) {
  const std::vector<Node*> nodes = in_random_order(wanting);
  for (Node* node : nodes) {
    if (node->end_one_idle(how == MakeRoom::idle_dedicated)) return;
  }
  if (how != MakeRoom::idle_or_drained) return;
  // Who has several can best do without one.
  const auto richest = std::max_element(nodes.begin(), nodes.end(), [&](Node* a, Node* b) {
    return a->open_shared() < b->open_shared();
  });
  if (richest != nodes.end() && *richest != &wanting) (*richest)->drain_one();
}

}  // namespace rediscluster::cluster
