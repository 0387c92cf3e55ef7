/// Reports about servers: which nodes are asked, and which node an answer comes from.
#include <set>

#include "scripted/play.hpp"

namespace {

using namespace play;
using rediscluster::ReadFrom;
using rediscluster::Reply;
using rediscluster::SlowlogEntry;
namespace cmd = rediscluster::cmd;

RawReply slow_command(long long id) {
  return RawReply::array({RawReply::number(id), RawReply::number(1'700'000'000), RawReply::number(12), RawReply::array({RawReply::bulk("GET"), RawReply::bulk("k")}),
                          RawReply::bulk("127.0.0.1:5"), RawReply::bulk("")});
}

// Two entries at the first node, one at each other.
void serve_logs(ScriptedCluster& cluster) {
  for (int i = 0; i < cluster.size(); ++i) {
    std::vector<RawReply> entries{slow_command(i)};
    if (i == 0) entries.push_back(slow_command(100));
    cluster[i].always(starts_with({"SLOWLOG", "GET"})).answer(RawReply::array(std::move(entries)));
  }
}

TEST(Slowlog, entries_name_the_node_whose_log_they_stand_in) {
  for (const int protocol : {2, 3}) {
    ScriptedCluster cluster(2, 1);
    serve_logs(cluster);
    const RedisCluster client({.startup_nodes = cluster.seeds(), .protocol = protocol});
    const std::vector<SlowlogEntry> entries = client.slowlog_get();
    ASSERT_EQ(entries.size(), 5u);
    for (const SlowlogEntry& entry : entries) {
      EXPECT_EQ(entry.node, cluster[entry.id == 100 ? 0 : static_cast<int>(entry.id)].address());
      EXPECT_EQ(entry.words, (std::vector<std::string>{"GET", "k"}));
    }
  }
}

TEST(Slowlog, entries_as_words_are_those_the_servers_sent) {
  ScriptedCluster cluster(2);
  serve_logs(cluster);
  const RedisCluster client({.startup_nodes = cluster.seeds()});
  const Reply entries = client.execute_command("SLOWLOG", "GET");
  ASSERT_EQ(entries.size(), 3u);
  for (const Reply& entry : entries) EXPECT_EQ(entry.size(), 6u) << entry.to_string();
}

TEST(Slowlog, in_a_pipeline_names_the_nodes_too) {
  ScriptedCluster cluster(2);
  serve_logs(cluster);
  const RedisCluster client({.startup_nodes = cluster.seeds()});
  auto pipeline = client.pipeline();
  const auto queued = pipeline.slowlog_get();
  pipeline.execute();
  std::set<std::string> nodes;
  for (const SlowlogEntry& entry : queued.value()) nodes.insert(to_string(entry.node));
  EXPECT_EQ(nodes, (std::set<std::string>{cluster[0].address_text(), cluster[1].address_text()}));
}

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

TEST(Explain, names_the_copies_that_may_answer_a_read_with_their_zones) {
  ScriptedCluster cluster(1, 2);
  auto ranges = cluster.ranges();
  ranges[0].primary.metadata = {{"availability-zone", "b"}};
  ranges[0].replicas[0].metadata = {{"availability-zone", "a"}};
  cluster.serve_slots(ranges);
  const RedisCluster client({.startup_nodes = cluster.seeds(), .read_from = ReadFrom::same_zone, .availability_zone = "a"});
  const std::string text = client.explain(cmd::get("foo"));
  EXPECT_TRUE(contains(text, cluster[0].address_text() + " (primary, in another zone)")) << text;
  EXPECT_TRUE(contains(text, cluster[1].address_text() + " (replica, in this client's zone)")) << text;
  EXPECT_TRUE(contains(text, cluster[2].address_text() + " (replica, its zone is not known)")) << text;
  EXPECT_TRUE(contains(text, "GET (1 argument, ")) << text;
  const std::string write = client.explain(cmd::set("foo", 1));
  EXPECT_FALSE(contains(write, "replica")) << write;
}

}  // namespace
