#include "cluster/run/channel_way.hpp"

#include "cluster/nodes/node.hpp"

namespace rediscluster::cluster {

int way_of_channel(const Topology& topology, int slot) {
  constexpr int looks = 64;
  constexpr int stride = slot_count / looks;  // so that every large range is met
  for (int look = 0; look < looks; ++look) {
    const int candidate = (slot + look * stride) % slot_count;
    const Shard* shard = topology.shard_of(candidate);
    Node* const primary = shard == nullptr ? nullptr : shard->primary;
    if (primary != nullptr && (primary->lanes().open_shared() > 0 || !primary->is_unreachable())) return candidate;
  }
  return slot;
}

Node* node_for_channel(const Topology& topology, int slot) {
  const Shard* const shard = topology.shard_of(way_of_channel(topology, slot));
  return shard == nullptr ? nullptr : shard->primary;
}

}  // namespace rediscluster::cluster
