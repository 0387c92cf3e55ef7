/// MONITOR as a range: lines of one node and of all, in pieces, to the end of a connection, a client or a range.
#include <future>

#include "play.hpp"

namespace {

using namespace play;
using rediscluster::Monitor;
using rediscluster::MonitorLine;

const std::string line_of_get = "+1700000000.000001 [0 10.0.0.9:5] \"get\" \"k\"\r\n";

TEST(Monitor, lines_of_one_node_come_with_its_address) {
  ScriptedCluster cluster(2);
  cluster[1].expect("MONITOR").answer_raw("+OK\r\n" + line_of_get + line_of_get);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  Monitor monitor = client.on(cluster[1].address()).monitor();
  int lines = 0;
  for (const MonitorLine& line : monitor) {
    EXPECT_EQ(line.node, cluster[1].address());
    EXPECT_EQ(line.words, (std::vector<std::string>{"get", "k"}));
    if (++lines == 2) break;
  }
  EXPECT_EQ(lines, 2);
  EXPECT_EQ(monitor.next(10ms).value(), std::nullopt);
  EXPECT_EQ(cluster[0].received("MONITOR"), 0);
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Monitor, a_line_in_pieces_is_whole) {
  ScriptedCluster cluster(1);
  cluster[0].expect("MONITOR").answer_drip("+OK\r\n" + line_of_get + line_of_get, 1ms);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  Monitor monitor = client.on_slot(0).monitor();
  EXPECT_EQ(monitor.next().value()->words.at(1), "k");
  EXPECT_EQ(monitor.next(5s).value()->words.at(1), "k");
}

TEST(Monitor, all_nodes_are_heard_and_a_lost_one_is_named_once) {
  ScriptedCluster cluster(2);
  Gate lose, go_on;
  cluster[0].expect("MONITOR").answer_raw("+OK\r\n").after(lose).close();
  cluster[1].expect("MONITOR").answer_raw("+OK\r\n" + line_of_get).after(go_on).answer_raw(line_of_get);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  Monitor monitor = client.monitor();
  EXPECT_EQ(monitor.next(5s).value()->node, cluster[1].address());
  lose.open();
  const Error error = error_of(monitor.next(5s));
  EXPECT_EQ(error.code, Errc::connection_lost);
  EXPECT_EQ(error.node, cluster[0].address());
  go_on.open();
  EXPECT_EQ(monitor.next(5s).value()->node, cluster[1].address()) << "the other node goes on";
  cluster[1].drop_connections();
  EXPECT_EQ(error_of(monitor.next(5s)).node, cluster[1].address());
  EXPECT_EQ(monitor.next().value(), std::nullopt) << "no node is left";
}

TEST(Monitor, ends_when_it_or_the_client_is_closed) {
  for (const bool close_client : {true, false}) {
    ScriptedCluster cluster(2);
    for (int i = 0; i < 2; ++i) cluster[i].expect("MONITOR").answer_raw("+OK\r\n");
    RedisCluster client({.startup_nodes = cluster.seeds()});
    Monitor monitor = client.monitor();
    auto ended = std::async(std::launch::async, [&] { return monitor.begin() == monitor.end(); });
    EXPECT_LT(time_of([&] {
                close_client ? client.close() : monitor.close();
                EXPECT_TRUE(ended.get());
              }),
              3s);
  }
}

TEST(Monitor, a_refusal_is_an_error_of_the_call) {
  ScriptedCluster cluster(1);
  cluster[0].expect("MONITOR").answer_error("NOPERM this user has no permissions to run the 'monitor' command");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const auto monitor = client.nothrow().monitor();
  ASSERT_FALSE(monitor);
  EXPECT_EQ(monitor.error().code, Errc::no_permission);
  EXPECT_EQ(monitor.error().node, cluster[0].address());
}

TEST(Monitor, what_is_no_line_ends_that_node) {
  ScriptedCluster cluster(1);
  cluster[0].expect("MONITOR").answer_raw("+OK\r\n+what is this\r\n" + line_of_get);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  Monitor monitor = client.monitor();
  EXPECT_EQ(error_of(monitor.next(5s)).code, Errc::protocol_error);
  EXPECT_EQ(monitor.next(5s).value(), std::nullopt);
}

TEST(Monitor, a_line_without_end_is_bounded) {
  ScriptedCluster cluster(1);
  cluster[0].expect("MONITOR").answer_raw("+OK\r\n+" + std::string(1 << 20, 'x'));
  rediscluster::Options options{.startup_nodes = cluster.seeds()};
  options.max_reply_bytes = 100'000;
  RedisCluster client(options);
  Monitor monitor = client.monitor();
  EXPECT_EQ(error_of(monitor.next(5s)).code, Errc::protocol_error);
}

TEST(Monitor, a_slot_that_is_none_is_refused) {
  ScriptedCluster cluster(1);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(error_of(client.nothrow().on_slot(16384).monitor().map([](const Monitor&) { return 0; })).code, Errc::bad_option);
}

}  // namespace
