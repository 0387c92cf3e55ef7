/// Who serves which slot: views, MOVED and the order in which they come (U06, U17).
#include <atomic>
#include <future>
#include <thread>

#include "unit/cluster/topology_play.hpp"

namespace rediscluster::cluster {
namespace {

using namespace topology_play;

TEST_F(TopologyTest, is_empty_before_the_first_view) {
  EXPECT_TRUE(topology.is_empty());
  EXPECT_EQ(topology.shard_of(0), nullptr);
  EXPECT_EQ(topology.covered_slots(), 0);
  EXPECT_TRUE(topology.shards().empty());
}

TEST_F(TopologyTest, tells_the_shard_of_every_slot_of_a_view) {
  topology.adopt(two_shards, start);
  EXPECT_EQ(owner(0), a);
  EXPECT_EQ(owner(9999), a);
  EXPECT_EQ(owner(10000), b);
  EXPECT_EQ(owner(16383), b);
  EXPECT_EQ(topology.shard_of(16383)->replicas[0]->address(), d);
  EXPECT_EQ(topology.covered_slots(), 16384);
  EXPECT_FALSE(topology.is_empty());
}

TEST_F(TopologyTest, leaves_slots_uncovered_that_a_view_does_not_name) {
  topology.adopt(two_shards, start);
  topology.adopt(view_of({range(5, 5, a)}), start);
  EXPECT_EQ(topology.covered_slots(), 1);
  EXPECT_EQ(topology.shard_of(6), nullptr);
}

TEST_F(TopologyTest, keeps_its_epoch_when_an_equal_view_comes) {
  topology.adopt(two_shards, start);
  const std::uint64_t epoch = topology.epoch();
  topology.adopt(two_shards, start + 1s);
  EXPECT_EQ(topology.epoch(), epoch);
}

// Servers list replicas in any order; that is no news to those who wait for some.
TEST_F(TopologyTest, keeps_its_epoch_when_replicas_come_in_another_order) {
  topology.adopt(view_of({range(0, 16383, a, {b, c, d})}), start);
  const std::uint64_t epoch = topology.epoch();
  topology.adopt(view_of({range(0, 16383, a, {d, b, c})}), start);
  EXPECT_EQ(topology.epoch(), epoch);
}

TEST_F(TopologyTest, reuses_shards_so_that_their_addresses_stay) {
  topology.adopt(two_shards, start);
  const Shard* shard = topology.shard_of(0);
  topology.adopt(view_of({range(0, 16383, b, {d})}), start);
  topology.adopt(two_shards, start);
  EXPECT_EQ(topology.shard_of(0), shard);
}

TEST_F(TopologyTest, takes_the_first_view_for_a_change_even_when_it_is_empty) {
  topology.adopt({}, start);
  EXPECT_FALSE(topology.is_empty());
}

// Listeners make system calls, and nobody makes those under a lock. This one would wait for itself.
TEST_F(TopologyTest, calls_listeners_without_its_lock_until_they_are_removed) {
  int calls = 0;
  const int number = topology.add_listener([&] {
    topology.remove_listener(0);  // takes the lock
    ++calls;
  });
  topology.adopt(two_shards, start);
  topology.learn(5, b, start);
  topology.wake_waiters();
  EXPECT_EQ(calls, 3);
  topology.remove_listener(number);
  topology.wake_waiters();
  EXPECT_EQ(calls, 3);
}

// --- MOVED ---

TEST_F(TopologyTest, learns_one_slot_and_no_other_from_moved) {
  topology.adopt(two_shards, start);
  const std::uint64_t epoch = topology.epoch();
  topology.learn(5, b, start);
  EXPECT_EQ(owner(5), b);
  EXPECT_EQ(owner(4), a);
  EXPECT_EQ(owner(6), a);
  EXPECT_EQ(topology.epoch(), epoch + 1);
}

TEST_F(TopologyTest, learns_the_replicas_of_a_known_shard_along) {
  topology.adopt(two_shards, start);
  topology.learn(5, b, start);
  EXPECT_EQ(topology.shard_of(5), topology.shard_of(16383));
}

TEST_F(TopologyTest, learns_a_node_it_never_heard_of) {
  topology.adopt(two_shards, start);
  topology.learn(5, {"10.9.9.9", 1}, start);
  EXPECT_EQ(owner(5).host, "10.9.9.9");
  EXPECT_TRUE(topology.shard_of(5)->replicas.empty());
}

TEST_F(TopologyTest, learns_nothing_from_what_it_knows) {
  topology.adopt(two_shards, start);
  const std::uint64_t epoch = topology.epoch();
  topology.learn(5, a, start);
  EXPECT_EQ(topology.epoch(), epoch);
}

TEST_F(TopologyTest, does_not_let_an_older_view_undo_a_moved) {
  topology.adopt(two_shards, start);
  topology.learn(5, b, start);
  topology.adopt(two_shards, start + 1900ms);
  EXPECT_EQ(owner(5), b);
}

TEST_F(TopologyTest, does_not_let_an_older_view_undo_a_moved_of_a_slot_that_was_uncovered) {
  const ClusterView with_gap = view_of({range(0, 9999, a), range(10001, 16383, b)});
  topology.adopt(with_gap, start);
  topology.learn(10000, b, start);
  topology.adopt(with_gap, start + 1s);
  EXPECT_EQ(owner(10000), b);
}

TEST_F(TopologyTest, believes_the_views_after_two_seconds_of_contradiction) {
  topology.adopt(two_shards, start);
  topology.learn(5, b, start);
  topology.adopt(two_shards, start + 2001ms);
  EXPECT_EQ(owner(5), a);
}

TEST_F(TopologyTest, believes_a_view_with_a_third_owner_at_once) {
  topology.adopt(two_shards, start);
  topology.learn(5, b, start);
  topology.adopt(view_of({range(0, 16383, c)}), start + 1ms);
  EXPECT_EQ(owner(5), c);
}

TEST_F(TopologyTest, needs_no_protection_once_a_view_has_confirmed_the_move) {
  topology.adopt(two_shards, start);
  topology.learn(5, b, start);
  topology.adopt(view_of({range(0, 4, a, {c}), range(5, 5, b, {d}), range(6, 9999, a, {c}), range(10000, 16383, b, {d})}),
                 start + 100ms);
  topology.adopt(two_shards, start + 200ms);  // moved back, this time told by views
  EXPECT_EQ(owner(5), a);
}

TEST_F(TopologyTest, protects_every_slot_by_its_own_time) {
  topology.adopt(two_shards, start);
  topology.learn(5, b, start);
  topology.learn(6, b, start + 1500ms);
  topology.adopt(two_shards, start + 2500ms);
  EXPECT_EQ(owner(5), a);
  EXPECT_EQ(owner(6), b);
}

// --- Waiting ---

TEST_F(TopologyTest, does_not_wait_for_a_change_that_has_come) {
  topology.adopt(two_shards, start);
  const auto before = base::Clock::now();
  topology.wait_for_change(topology.epoch() - 1, base::Deadline::after(before, 30s));
  EXPECT_LT(base::Clock::now() - before, 10s);
}

TEST_F(TopologyTest, waits_for_a_change_until_the_deadline) {
  const auto before = base::Clock::now();
  topology.wait_for_change(topology.epoch(), base::Deadline::after(before, 15ms));
  EXPECT_GE(base::Clock::now() - before, 15ms);
}

TEST_F(TopologyTest, wakes_those_who_wait_when_it_learns_and_when_it_adopts) {
  for (const bool by_view : {true, false}) {
    const std::uint64_t epoch = topology.epoch();
    auto waiting = std::async(std::launch::async, [&] { topology.wait_for_change(epoch, base::Deadline::never()); });
    if (by_view) {
      topology.adopt(two_shards, start);
    } else {
      topology.learn(7, c, start);
    }
    waiting.get();
    EXPECT_NE(topology.epoch(), epoch);
  }
}

// --- Lists ---

TEST_F(TopologyTest, lists_every_serving_shard_once_with_a_slot_of_it) {
  topology.adopt(view_of({range(0, 99, a, {c}), range(100, 199, b, {d}), range(200, 16383, a, {c})}), start);
  const auto shards = topology.shards();
  ASSERT_EQ(shards.size(), 2u);
  for (const auto& each : shards) EXPECT_EQ(topology.shard_of(each.slot), each.shard);
  EXPECT_EQ(topology.primaries().size(), 2u);
  EXPECT_EQ(topology.all_nodes().size(), 4u);
}

TEST_F(TopologyTest, lists_a_shard_once_while_a_moved_is_not_confirmed) {
  topology.adopt(two_shards, start);
  topology.learn(5, {"10.9.9.9", 1}, start);
  topology.learn(6, {"10.9.9.9", 1}, start);
  EXPECT_EQ(topology.primaries().size(), 3u);
}

TEST_F(TopologyTest, lists_a_replica_that_was_promoted_once) {
  topology.adopt(two_shards, start);
  topology.learn(5, c, start);  // the replica of a
  std::vector<Node*> all = topology.all_nodes();
  EXPECT_EQ(all.size(), 4u);
  std::sort(all.begin(), all.end());
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
}

TEST_F(TopologyTest, finds_nodes_by_the_ids_of_the_last_view) {
  topology.adopt(two_shards, start);
  EXPECT_TRUE(topology.knows_id("id-10.0.0.4"));
  EXPECT_EQ(topology.node_with_id("id-10.0.0.1")->address(), a);
  EXPECT_EQ(topology.node_with_id("other"), nullptr);
  EXPECT_FALSE(topology.knows_id(""));
  topology.adopt(view_of({range(0, 16383, a)}), start);
  EXPECT_FALSE(topology.knows_id("id-10.0.0.4"));
}

// --- Remapped addresses ---

class RemappedTopologyTest : public TopologyTest {
 protected:
  RemappedTopologyTest()
      : TopologyTest([this](const NodeAddress& announced) {
          if (during_remap) during_remap();
          return NodeAddress{"127.0.0.1", announced.port + 10000};
        }) {}
  std::function<void()> during_remap;
};

TEST_F(RemappedTopologyTest, reaches_nodes_of_views_and_of_moved_by_the_users_map) {
  topology.adopt(two_shards, start);
  topology.learn(5, {"10.9.9.9", 1}, start);
  EXPECT_EQ(owner(0), (NodeAddress{"127.0.0.1", 17000}));
  EXPECT_EQ(owner(5), (NodeAddress{"127.0.0.1", 10001}));
}

TEST_F(RemappedTopologyTest, holds_no_lock_while_the_users_map_runs) {
  topology.adopt(two_shards, start);
  during_remap = [this] {
    auto other = std::async(std::launch::async, [this] { return topology.knows_id("x"); });
    ASSERT_EQ(other.wait_for(10s), std::future_status::ready) << "a user's callback runs under our lock";
  };
  topology.adopt(view_of({range(0, 16383, a)}), start);
}

TEST_F(TopologyTest, shows_whether_several_slots_were_read_at_one_moment) {
  const ClusterView all_a = view_of({range(0, 16383, a)});
  const ClusterView all_b = view_of({range(0, 16383, b)});
  topology.adopt(all_a, start);
  EXPECT_EQ(topology.version() % 2, 0u);
  std::atomic<bool> is_over{false};
  std::thread writer([&] {
    for (int round = 0; round < 400; ++round) topology.adopt(round % 2 == 0 ? all_b : all_a, start);
    is_over = true;
  });
  int at_one_moment = 0;
  while (!is_over) {
    const std::uint64_t version = topology.version();
    const Shard* first = topology.shard_of(0);
    const Shard* last = topology.shard_of(16383);
    if (version % 2 != 0 || topology.version() != version) continue;
    ++at_one_moment;
    ASSERT_EQ(first->primary, last->primary);
  }
  writer.join();
  EXPECT_GT(at_one_moment, 0);
}

}  // namespace
}  // namespace rediscluster::cluster
