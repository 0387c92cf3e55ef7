// MONITOR of real servers: what was sent is what is seen, whatever its bytes.
#include <rediscluster/rediscluster.hpp>
#include <rediscluster/testing/local_cluster.hpp>

#include <gtest/gtest.h>

#include <set>

namespace {

using namespace std::chrono_literals;
using rediscluster::Monitor;
using rediscluster::MonitorLine;
using rediscluster::RedisCluster;
using rediscluster::testing::LocalCluster;

/// The first line with this key within ten seconds.
std::optional<MonitorLine> line_with(Monitor& monitor, const std::string& key) {
  const auto until = std::chrono::steady_clock::now() + 10s;
  while (std::chrono::steady_clock::now() < until) {
    auto line = monitor.next(100ms);
    if (line && *line && (*line)->words.size() > 1 && (*line)->words[1] == key) return std::move(**line);
  }
  return std::nullopt;
}

TEST(MonitorOfServers, sees_commands_of_one_node_and_of_all_with_every_byte) {
  LocalCluster servers({.primaries = 3, .replicas_per_primary = 0});
  RedisCluster client({.startup_nodes = servers.seeds()});
  std::string any_bytes = "key ";
  for (int byte = 0; byte < 256; ++byte) any_bytes += static_cast<char>(byte);

  const auto home = servers.node(servers.primary_of_slot(rediscluster::keyslot(any_bytes))).address();
  Monitor one = client.on(home).monitor();
  Monitor all = client.monitor();
  client.set(any_bytes, "value] \"x");
  for (Monitor* monitor : {&one, &all}) {
    const auto line = line_with(*monitor, any_bytes);
    ASSERT_TRUE(line);
    EXPECT_EQ(line->node, home);
    EXPECT_EQ(line->words, (std::vector<std::string>{"SET", any_bytes, "value] \"x"}));
    EXPECT_EQ(line->db, 0);
    EXPECT_FALSE(line->client.empty());
    EXPECT_LT(std::chrono::abs(std::chrono::system_clock::now() - line->time), 60s);
  }

  std::set<rediscluster::NodeAddress> heard;
  for (const char* key : {"a", "b", "c", "foo", "bar", "hello"}) {
    client.incr(key);
    const auto line = line_with(all, key);
    ASSERT_TRUE(line) << key;
    heard.insert(line->node);
  }
  EXPECT_EQ(heard.size(), 3u);

  const auto nobody = client.nothrow().on("no such node").monitor();
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().code, rediscluster::Errc::unknown_node);

  // A server that goes ends its lines with an error that names it; the others go on.
  servers.kill(0);
  std::optional<rediscluster::Error> lost;
  for (int i = 0; i < 100 && !lost; ++i) {
    if (auto line = all.next(100ms); !line) lost = line.error();
  }
  ASSERT_TRUE(lost);
  EXPECT_EQ(lost->code, rediscluster::Errc::connection_lost);
  EXPECT_EQ(lost->node, servers.node(0).address());
}

}  // namespace
