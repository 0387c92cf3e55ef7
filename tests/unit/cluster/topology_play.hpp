/// What the tests of the topology share: four nodes, views of them, and a topology.
#pragma once

#include <gtest/gtest.h>

#include "cluster/topology/topology.hpp"

namespace rediscluster::cluster::topology_play {

using namespace std::chrono_literals;
using slots::ClusterView;
using slots::NodeView;
using slots::ShardView;

inline const NodeAddress a{"10.0.0.1", 7000};
inline const NodeAddress b{"10.0.0.2", 7000};
inline const NodeAddress c{"10.0.0.3", 7000};
inline const NodeAddress d{"10.0.0.4", 7000};
inline constexpr base::TimePoint start{1h};

inline NodeView view_of(const NodeAddress& address) { return {address, "id-" + address.host}; }
struct Told {
  int first;
  int last;
  ShardView shard;
};
inline Told range(int first, int last, const NodeAddress& primary, const std::vector<NodeAddress>& replicas = {}) {
  Told made{first, last, {view_of(primary)}};
  for (const NodeAddress& replica : replicas) made.shard.replicas.push_back(view_of(replica));
  return made;
}
inline ClusterView view_of(const std::vector<Told>& ranges) {
  ClusterView view;
  for (const Told& each : ranges) view.add(each.first, each.last, each.shard);
  return view;
}

class TopologyTest : public ::testing::Test {
 protected:
  explicit TopologyTest(const AddressMap& remap = {}) : topology(nodes, remap) {}
  NodeAddress owner(int slot) const {
    const Shard* shard = topology.shard_of(slot);
    return shard == nullptr ? NodeAddress{} : shard->primary->address();
  }

  Config config;
  NodeTable nodes{config, 1};
  Topology topology;
  const ClusterView two_shards = view_of({range(0, 9999, a, {c}), range(10000, 16383, b, {d})});
};

}  // namespace rediscluster::cluster::topology_play
