/// Reads from replicas of real servers: who answers, and that no failure of a replica reaches the caller (C10, C12, C13).
#include <rediscluster/rediscluster.hpp>
#include <rediscluster/testing/local_cluster.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace {

using namespace std::chrono_literals;
using rediscluster::Errc;
using rediscluster::ReadFrom;
using rediscluster::RedisCluster;
using rediscluster::testing::Failover;
using rediscluster::testing::key_in_slot;
using rediscluster::testing::LocalCluster;
using rediscluster::testing::wait_until;

constexpr int slot = 0;  // of primary 0

/// Three primaries; primary 0 has replicas 3 and 4.
class ReplicaReads : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { servers = new LocalCluster({.primaries = 3, .replicas_per_primary = 2}); }
  static void TearDownTestSuite() { delete servers; }
  void SetUp() override {
    servers->wait_until_ok();
    ASSERT_TRUE(RedisCluster({.startup_nodes = servers->seeds()}).set(key, "v"));
    servers->wait_until_ok();  // the replicas have it
    ASSERT_EQ(replicas().size(), 2u) << "a play before this one has left them dead";
  }
  /// A number of INFO; 0 when it is not there.
  static long count(int node, const char* section, const std::string& name) {
    const std::string stats = servers->call(node, {"INFO", section}).text;
    const std::size_t at = stats.find(name);
    return at == std::string::npos ? 0 : std::atol(stats.c_str() + at + name.size());
  }
  /// GETs that a node has run, as it counts them, and MOVED that it has answered.
  static long gets(int node) { return count(node, "commandstats", "cmdstat_get:calls="); }
  static long moveds(int node) { return count(node, "errorstats", "errorstat_MOVED:count="); }
  static std::vector<int> replicas() { return servers->replicas_of(servers->primary_of_slot(slot)); }

  static inline LocalCluster* servers = nullptr;
  const std::string key = key_in_slot(slot, "read");
};

/// A thread that reads all the time and counts what goes wrong.
class Reading {
 public:
  Reading(RedisCluster& client, const std::string& key)
      : thread_([this, &client, key] {
          while (!stopping_) {
            const auto value = client.nothrow().get(key);
            if (!value) {
              ADD_FAILURE() << to_string(value.error());
            } else {
              EXPECT_EQ(*value, "v");
            }
            ++reads_;
          }
        }) {}
  ~Reading() { stop(); }
  void stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }
  bool wait_for_more(long count) {
    const long enough = reads_ + count;
    return wait_until([&] { return reads_ >= enough; }, 20s);
  }

 private:
  std::atomic<bool> stopping_{false};
  std::atomic<long> reads_{0};
  std::thread thread_;
};

TEST_F(ReplicaReads, are_shared_by_the_replicas_and_spare_the_primary) {
  RedisCluster client({.startup_nodes = servers->seeds(), .read_from = ReadFrom::prefer_replica});
  const int primary = servers->primary_of_slot(slot);
  const long at_primary = gets(primary);
  std::vector<long> before;
  for (const int replica : replicas()) before.push_back(gets(replica));
  for (int i = 0; i < 200; ++i) EXPECT_EQ(client.get(key), "v");
  EXPECT_EQ(gets(primary), at_primary);
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_GT(gets(replicas()[i]), before[i] + 50);
}

TEST_F(ReplicaReads, of_every_strategy_read_what_was_written) {
  for (const ReadFrom strategy : {ReadFrom::any, ReadFrom::lowest_latency, ReadFrom::same_zone}) {
    RedisCluster client(rediscluster::Options{.startup_nodes = servers->seeds(), .read_from = strategy, .availability_zone = "a"});
    for (int i = 0; i < 100; ++i) EXPECT_EQ(client.get(key), "v");
  }
}

TEST_F(ReplicaReads, say_readonly_again_when_the_server_has_cut_their_connection) {
  RedisCluster client({.startup_nodes = servers->seeds(), .read_from = ReadFrom::prefer_replica});
  const std::vector<int> all = replicas();
  const std::vector<long> before{moveds(all[0]), moveds(all[1])};
  Reading reading(client, key);
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(reading.wait_for_more(200));
    for (const int replica : all) servers->call(replica, {"CLIENT", "KILL", "TYPE", "normal"});
  }
  const long read_before = gets(all[0]) + gets(all[1]);
  ASSERT_TRUE(reading.wait_for_more(200));
  EXPECT_GE(gets(all[0]) + gets(all[1]), read_before + 100) << "they are read from again at once";
  EXPECT_EQ(std::vector<long>({moveds(all[0]), moveds(all[1])}), before);
}

TEST_F(ReplicaReads, survive_the_death_of_all_replicas_and_use_them_again_when_they_are_back) {
  RedisCluster client({.startup_nodes = servers->seeds(), .read_from = ReadFrom::prefer_replica});
  const std::vector<int> all = replicas();
  Reading reading(client, key);
  ASSERT_TRUE(reading.wait_for_more(100));
  for (const int replica : all) servers->kill(replica);
  ASSERT_TRUE(reading.wait_for_more(500));
  for (const int replica : all) servers->restart(replica);
  servers->wait_until_ok();
  for (const int replica : all) {
    const long before = gets(replica);
    EXPECT_TRUE(wait_until([&] { return gets(replica) > before; }, 20s)) << "node " << replica << " is not read from";
  }
}

TEST_F(ReplicaReads, survive_the_promotion_of_a_replica) {
  RedisCluster client({.startup_nodes = servers->seeds(), .read_from = ReadFrom::any});
  Reading reading(client, key);
  ASSERT_TRUE(reading.wait_for_more(100));
  const int old_primary = servers->primary_of_slot(slot);
  servers->failover(replicas().front());
  servers->wait_until_ok();
  ASSERT_TRUE(reading.wait_for_more(500));
  const long before = gets(old_primary);
  EXPECT_TRUE(wait_until([&] { return gets(old_primary) > before; }, 20s)) << "it is a replica now";
}

TEST_F(ReplicaReads, survive_the_death_of_the_primary_without_a_pause) {
  RedisCluster client({.startup_nodes = servers->seeds(), .read_from = ReadFrom::any});
  for (int i = 0; i < 50; ++i) EXPECT_EQ(client.get(key), "v");  // all copies are connected
  const int primary = servers->primary_of_slot(slot);
  Reading reading(client, key);
  ASSERT_TRUE(reading.wait_for_more(100));
  servers->kill(primary);
  ASSERT_TRUE(reading.wait_for_more(1000));
  reading.stop();
  servers->restart(primary);
}

}  // namespace
