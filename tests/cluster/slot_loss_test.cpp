/// A slot that nobody serves (C22): with cluster-require-full-coverage no only its own keys fail, with yes all do; by the
/// deadline, provably not executed, and over within a second of the slot's return.
#include <rediscluster/rediscluster.hpp>
#include <rediscluster/testing/local_cluster.hpp>

#include <gtest/gtest.h>

#include <future>

#include "support/slot_watch.hpp"

namespace {

using namespace std::chrono_literals;
using rediscluster::Errc;
using rediscluster::Error;
using rediscluster::Execution;
using rediscluster::RedisCluster;
using rediscluster::testing::key_in_slot;
using rediscluster::testing::LocalCluster;
using rediscluster::testing::SlotWatch;
using rediscluster::testing::wait_until;
using Clock = std::chrono::steady_clock;

constexpr int lost_slot = 4000;
constexpr int neighbour = 4001;  // of the same node
constexpr int elsewhere = 12000;

/// A cluster that forgets who serves the slot, and remembers when told.
class SlotLoss {
 public:
  explicit SlotLoss(bool full_coverage) : cluster({.primaries = 3, .replicas_per_primary = 0, .require_full_coverage = full_coverage}) {
    owner_ = cluster.primary_of_slot(lost_slot);
  }
  /// Gossip under way may bring a claim back once, so all nodes are told until none knows of one.
  void lose() {
    ASSERT_TRUE(wait_until([&] { return forget_everywhere() == 0; }, 10s));
  }
  void give_back() { cluster.call(owner_, {"CLUSTER", "ADDSLOTS", std::to_string(lost_slot)}); }

  LocalCluster cluster;

 private:
  int forget_everywhere() {
    int knew = 0;
    for (int i = 0; i < cluster.size(); ++i) {
      const int node = (owner_ + i) % cluster.size();  // the owner first: it would tell the others again
      if (!cluster.call(node, {"CLUSTER", "DELSLOTS", std::to_string(lost_slot)}).is_error()) ++knew;
    }
    return knew;
  }
  int owner_ = 0;
};

bool works(RedisCluster& client, int slot) {
  const std::string key = key_in_slot(slot, "loss");
  return client.nothrow().set(key, "v").value_or(false);
}

void expect_failure_by_the_deadline(RedisCluster& client, int slot, std::initializer_list<Errc> codes) {
  const auto begin = Clock::now();
  const auto result = client.nothrow().incr(key_in_slot(slot, "count"));
  const auto took = Clock::now() - begin;
  ASSERT_FALSE(result.has_value());
  const Error& error = result.error();
  EXPECT_NE(std::find(codes.begin(), codes.end(), error.code), codes.end()) << to_string(error);
  EXPECT_EQ(error.execution, Execution::not_executed) << to_string(error);
  EXPECT_GE(took, 300ms) << "the slot might have come back until then";
  EXPECT_LE(took, 300ms + 250ms);
}

/// One patient call waits for the slot; it must succeed within a second after the servers serve it.
void expect_recovery(SlotLoss& loss, RedisCluster& client) {
  auto patient = std::async(std::launch::async, [&] {
    RedisCluster waiting({.startup_nodes = loss.cluster.seeds(), .command_timeout = 20s});
    EXPECT_EQ(waiting.incr(key_in_slot(lost_slot, "count")), 1) << "executed once, and never before";
    return Clock::now();
  });
  SlotWatch watch(loss.cluster, lost_slot);
  loss.give_back();
  const auto served = watch.served_at(10s);
  ASSERT_TRUE(served.has_value());
  EXPECT_LE(patient.get() - *served, 1s);
  EXPECT_TRUE(wait_until([&] { return works(client, lost_slot) && works(client, elsewhere); }, 5s));
}

TEST(SlotLoss, without_full_coverage_only_keys_of_the_slot_fail) {
  SlotLoss loss(false);
  RedisCluster client({.startup_nodes = loss.cluster.seeds(), .command_timeout = 300ms});
  ASSERT_TRUE(works(client, lost_slot));
  loss.lose();
  for (int i = 0; i < 3; ++i) {
    expect_failure_by_the_deadline(client, lost_slot, {Errc::cluster_down, Errc::slot_not_covered});
    EXPECT_TRUE(works(client, neighbour));
    EXPECT_TRUE(works(client, elsewhere));
  }
  expect_recovery(loss, client);
}

TEST(SlotLoss, with_full_coverage_everything_waits_for_the_slot) {
  SlotLoss loss(true);
  RedisCluster client({.startup_nodes = loss.cluster.seeds(), .command_timeout = 300ms});
  ASSERT_TRUE(works(client, elsewhere));
  loss.lose();
  ASSERT_TRUE(wait_until([&] { return !works(client, neighbour) && !works(client, elsewhere); }, 10s)) << "the servers go on";
  expect_failure_by_the_deadline(client, elsewhere, {Errc::cluster_down});
  expect_failure_by_the_deadline(client, lost_slot, {Errc::cluster_down, Errc::slot_not_covered});
  expect_recovery(loss, client);
}

}  // namespace
