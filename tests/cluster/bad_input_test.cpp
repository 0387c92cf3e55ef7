// What people get wrong, against real servers: what they read then must tell them what to do.
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <rediscluster/rediscluster.hpp>
#include <rediscluster/testing/local_cluster.hpp>
#include <rediscluster/testing/local_server.hpp>
#include <string>

#include "support/messages.hpp"

namespace {

using namespace std::chrono_literals;
using namespace rediscluster;
using rediscluster::testing::LocalCluster;
using rediscluster::testing::LocalServer;
using test_support::contains;
using test_support::message_of;

LocalCluster& plain_cluster() {
  static LocalCluster cluster({.primaries = 3, .replicas_per_primary = 0});
  return cluster;
}

TEST(BadInput, a_server_that_is_not_in_cluster_mode_says_so) {
  const LocalServer server;
  const std::string text =
      message_of<RedisClusterException>([&] { RedisCluster client({.startup_nodes = {server.address()}}); });
  EXPECT_TRUE(contains(text, "not_cluster_mode")) << text;
  EXPECT_TRUE(contains(text, "not part of a cluster")) << text;
  EXPECT_TRUE(contains(text, "cluster-enabled yes")) << text;
}

TEST(BadInput, a_server_that_is_not_in_cluster_mode_says_so_to_replica_readers_too) {
  const LocalServer server;
  const std::string text = message_of<RedisError>(
      [&] { RedisCluster client({.startup_nodes = {server.address()}, .read_from_replicas = true}); });
  EXPECT_TRUE(contains(text, "cluster")) << text;
}

TEST(BadInput, a_node_outside_of_any_cluster_says_so) {
  const LocalServer server({.cluster_enabled = true});
  const std::string text =
      message_of<RedisClusterException>([&] { RedisCluster client({.startup_nodes = {server.address()}}); });
  EXPECT_TRUE(contains(text, "has not joined a cluster")) << text;
}

TEST(BadInput, a_password_that_is_missing_or_wrong_is_an_authentication_error_that_does_not_show_it) {
  const LocalServer server({.cluster_enabled = true, .password = "right-secret"});
  for (const int protocol : {3, 2}) {
    const std::string missing = message_of<AuthenticationError>(
        [&] { RedisCluster client({.startup_nodes = {server.address()}, .protocol = protocol}); });
    EXPECT_TRUE(contains(missing, "NOAUTH")) << missing;
    const std::string wrong = message_of<AuthenticationError>([&] {
      RedisCluster client({.startup_nodes = {server.address()}, .password = "wrong-secret", .protocol = protocol});
    });
    EXPECT_TRUE(contains(wrong, "WRONGPASS")) << wrong;
    EXPECT_FALSE(contains(wrong, "secret")) << wrong;
  }
}

TEST(BadInput, a_password_for_a_server_without_one_does_not_show_it) {
  for (const int protocol : {3, 2}) {
    const std::string text = message_of<RedisError>([&] {
      RedisCluster client(
          {.startup_nodes = plain_cluster().seeds(), .password = "needless-secret", .protocol = protocol});
      client.ping();
      throw_error({Errc::bad_option, "the server took it", {}, 0, {}});
    });
    EXPECT_FALSE(contains(text, "needless-secret")) << text;
  }
}

TEST(BadInput, the_cluster_bus_port_is_not_the_port) {
  NodeAddress bus = plain_cluster().node(0).address();
  bus.port += 10'000;
  const auto begin = std::chrono::steady_clock::now();
  message_of<RedisClusterException>(
      [&] { RedisCluster client({.startup_nodes = {bus}, .socket_connect_timeout = 500ms}); });
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
}

TEST(BadInput, keys_in_several_slots_are_listed_and_nothing_is_done) {
  RedisCluster client({.startup_nodes = plain_cluster().seeds()});
  client.set("foo", "1");
  const std::string text = message_of<ClusterCrossSlotError>([&] { client.bitop(BitOperation::bit_and, "foo", "bar"); });
  EXPECT_TRUE(contains(text, "\"foo\" is in slot 12182, \"bar\" is in slot 5061")) << text;
  EXPECT_EQ(client.get("foo"), "1");
  EXPECT_THROW(client.execute_command("ZINTERSTORE", "foo", 2, "bar", "baz"), ClusterCrossSlotError);
  EXPECT_THROW(client.execute_command("EVAL", "return 1", 2, "foo", "bar"), ClusterCrossSlotError);
}

TEST(BadInput, commands_without_a_key_or_with_too_few_arguments_are_refused_with_their_name) {
  RedisCluster client({.startup_nodes = plain_cluster().seeds()});
  for (const char* name : {"GET", "MGET", "DEL", "SET", "EVAL", "XREAD", "BLPOP"}) {
    const std::string text = message_of<RedisError>([&] { client.execute_command(name); });
    EXPECT_TRUE(contains(text, name)) << text;
    EXPECT_TRUE(contains(text, "not_executed")) << text;
  }
}

TEST(BadInput, wrong_kinds_of_arguments_get_the_servers_own_words) {
  RedisCluster client({.startup_nodes = plain_cluster().seeds()});
  const std::string text = message_of<ResponseError>([&] { client.execute_command("EXPIRE", "foo", "soon"); });
  EXPECT_TRUE(contains(text, "not an integer")) << text;
  EXPECT_TRUE(contains(text, "EXPIRE")) << text;
}

TEST(BadInput, session_commands_are_refused_before_they_can_harm_a_shared_connection) {
  RedisCluster client({.startup_nodes = plain_cluster().seeds()});
  EXPECT_THROW(client.execute_command("MULTI"), RedisClusterException);
  EXPECT_THROW(client.execute_command("WATCH", "foo"), RedisClusterException);
  EXPECT_THROW(client.execute_command("SSUBSCRIBE", "foo"), RedisClusterException);
  EXPECT_THROW(client.execute_command("SUBSCRIBE", "foo"), RedisClusterException);
  EXPECT_THROW(client.execute_command("CLIENT", "REPLY", "SKIP"), RedisClusterException);
  EXPECT_EQ(client.ping(), "PONG");
}

TEST(BadInput, an_unknown_node_id_learns_the_known_ones) {
  RedisCluster client({.startup_nodes = plain_cluster().seeds()});
  const std::string text = message_of<RedisClusterException>([&] { client.cluster_failover("no-such-id"); });
  EXPECT_TRUE(contains(text, "no-such-id")) << text;
  EXPECT_TRUE(contains(text, plain_cluster().node(0).node_id())) << text;
}

TEST(BadInput, slots_that_nobody_has_are_not_deleted_halfway) {
  RedisCluster client({.startup_nodes = plain_cluster().seeds()});
  EXPECT_THROW(client.cluster_delslots({}), RedisClusterException);
  EXPECT_THROW(client.cluster_delslots({1, 99'999}), RedisClusterException);
  EXPECT_EQ(client.cluster_info().at("cluster_slots_ok"), "16384");
}

}  // namespace
