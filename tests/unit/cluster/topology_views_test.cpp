/// Views that name very many nodes, the same ones differently, or are old.
#include "unit/cluster/topology_play.hpp"

namespace rediscluster::cluster {
namespace {

using namespace topology_play;

class TopologyViewsTest : public TopologyTest {};

void fill(NodeTable& nodes, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) nodes.at({"10.1." + std::to_string(i / 250) + "." + std::to_string(i % 250), 1});
}

TEST_F(TopologyViewsTest, passes_over_replicas_beyond_ten_thousand_addresses_but_not_those_it_knows) {
  nodes.at(c);
  fill(nodes, NodeTable::most_nodes);
  EXPECT_TRUE(topology.has_room(two_shards));
  topology.adopt(two_shards, start);
  EXPECT_EQ(owner(0), a);
  EXPECT_EQ(owner(16383), b);
  EXPECT_EQ(topology.shard_of(0)->replicas.size(), 1u);
  EXPECT_TRUE(topology.shard_of(16383)->replicas.empty());
}

TEST_F(TopologyViewsTest, has_room_for_twenty_thousand_addresses_of_primaries_and_always_for_those_it_knows) {
  nodes.at(a);
  fill(nodes, NodeTable::most_primaries);
  EXPECT_TRUE(topology.has_room(a));
  EXPECT_FALSE(topology.has_room(b));
  EXPECT_FALSE(topology.has_room(two_shards));
  EXPECT_TRUE(topology.has_room(view_of({range(0, 16383, a)})));
}

// --- Names ---

TEST_F(TopologyViewsTest, takes_a_node_for_the_same_however_it_is_called) {
  ClusterView by_address = view_of({range(0, 16383, a)});
  by_address.shards[0].primary.hostname = "node-a";
  ClusterView by_name = by_address;
  by_name.shards[0].primary.address.host = "node-a";
  by_name.shards[0].primary.hostname = "";
  by_name.shards[0].primary.ip = a.host;
  topology.adopt(by_address, start);
  const Shard* before = topology.shard_of(0);
  const std::uint64_t epoch = topology.epoch();
  topology.adopt(by_name, start);
  EXPECT_EQ(topology.shard_of(0), before);
  EXPECT_EQ(topology.epoch(), epoch);
  EXPECT_EQ(&topology.node_at({"node-a", 7000}), before->primary);
  EXPECT_EQ(&topology.node_at(a), before->primary);
}

TEST_F(TopologyViewsTest, follows_a_node_that_has_moved_to_another_address) {
  topology.adopt(view_of({range(0, 16383, a)}), start);
  ClusterView moved = view_of({range(0, 16383, b)});
  moved.shards[0].primary.id = "id-" + a.host;
  topology.adopt(moved, start);
  EXPECT_EQ(owner(0), b);
}

// --- Old views ---

TEST_F(TopologyViewsTest, knows_which_slots_a_view_gives_back_to_who_had_lost_them) {
  const ClusterView later = view_of({range(0, 4999, a), range(5000, 16383, b)});
  topology.adopt(two_shards, start);
  EXPECT_TRUE(topology.given_back(two_shards, start).slots.empty());
  topology.adopt(later, start);
  EXPECT_TRUE(topology.given_back(later, start).slots.empty());
  const Topology::GivenBack old = topology.given_back(two_shards, start + 1s);
  EXPECT_EQ(to_text(old.slots), "5000-9999");
  EXPECT_EQ(old.lost_just_now, old.slots);
  EXPECT_TRUE(topology.given_back(two_shards, start + 3s).lost_just_now.empty());
  topology.adopt(two_shards, start + 3s);
  EXPECT_TRUE(topology.given_back(two_shards, start + 4s).slots.empty()) << "they are a's again";
  EXPECT_EQ(to_text(topology.given_back(later, start + 9s).slots), "5000-9999") << "and b has lost them";
}

TEST_F(TopologyViewsTest, what_a_node_loses_later_makes_nothing_new_of_what_it_lost_before) {
  topology.adopt(two_shards, start);
  topology.adopt(view_of({range(0, 4999, a), range(5000, 16383, b)}), start);
  topology.learn(17, b, start + 1900ms);
  const Topology::GivenBack old = topology.given_back(two_shards, start + 2100ms);
  EXPECT_EQ(to_text(old.slots), "5000-9999") << "and 17 stays with b, whatever a view says";
  EXPECT_TRUE(old.lost_just_now.empty());
  EXPECT_EQ(to_text(topology.given_back(two_shards, start + 3950ms).lost_just_now), "");
}

TEST_F(TopologyViewsTest, says_whether_a_view_that_may_be_old_knows_something_else) {
  topology.adopt(two_shards, start);
  topology.adopt(view_of({range(0, 4999, a), range(5000, 16383, b)}), start);
  EXPECT_FALSE(topology.given_back(two_shards, start + 1s).has_other_news);
  EXPECT_TRUE(topology.given_back(view_of({range(0, 9999, a), range(10000, 16383, c)}), start + 1s).has_other_news);
  topology.adopt(view_of({range(0, 4999, a), range(5000, 15999, b)}), start + 1s);
  EXPECT_TRUE(topology.given_back(two_shards, start + 1s).has_other_news) << "who serves what nobody did";
}

TEST_F(TopologyViewsTest, doubts_no_view_that_gives_slots_to_somebody_new_or_covers_what_nobody_served) {
  topology.adopt(two_shards, start);
  topology.adopt(view_of({range(10000, 16383, b)}), start);
  EXPECT_TRUE(topology.given_back(two_shards, start + 1s).slots.empty());
  EXPECT_TRUE(topology.given_back(view_of({range(0, 16383, c)}), start + 1s).slots.empty());
}

TEST_F(TopologyViewsTest, keeps_slots_as_they_are_when_it_is_told_to) {
  topology.adopt(two_shards, start);
  slots::SlotSet kept;
  kept.add(SlotRun{100, 200});
  topology.adopt(view_of({range(0, 16383, d)}), start, kept);
  EXPECT_EQ(owner(99), d);
  EXPECT_EQ(owner(100), a);
  EXPECT_EQ(owner(200), a);
  EXPECT_EQ(owner(201), d);
}

}  // namespace
}  // namespace rediscluster::cluster
