// A real cluster over TLS: commands, redirects, failover, names, certificates that change under load.
#include "support/dial.hpp"
#include "support/messages.hpp"
#include "support/tls_cluster.hpp"
#include "support/write_load.hpp"

#include <rediscluster/async.hpp>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using namespace test_support;
using rediscluster::Errc;
using rediscluster::Error;
using rediscluster::NodeAddress;
using rediscluster::Options;
using rediscluster::RedisCluster;
using rediscluster::Resend;
using rediscluster::testing::wait_until;

/// One cluster for the plays that leave it as it was.
TlsCluster& tls_cluster() {
  static TlsCluster cluster({.config_of_node = [](int node) {
    return std::vector<std::string>{"cluster-announce-hostname node-" + std::to_string(node) + ".test"};
  }});
  return cluster;
}

/// The error of a client that must not come to be.
template <class Make>
Error error_of(Make&& make) {
  try {
    make();
  } catch (const rediscluster::RedisError& error) {
    return error.error();
  }
  ADD_FAILURE() << "the client should have been refused";
  return {};
}

// S01
TEST(TlsCluster, serves_every_slot_and_names_tls_ports) {
  TlsCluster& tls = tls_cluster();
  RedisCluster client(tls.options());
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(client.set("tls:" + std::to_string(i), std::to_string(i)));
  const std::string large(3'000'000, 'x');
  EXPECT_TRUE(client.set("tls:large", large));
  EXPECT_TRUE(client.get("tls:large") == large);
  EXPECT_EQ(client.mget({"tls:1", "tls:2", "tls:3"})[2], "3");
  for (const auto& [id, node] : client.cluster_nodes()) EXPECT_TRUE(tls.cluster.find_node(NodeAddress{node.host, node.port}).has_value());
  for (const auto& range : client.cluster_slots()) {
    const auto node = tls.cluster.find_node(NodeAddress{range.master.host, range.master.port});
    ASSERT_TRUE(node.has_value());
    EXPECT_EQ(tls.cluster.node(*node).tls_address().port, range.master.port);
  }
}

TEST(TlsCluster, carries_asynchronous_commands_long_ones_too) {
  rediscluster::AsyncRedisCluster client(tls_cluster().options());
  const std::string large(3'000'000, 'x');
  std::vector<std::future<bool>> written;
  for (int i = 0; i < 300; ++i) written.push_back(client.set("tls:async:" + std::to_string(i), std::to_string(i)).to_future());
  written.push_back(client.set("tls:async:large", large).to_future());
  for (auto& each : written) EXPECT_TRUE(each.get());
  std::vector<std::future<std::optional<std::string>>> read;
  for (int i = 0; i < 300; ++i) read.push_back(client.get("tls:async:" + std::to_string(i)).to_future());
  for (int i = 0; i < 300; ++i) EXPECT_EQ(read[static_cast<std::size_t>(i)].get(), std::to_string(i));
  EXPECT_TRUE(client.get("tls:async:large").to_future().get() == large);
  EXPECT_EQ(client.mget({"tls:async:1", "tls:async:2", "tls:async:3"}).to_future().get()[2], "3");
}

TEST(TlsCluster, a_url_is_enough) {
  TlsCluster& tls = tls_cluster();
  const auto file = tls.folder.put("authority.pem", tls.authority.pem());
  RedisCluster client = RedisCluster::from_url("rediss://" + to_string(tls.seeds().front()) + "?ssl_ca_certs=" + file.string());
  EXPECT_TRUE(client.set("tls:url", "1"));
}

TEST(TlsCluster, blocking_commands_and_scans_go_through_tls_too) {
  RedisCluster client(tls_cluster().options());
  client.rpush("tls:list", {"a"});
  EXPECT_EQ(client.blpop({"tls:list"}, 1s)->second, "a");
  client.set("tls:scan:1", "1");
  int seen = 0;
  for (const std::string& key : client.scan_iter({.match = "tls:scan:*"})) seen += key.empty() ? 0 : 1;
  EXPECT_EQ(seen, 1);
}

TEST(TlsCluster, pipelines_watches_subscriptions_and_monitors_go_through_tls_too) {
  TlsCluster& tls = tls_cluster();
  RedisCluster client(tls.options());
  auto pipe = client.pipeline();
  for (int i = 0; i < 1000; ++i) pipe.set("tls:pipe:" + std::to_string(i), std::string(200, 'x'));
  EXPECT_EQ(pipe.execute().size(), 1000u);

  client.set("{tls}:watched", "1");
  auto transaction = client.transaction();
  transaction.watch({"{tls}:watched"});
  EXPECT_EQ(transaction.now().get("{tls}:watched"), "1");
  const auto counted = transaction.incr("{tls}:watched");
  transaction.execute();
  EXPECT_EQ(counted.value(), 2);

  auto pubsub = client.pubsub({.ignore_subscribe_messages = true});
  pubsub.subscribe("tls:news");
  pubsub.ssubscribe("tls:shard");
  const std::string large(1'000'000, 'n');
  client.publish("tls:news", large);
  client.spublish("tls:shard", "small");
  int heard = 0;
  for (int i = 0; i < 2; ++i) {
    const auto message = pubsub.get_message(10s);
    ASSERT_TRUE(message);
    heard += message->channel == "tls:news" ? message->data == large : message->data == "small";
  }
  EXPECT_EQ(heard, 2);

  auto monitor = client.monitor();
  client.set("tls:seen", "1");
  bool seen = false;
  for (int lines = 0; lines < 10'000 && !seen; ++lines) {
    const auto line = monitor.next(10s);
    ASSERT_TRUE(line && *line);
    seen = (*line)->words == std::vector<std::string>{"SET", "tls:seen", "1"};
  }
  EXPECT_TRUE(seen);
  for (int node = 0; node < tls.cluster.size(); ++node) {
    EXPECT_EQ(tls.cluster.call(node, {"CLIENT", "LIST", "TYPE", "pubsub"}).text.find("laddr=" + to_string(tls.cluster.node(node).address())), std::string::npos);
  }
}

TEST(TlsCluster, an_authority_that_is_not_ours_is_refused_by_every_seed) {
  Options options = tls_cluster().options();
  options.tls.ca_pem = Authority("somebody else").pem();
  const Error error = error_of([&] { RedisCluster client(options); });
  EXPECT_EQ(error.code, Errc::tls_failed);
  EXPECT_TRUE(contains(error.message, "signed by an authority that is not trusted")) << error.message;
}

// S04, the other way round: the plain port of the very same node.
TEST(TlsCluster, a_plain_port_is_not_talked_to) {
  TlsCluster& tls = tls_cluster();
  Options options = tls.options();
  options.startup_nodes = {tls.cluster.node(0).address()};
  options.command_timeout = 1500ms;
  const Error error = error_of([&] { RedisCluster client(options); });
  EXPECT_TRUE(contains(error.message, "does this port speak TLS?") || contains(error.message, "does not speak TLS on this port")) << error.message;
}

// S03: the certificates bear names, the cluster goes by addresses.
TEST(TlsNames, a_topology_of_addresses_is_served_by_metadata_or_by_the_users_map_and_refused_otherwise) {
  TlsCluster tls({.primaries = 3, .replicas_per_primary = 0, .certificate = {.hosts = {"localhost", "*.nodes.test"}},
                  .config_of_node = [](int node) { return std::vector<std::string>{"cluster-announce-hostname node-" + std::to_string(node) + ".nodes.test"}; }});
  // by the metadata: the first seed is reached by its name
  Options by_name = tls.options();
  by_name.startup_nodes = {{"localhost", tls.seeds().front().port}};
  RedisCluster by_metadata(by_name);
  for (int i = 0; i < 30; ++i) EXPECT_TRUE(by_metadata.set("names:" + std::to_string(i), "1"));

  // by the user's word, as rules, as a function, and as one name for all
  Options by_rules = tls.options(), by_function = tls.options(), by_one_name = tls.options();
  by_rules.tls.names = {{.host = "127.0.0.1", .name = "any.nodes.test"}};
  by_function.tls.names = [](const NodeAddress& node) { return "n" + std::to_string(node.port) + ".nodes.test"; };
  by_one_name.tls.server_name = "all.nodes.test";
  for (const Options& options : {by_rules, by_function, by_one_name}) {
    RedisCluster client(options);
    for (int i = 0; i < 30; ++i) EXPECT_TRUE(client.set("names:" + std::to_string(i), "1"));
  }

  // and without: refused
  const Error error = error_of([&] { RedisCluster client(tls.options()); });
  EXPECT_EQ(error.code, Errc::tls_failed);
  EXPECT_TRUE(contains(error.message, "not for '127.0.0.1'")) << error.message;
}

TEST(TlsNames, without_metadata_a_topology_of_addresses_is_refused_node_by_node) {
  TlsCluster tls({.primaries = 3, .replicas_per_primary = 0, .certificate = {.hosts = {"localhost"}}});
  Options options = tls.options();
  options.startup_nodes = {{"localhost", tls.seeds().front().port}};
  RedisCluster client(options);  // the seed itself is who it should be
  int refused = 0;
  for (int i = 0; i < 30; ++i) {
    const auto result = client.nothrow().set("names:" + std::to_string(i), "1");
    if (result) continue;
    ++refused;
    EXPECT_EQ(result.error().code, Errc::tls_failed) << result.error().message;
    EXPECT_TRUE(contains(result.error().message, "its certificate is for 'localhost', not for '127.0.0.1'")) << result.error().message;
  }
  EXPECT_EQ(refused, 30) << "the cluster goes by addresses, the first seed included";
}

TEST(TlsFailover, a_killed_primary_costs_no_error_when_writes_may_be_resent) {
  TlsCluster tls;
  Options options = tls.options();
  options.resend = Resend::idempotent_writes;
  RedisCluster client(options);
  WriteLoad load(client, 4, [](int thread, int number) { return "fail:" + std::to_string(thread) + ":" + std::to_string(number); });
  std::this_thread::sleep_for(300ms);
  tls.cluster.kill(0);
  tls.cluster.wait_for_primary(0, 0);
  std::this_thread::sleep_for(500ms);
  load.stop();
  load.for_each([](const Written& written) {
    if (!written.acknowledged) ADD_FAILURE() << to_string(written.error);
  });
  EXPECT_GT(load.count([](const Written&) { return true; }), 500);
}

TEST(TlsReshard, moved_slots_are_followed) {
  TlsCluster tls({.primaries = 3, .replicas_per_primary = 0});
  RedisCluster client(tls.options());
  WriteLoad load(client, 2, [](int thread, int number) { return "move:" + std::to_string(thread) + ":" + std::to_string(number % 5000); });
  for (int i = 0; i < 3; ++i) {
    tls.cluster.move_slots(0, 30, 0, 1);
    tls.cluster.wait_until_ok();  // the nodes must agree before a slot can go back
    tls.cluster.move_slots(0, 30, 1, 0);
    tls.cluster.wait_until_ok();
  }
  load.stop();
  load.for_each([](const Written& written) {
    if (!written.acknowledged) ADD_FAILURE() << to_string(written.error);
  });
}

/// Ends all connections to a node, as a server that restarts would.
void drop_clients(TlsCluster& tls, int node) { tls.cluster.call(node, {"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"}); }

// S06
TEST(TlsRotation, certificates_of_servers_and_clients_change_under_load_without_an_error) {
  TlsCluster tls({.primaries = 3, .replicas_per_primary = 0, .extra_config = {"tls-auth-clients yes"}});
  const Identity first = tls.authority.issue({.name = "client 1"});
  Options options = tls.options();
  options.resend = Resend::idempotent_writes;  // connections are cut
  options.tls.certificate_file = tls.folder.put("client.crt", first.certificate);
  options.tls.key_file = tls.folder.put("client.key", first.key);
  RedisCluster client(options);
  WriteLoad load(client, 4, [](int thread, int number) { return "rotate:" + std::to_string(thread) + ":" + std::to_string(number); });
  for (int round = 0; round < 3; ++round) {
    const Identity next = tls.authority.issue({.name = "client " + std::to_string(round + 2)});
    tls.folder.put("client.crt", next.certificate);
    for (int node = 0; node < tls.cluster.size(); ++node) {
      tls.renew(node, tls.authority.issue({.name = "renewed", .addresses = {"127.0.0.1"}}));
      drop_clients(tls, node);
      std::this_thread::sleep_for(30ms);
    }
    tls.folder.put("client.key", next.key);  // connections made since the certificate came used the old pair
    for (int node = 0; node < tls.cluster.size(); ++node) drop_clients(tls, node);
    std::this_thread::sleep_for(50ms);
  }
  load.stop();
  load.for_each([](const Written& written) {
    if (!written.acknowledged) ADD_FAILURE() << to_string(written.error);
  });
  EXPECT_GT(load.count([](const Written&) { return true; }), 200);
}

TEST(TlsClients, a_server_that_wants_a_certificate_says_so_and_what_to_set) {
  TlsCluster tls({.primaries = 1, .replicas_per_primary = 0, .extra_config = {"tls-auth-clients yes"}});
  const Error error = error_of([&] { RedisCluster client(tls.options()); });
  EXPECT_EQ(error.code, Errc::tls_failed);
  EXPECT_TRUE(contains(error.message, "tls.certificate_file")) << error.message;
  Options options = tls.options();
  const Identity identity = tls.authority.issue({.name = "client"});
  options.tls.certificate_pem = identity.certificate;
  options.tls.key_pem = identity.key;
  EXPECT_TRUE(RedisCluster(options).set("k", "v"));
}

TEST(TlsOnly, nodes_without_a_plain_port_are_no_trouble) {
  TlsCluster tls({.primaries = 3, .replicas_per_primary = 0});
  for (int i = 0; i < tls.cluster.size(); ++i) ASSERT_FALSE(tls.cluster.call(i, {"CONFIG", "SET", "port", "0"}).is_error());
  RedisCluster client(tls.options());
  for (int i = 0; i < 30; ++i) EXPECT_TRUE(client.set("only:" + std::to_string(i), "1"));
  EXPECT_EQ(client.cluster_nodes().size(), 3u);
}

TEST(TlsDial, the_users_descriptors_are_encrypted_as_well) {
  TlsCluster& tls = tls_cluster();
  Options options = tls.options();
  std::atomic<int> dialled{0};
  options.dial = [&](const NodeAddress& node, std::chrono::steady_clock::time_point) -> rediscluster::Result<int> {
    ++dialled;
    return connect_to(node);
  };
  RedisCluster client(options);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(client.set("dial:" + std::to_string(i), "1"));
  EXPECT_GE(dialled, 3);
}

TEST(TlsLanes, every_connection_of_a_client_is_encrypted) {
  TlsCluster& tls = tls_cluster();
  RedisCluster client(tls.options());
  WriteLoad load(client, 8, [](int thread, int number) { return "lanes:" + std::to_string(thread) + ":" + std::to_string(number); });
  std::this_thread::sleep_for(200ms);
  // A plain connection's laddr is the plain port; ours are all at the TLS port.
  for (int node = 0; node < tls.cluster.size(); ++node) {
    const std::string clients = tls.cluster.call(node, {"CLIENT", "LIST", "TYPE", "normal"}).text;
    const std::string plain_port = "laddr=" + to_string(tls.cluster.node(node).address());
    int plain = 0;
    for (std::size_t at = clients.find(plain_port); at != std::string::npos; at = clients.find(plain_port, at + 1)) ++plain;
    EXPECT_LE(plain, 1) << "the connection that asks is the only plain one\n" << clients;
  }
  load.stop();
}

}  // namespace
