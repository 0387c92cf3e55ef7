/// What becomes of nodes that nobody names any more.
#include "cluster/topology/node_watch.hpp"

#include "unit/cluster/topology_play.hpp"

namespace rediscluster::cluster {
namespace {

using namespace topology_play;

class NodeWatchTest : public TopologyTest {
 protected:
  void look_for(std::chrono::minutes span) {
    for (const base::TimePoint end = now + span; now < end; now += 1min) watch.look(now);
  }
  base::TimePoint now = start;
  NodeWatch watch{config, nodes, topology};
};

TEST_F(NodeWatchTest, forgets_nodes_that_nobody_has_named_for_long) {
  topology.adopt(view_of({range(0, 16383, a, {b, c, d})}), now);
  look_for(10min);
  EXPECT_EQ(nodes.size(), 4u);
  topology.adopt(view_of({range(0, 16383, a, {b})}), now);
  look_for(2min);
  EXPECT_EQ(nodes.size(), 4u) << "they may come back";
  look_for(10min);
  EXPECT_EQ(nodes.size(), 2u);
  EXPECT_EQ(nodes.find(c), nullptr);
  EXPECT_EQ(topology.shard_of(0)->replicas.size(), 1u);
  topology.adopt(view_of({range(0, 16383, a, {b, c, d})}), now);
  EXPECT_EQ(topology.shard_of(0)->replicas.size(), 3u) << "and are made anew when they do";
}

TEST_F(NodeWatchTest, forgets_no_node_that_comes_back_in_time_or_that_somebody_has_used) {
  const ClusterView with = view_of({range(0, 16383, a, {c, d})});
  const ClusterView without = view_of({range(0, 16383, a)});
  topology.adopt(with, now);
  Node* used = nodes.find(d);
  used->lanes().shared();
  for (int i = 0; i < 10; ++i) {
    topology.adopt(without, now);
    look_for(2min);
    topology.adopt(with, now);
    look_for(2min);
  }
  EXPECT_EQ(nodes.size(), 3u);
  topology.adopt(without, now);
  look_for(30min);
  EXPECT_EQ(nodes.find(c), nullptr);
  EXPECT_EQ(nodes.find(d), used);
}

TEST_F(NodeWatchTest, forgets_nobody_whom_a_moved_has_named) {
  topology.adopt(view_of({range(0, 16383, a, {c})}), now);
  topology.learn(5, c, now);
  topology.adopt(view_of({range(0, 16383, a)}), now + 10s);
  look_for(30min);
  EXPECT_NE(nodes.find(c), nullptr);
}

}  // namespace
}  // namespace rediscluster::cluster
