// Who serves, by the map as it is.
#include "cluster/topology/topology.hpp"

#include <algorithm>
#include <unordered_set>

namespace rediscluster::cluster {

std::set<const Node*> Topology::named() const {
  std::set<const Node*> nodes;
  for (int slot = 0; slot < slot_count; slot = slots_.end_of_run(slot)) {
    const Shard* shard = shard_of(slot);
    if (shard == nullptr) continue;
    nodes.insert(shard->primary);
    nodes.insert(shard->replicas.begin(), shard->replicas.end());
  }
  names_.add_to(nodes);
  return nodes;
}

Topology::Serving Topology::look_who_serves() const {
  Serving serving;
  std::vector<ServingShard>& found = serving.shards;
  for (int slot = 0, end = 0; slot < slot_count; slot = end) {
    const Shard* shard = shard_of(slot);
    end = slots_.end_of_run(slot);
    if (shard == nullptr) continue;
    serving.covered += end - slot;
    found.push_back({shard, slot});
  }
  // The same primary may stand in several places, and for a moment in two shards: after a MOVED and before the next view.
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return std::pair(a.shard->primary, a.slot) < std::pair(b.shard->primary, b.slot);
  });
  const auto has_same = [](const auto& a, const auto& b) { return a.shard->primary == b.shard->primary; };
  found.erase(std::unique(found.begin(), found.end(), has_same), found.end());
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.slot < b.slot; });
  found.shrink_to_fit();  // it is kept
  return serving;
}

// Looked for once an epoch: it is asked for several times in each round of questions, and by each command for all nodes. The epoch is raised
// behind the change, so what was found in between is not kept for longer than until then.
std::shared_ptr<const Topology::Serving> Topology::serving() const {
  const std::uint64_t now = epoch();
  std::lock_guard lock{serving_mutex_};
  if (serving_ == nullptr || serving_epoch_ != now) {
    serving_ = std::make_shared<const Serving>(look_who_serves());
    serving_epoch_ = now;
  }
  return serving_;
}

int Topology::covered_slots() const { return serving()->covered; }
std::vector<Topology::ServingShard> Topology::shards() const { return serving()->shards; }

std::vector<Node*> Topology::primaries() const {
  std::vector<Node*> nodes;
  for (const ServingShard& each : serving()->shards) nodes.push_back(each.shard->primary);
  return nodes;
}

std::vector<Node*> Topology::replicas() const {
  const std::shared_ptr<const Serving> all = serving();
  std::unordered_set<const Node*> seen;
  for (const ServingShard& each : all->shards) seen.insert(each.shard->primary);
  std::vector<Node*> nodes;
  for (const ServingShard& each : all->shards) {
    // A promoted replica stands in its old shard, too, until the next view.
    for (Node* replica : each.shard->replicas) {
      if (seen.insert(replica).second) nodes.push_back(replica);
    }
  }
  return nodes;
}

std::vector<Node*> Topology::all_nodes() const {
  std::vector<Node*> nodes = primaries();
  for (Node* replica : replicas()) nodes.push_back(replica);
  return nodes;
}

}  // namespace rediscluster::cluster
