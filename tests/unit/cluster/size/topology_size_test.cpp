/// What a refresh of a very large topology takes: bytes and allocations, which are the same on every machine.
/// How long it takes: benchmarks/topology.
#include "cluster/topology/topology.hpp"
#include "slots/parse_cluster_slots.hpp"
#include "slots/review.hpp"
#include "support/heap.hpp"
#include "support/large_topology.hpp"

#include <gtest/gtest.h>

namespace rediscluster::cluster {
namespace {

constexpr std::size_t mib = 1024 * 1024;

class TopologySizeTest : public ::testing::Test {
 protected:
  TopologySizeTest() {
    for (int node = 0; node < large_topology::nodes; ++node) nodes.at(large_topology::address_of(node));
  }
  void refresh() {
    const Result<slots::ClusterView> view = slots::parse_cluster_slots(reply, large_topology::address_of(0));
    ASSERT_TRUE(view);
    ASSERT_EQ(slots::review(*view, {topology.covered_slots(), true, false}), slots::Review::adopt);
    topology.adopt(*view, base::TimePoint{});
  }

  Config config;
  NodeTable nodes{config, 1};
  Topology topology{nodes, {}};
  const wire::Frame reply = wire::own(large_topology::reply());
};

// The objects of the nodes are not counted: they are kept however often the topology is learnt.
TEST_F(TopologySizeTest, takes_at_most_two_mebibytes_while_it_is_learnt_and_less_when_it_is_known) {
  const std::size_t before = heap::in_use();
  const std::size_t allocations = heap::allocations();
  heap::start_peak();
  refresh();
  EXPECT_LE(heap::peak() - before, 2 * mib);
  EXPECT_LE(heap::in_use() - before, mib / 2);
  EXPECT_LT(heap::allocations() - allocations, std::size_t{slot_count}) << "something is allocated for each range";
  for (int slot = 0; slot < slot_count; ++slot) {
    const Shard* shard = topology.shard_of(slot);
    const int primary = large_topology::primary_of(slot);
    ASSERT_EQ(shard->primary->address(), large_topology::address_of(primary));
    ASSERT_EQ(shard->replicas.front()->address(), large_topology::address_of(large_topology::primaries + primary));
  }
}

TEST_F(TopologySizeTest, keeps_no_more_however_often_it_is_learnt) {
  refresh();
  const std::size_t before = heap::in_use();
  for (int i = 0; i < 3; ++i) refresh();
  EXPECT_LE(heap::in_use(), before + mib / 64) << "the allocator rounds, but 500 shards would be twice that";
}

TEST_F(TopologySizeTest, lists_each_node_once) {
  refresh();
  EXPECT_EQ(topology.primaries().size(), std::size_t{large_topology::primaries});
  EXPECT_EQ(topology.all_nodes().size(), std::size_t{large_topology::nodes});
}

}  // namespace
}  // namespace rediscluster::cluster
