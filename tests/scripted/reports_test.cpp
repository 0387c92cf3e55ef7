/// Reports about servers: which nodes are asked, and which node an answer comes from.
#include "scripted/play.hpp"

namespace {

using namespace play;
namespace cmd = rediscluster::cmd;

TEST(ReportsOnOneServer, come_from_one_node_where_none_is_named) {
  ScriptedCluster cluster(2, 1);
  for (int i = 0; i < cluster.size(); ++i) {
    cluster[i].always(starts_with({"INFO"})).answer_bulk("# Server\r\nredis_version:7.0.15\r\n");
    cluster[i].always(starts_with({"CLIENT", "LIST"})).answer_bulk("id=1 addr=127.0.0.1:1\n");
  }
  const RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_TRUE(contains(client.execute_command("INFO").as_string(), "redis_version"));
  EXPECT_EQ(client.run(cmd::info()).find("redis_version").value_or(""), "7.0.15");
  EXPECT_EQ(cluster.received("INFO"), 2) << "each of the two asks one node";
  EXPECT_TRUE(contains(client.execute_command("CLIENT", "LIST").as_string(), "addr="));
  EXPECT_TRUE(contains(client.explain("INFO"), "to any one primary"));
  EXPECT_EQ(client.on_all_nodes().info().size(), 4u);
  EXPECT_EQ(client.on_all_nodes().execute_command("INFO").size(), 4u);
}

}  // namespace
