// A thousand slots move to another primary while eight threads write: the callers see nothing of it.
#include "support/write_load.hpp"

#include <rediscluster/rediscluster.hpp>
#include <rediscluster/testing/local_cluster.hpp>

#include <gtest/gtest.h>

#include <cstdlib>

namespace {

using namespace std::chrono_literals;
using namespace test_support;
using rediscluster::RedisCluster;
using rediscluster::testing::LocalCluster;

// The servers' own tool, as an operator runs it.
int reshard(const LocalCluster& cluster, int slots, int from, int to) {
  const std::string command = "redis-cli --cluster reshard " + to_string(cluster.node(from).address()) + " --cluster-from " +
                              cluster.node(from).node_id() + " --cluster-to " + cluster.node(to).node_id() +
                              " --cluster-slots " + std::to_string(slots) + " --cluster-yes >/dev/null 2>&1";
  return std::system(command.c_str());
}

TEST(Reshard, a_thousand_slots_move_under_load_without_one_error) {
  LocalCluster cluster({.require_full_coverage = false});
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 10s});
  WriteLoad load(client, 8, [](int thread, int number) {
    return "reshard:" + std::to_string(thread) + ":" + std::to_string(number % 5000);
  });
  std::this_thread::sleep_for(500ms);
  ASSERT_EQ(reshard(cluster, 1000, 0, 1), 0);
  std::this_thread::sleep_for(300ms);
  load.stop();

  std::vector<std::string> keys;
  load.for_each([&](const Written& written) {
    if (!written.acknowledged) ADD_FAILURE() << written.key << ": " << to_string(written.error);
    if (keys.size() < 100000) keys.push_back(written.key);
  });
  EXPECT_GT(keys.size(), 1000u);
  EXPECT_EQ(missing_keys(client, keys), std::vector<std::string>{});
  std::size_t moved = 0;
  for (const auto& range : client.cluster_slots()) {
    if (range.master.port == cluster.node(1).address().port) moved += static_cast<std::size_t>(range.end - range.start + 1);
  }
  EXPECT_GE(moved, 5400u + 1000u) << "the slots did not move: the test tests nothing";
}

}  // namespace
