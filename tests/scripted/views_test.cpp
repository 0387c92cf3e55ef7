/// What nodes tell of the cluster when they tell it differently, of late, by halves, or with odd things in between.
#include <atomic>

#include "play.hpp"
#include "pubsub_play.hpp"
#include "tls_play.hpp"

namespace {

using namespace play;
using rediscluster::Event;

/// Counts what a client's hook hears.
struct Heard {
  rediscluster::EventHook hook() {
    return [this](const Event& event) {
      changes += event.kind == Event::Kind::refreshed && event.count > 0 ? 1 : 0;
      refreshes += event.kind == Event::Kind::refreshed ? 1 : 0;
    };
  }
  std::atomic<int> changes{0};
  std::atomic<int> refreshes{0};
};

// Old views.

/// Three shards with a replica each; node 5 takes over from node 2, and only these nodes say so.
void fail_over_as_told_by(ScriptedCluster& cluster, const std::vector<int>& knowing) {
  std::vector<ScriptedRange> ranges = cluster.ranges();
  std::swap(ranges[2].primary, ranges[2].replicas[0]);
  for (const int node : knowing) cluster[node].serve_slots(ranges);
}

TEST(OldViews, of_one_node_do_not_undo_what_the_others_tell) {
  ScriptedCluster cluster(3, 1);
  Heard heard;
  echo_gets(cluster);
  RedisCluster client({.startup_nodes = {cluster[0].address()}, .topology_refresh_period = 10ms, .on_event = heard.hook()});
  const int at_first = heard.changes;
  fail_over_as_told_by(cluster, {0, 2, 3, 4, 5});
  const std::string key = key_in_slot(16000, "k");
  EXPECT_TRUE(wait_until([&] { return client.get(key) == key && cluster[5].received("GET") > 0; }, 10s));
  EXPECT_TRUE(wait_until([&] { return heard.changes > at_first; }, 10s));  // told just behind the change itself
  const int before = cluster[2].received("GET");
  const int changes = heard.changes;
  const int told = cluster[1].received(CommandWords{"CLUSTER", "SLOTS"});
  EXPECT_TRUE(wait_until([&] { return client.get(key) == key && cluster[1].received(CommandWords{"CLUSTER", "SLOTS"}) >= told + 4; }, 30s));
  EXPECT_EQ(heard.changes, changes);
  EXPECT_EQ(cluster[2].received("GET"), before);
}

TEST(OldViews, of_one_node_do_not_undo_a_moved_either) {
  ScriptedCluster cluster(3);
  echo_gets(cluster);
  RedisCluster client({.startup_nodes = {cluster[0].address()}, .topology_refresh_period = 10ms});
  std::vector<ScriptedRange> ranges = cluster.ranges();
  const int first = ranges[2].first;
  ranges[2].first = first + 1;
  ranges[1].last = first;  // one slot has moved from node 2 to node 1
  for (const int node : {1, 2}) cluster[node].serve_slots(ranges);
  const std::string key = key_in_slot(first, "k");
  cluster[2].always("GET", key).answer_error(moved_to(cluster[1], first));
  EXPECT_EQ(client.get(key), key);
  const auto until = Clock::now() + 3s;  // longer than a MOVED is protected
  while (Clock::now() < until) ASSERT_EQ(client.get(key), key);
  EXPECT_LE(cluster[2].received(CommandWords{"GET", key}), 1);
}

TEST(OldViews, are_new_ones_when_a_second_node_tells_the_same) {
  ScriptedCluster cluster(3, 1);
  Heard heard;
  echo_gets(cluster);
  RedisCluster client({.startup_nodes = {cluster[0].address()}, .topology_refresh_period = 10ms, .on_event = heard.hook()});
  const std::string key = key_in_slot(16000, "k");
  fail_over_as_told_by(cluster, {0, 1, 2, 3, 4, 5});
  EXPECT_TRUE(wait_until([&] { return client.get(key) == key && cluster[5].received("GET") > 0; }, 10s));
  cluster.serve_slots(cluster.ranges());  // and back
  const int before = cluster[2].received("GET");
  EXPECT_TRUE(wait_until([&] { return client.get(key) == key && cluster[2].received("GET") > before; }, 10s));
}

// Names.

TEST(NodeNames, without_an_address_are_passed_over_for_the_address_told_beside_them) {
  for (const char* name : {"?", "no-such-host.invalid"}) {
    SCOPED_TRACE(name);
    ScriptedCluster cluster(2, 1);
    echo_gets(cluster);
    std::vector<ScriptedRange> ranges = cluster.ranges();
    for (ScriptedRange& range : ranges) {
      range.primary.address.host = name;
      range.primary.metadata = {{"ip", "127.0.0.1"}};
    }
    cluster.serve_slots(ranges);
    RedisCluster client({.startup_nodes = {cluster[0].address()}, .command_timeout = 5s});
    EXPECT_EQ(client.nothrow().get("foo").value_or("an error"), "foo");
    EXPECT_EQ(client.nothrow().get("bar").value_or("an error"), "bar");
  }
}

TEST(NodeNames, without_an_address_are_what_tls_expects_all_the_same) {
  ScriptedNode seed_node;
  TlsFrontOptions by_address;
  by_address.identity = local_identity();
  by_address.target = seed_node.address();
  TlsFront seed(by_address);
  for (const bool right_name : {true, false}) {
    SCOPED_TRACE(right_name);
    ScriptedNode node;
    echo_gets(node);
    TlsFrontOptions by_name;
    by_name.identity = trusted().issue({.hosts = {right_name ? "node.invalid" : "other.invalid"}});
    by_name.target = node.address();
    TlsFront front(by_name);
    ScriptedEndpoint endpoint({"node.invalid", front.address().port}, node.id());
    endpoint.metadata = {{"ip", "127.0.0.1"}};
    seed_node.serve_slots({{0, 16383, endpoint}});
    node.serve_slots({{0, 16383, endpoint}});
    rediscluster::Options options{.startup_nodes = {seed.address()}, .command_timeout = 3s};
    options.tls.enabled = true;
    options.tls.ca_pem = trusted().pem();
    RedisCluster client(options);
    EXPECT_EQ(client.nothrow().get("foo").has_value(), right_name);
  }
}

/// Half of the nodes tell all by address, the other half by name.
void tell_differently(ScriptedCluster& cluster, bool with_metadata) {
  std::vector<ScriptedRange> by_address = cluster.ranges();
  std::vector<ScriptedRange> by_name = cluster.ranges();
  for (std::size_t i = 0; i < by_name.size(); ++i) {
    for (std::size_t j = 0; j <= by_name[i].replicas.size(); ++j) {
      ScriptedEndpoint& named = j == 0 ? by_name[i].primary : by_name[i].replicas[j - 1];
      ScriptedEndpoint& addressed = j == 0 ? by_address[i].primary : by_address[i].replicas[j - 1];
      named.address.host = "localhost";
      if (!with_metadata) continue;
      named.metadata = {{"ip", "127.0.0.1"}};
      addressed.metadata = {{"hostname", "localhost"}};
    }
  }
  for (int i = 0; i < cluster.size(); ++i) cluster[i].serve_slots(i % 2 == 0 ? by_address : by_name);
}

TEST(NodeNames, that_differ_from_node_to_node_make_no_second_node_of_one) {
  for (const bool with_metadata : {true, false}) {
    SCOPED_TRACE(with_metadata);
    ScriptedCluster cluster(4);
    Heard heard;
    echo_gets(cluster);
    tell_differently(cluster, with_metadata);
    RedisCluster client({.startup_nodes = {cluster[0].address()}, .lanes_per_node = 1, .topology_refresh_period = 5ms, .on_event = heard.hook()});
    for (int slot = 0; slot < 16384; slot += 4096) client.get(key_in_slot(slot, "k"));
    EXPECT_TRUE(wait_until([&] { return heard.refreshes >= 9; }, 30s));
    for (int i = 0; i < 4; ++i) EXPECT_LE(cluster[i].connections(), 2) << "of node " << i;
    EXPECT_LE(heard.changes, with_metadata ? 1 : 3) << "the first one";
    EXPECT_EQ(client.get("foo"), "foo");
  }
}

TEST(NodeNames, that_differ_from_node_to_node_make_no_gaps) {
  ScriptedCluster cluster(4);
  Heard heard;
  for (int i = 0; i < 4; ++i) confirm_subscriptions(cluster[i]);
  tell_differently(cluster, true);
  RedisCluster client({.startup_nodes = {cluster[0].address()}, .topology_refresh_period = 5ms, .on_event = heard.hook()});
  PubSub pubsub = client.pubsub();
  pubsub.subscribe("news");
  EXPECT_TRUE(wait_until([&] { return heard.refreshes >= 9; }, 30s));
  const auto confirmation = pubsub.get_message(surely);
  ASSERT_TRUE(confirmation.has_value());
  EXPECT_EQ(confirmation->type, Type::subscribe);
  EXPECT_FALSE(pubsub.get_message(a_while).has_value()) << "a gap";
}

TEST(NodeNames, in_a_redirect_mean_the_node_that_the_topology_calls_otherwise) {
  ScriptedCluster cluster(2);
  echo_gets(cluster);
  std::vector<ScriptedRange> ranges = cluster.ranges();
  for (ScriptedRange& range : ranges) range.primary.metadata = {{"hostname", "localhost"}};
  cluster.serve_slots(ranges);
  RedisCluster client({.startup_nodes = {cluster[0].address()}, .lanes_per_node = 1});
  EXPECT_EQ(client.get("foo"), "foo");
  cluster[0].always("GET", "bar").answer_error("MOVED 5061 localhost:" + std::to_string(cluster[1].address().port));
  EXPECT_EQ(client.get("bar"), "bar");
  EXPECT_EQ(cluster[1].connections(), 1);
}

// Nodes without an address.

TEST(MissingPorts, of_a_primary_are_asked_for_elsewhere) {
  ScriptedCluster cluster(2);
  echo_gets(cluster);
  std::vector<ScriptedRange> ranges = cluster.ranges();
  ranges[1].primary.address = {"", 0};
  cluster[0].serve_slots(ranges);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client.get("bar"), "bar");
  EXPECT_EQ(client.nothrow().get("foo").value_or("an error"), "foo");
}

TEST(MissingPorts, of_replicas_cost_nothing_but_these) {
  ScriptedCluster cluster(1, 2);
  echo_gets(cluster);
  std::vector<ScriptedRange> ranges = cluster.ranges();
  ranges[0].replicas[0].address = {"", 0};
  cluster.serve_slots(ranges);
  RedisCluster client({.startup_nodes = {cluster[0].address()}, .read_from = rediscluster::ReadFrom::prefer_replica});
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.get("foo"), "foo");
  EXPECT_EQ(cluster[2].received("GET"), 20);
}

TEST(MissingPorts, in_redirects_may_be_known_to_the_user) {
  ScriptedCluster cluster(2);
  echo_gets(cluster);
  cluster[0].always("GET", "bar").answer_error("MOVED 5061 127.0.0.1:0");
  rediscluster::Options options{.startup_nodes = {cluster[0].address()}};
  {
    RedisCluster client(options);
    EXPECT_EQ(error_of(client.nothrow().get("bar")).code, Errc::protocol_error);
  }
  options.host_port_remap = [port = cluster[1].address().port](const NodeAddress& told) { return NodeAddress{told.host, told.port == 0 ? port : told.port}; };
  RedisCluster client(options);
  EXPECT_EQ(client.get("bar"), "bar");
}

TEST(MissingPorts, of_the_only_node_of_a_cluster_with_tls_are_the_one_it_was_asked_at) {
  SecureNode only;
  only.node.serve_slots({{0, 16383, ScriptedEndpoint({"127.0.0.1", 0}, only.node.id())}});
  RedisCluster client(only.options());
  EXPECT_EQ(client.get("foo"), "foo");
}

TEST(MissingPorts, of_all_nodes_of_a_cluster_with_tls_are_an_error_that_names_the_cure) {
  SecureNode node;
  node.node.serve_slots({{0, 8191, ScriptedEndpoint({"127.0.0.1", 0}, node.node.id())}, {8192, 16383, ScriptedEndpoint({"127.0.0.1", 0}, "another")}});
  std::string text;
  EXPECT_LT(time_of([&] { text = message_of<RedisError>([&] { RedisCluster client(node.options()); }); }), 2s);
  EXPECT_TRUE(contains(text, "tls-cluster yes")) << text;
}

// Odd things.

TEST(OddAnswers, among_the_replicas_do_not_cost_the_map) {
  ScriptedNode node;
  echo_gets(node);
  const RawReply self = RawReply::array({RawReply::bulk("127.0.0.1"), RawReply::number(node.address().port), RawReply::bulk(node.id())});
  for (const RawReply& odd : {RawReply::null(), RawReply::bulk("x"), RawReply::array({}), RawReply::array({RawReply::bulk("h"), RawReply::bulk("p")})}) {
    node.always("CLUSTER", "SLOTS").answer(RawReply::array({RawReply::array({RawReply::number(0), RawReply::number(16383), self, odd})}));
    RedisCluster client({.startup_nodes = {node.address()}});
    EXPECT_EQ(client.get("foo"), "foo");
  }
}

TEST(OddAnswers, among_the_lines_of_cluster_nodes_are_left_out) {
  ScriptedNode node;
  const std::string line = node.id() + " " + node.address_text() + "@1 myself,master - 0 0 1 connected 0-16383\n";
  node.always("CLUSTER", "NODES").answer_bulk(line + line + " 127.0.0.1:1@2 master - 0 0 1 connected\nvars currentEpoch 1 lastVoteEpoch 0\n" +
                                              "gone :0@0 slave,fail,noaddr - 0 0 18446744073709551615 disconnected\n");
  RedisCluster client({.startup_nodes = {node.address()}});
  const rediscluster::ClusterNodes nodes = client.cluster_nodes();
  ASSERT_EQ(nodes.size(), 2u);
  EXPECT_EQ(nodes.at(node.id()).slots.size(), 1u);
  EXPECT_EQ(nodes.at("gone").host, "");
  EXPECT_EQ(error_of(client.nothrow().on("gone").dbsize()).code, Errc::unknown_node);
  node.always(starts_with({"CLUSTER", "REPLICAS"})).answer_array({"odd", "r1 127.0.0.1:1@2 slave " + node.id() + " 0 0 1 connected"});
  EXPECT_EQ(client.cluster_slaves(node.id()).size(), 1u);
}

// A flood of names.

TEST(NodesMadeUp, leave_room_for_a_primary_however_many_they_were) {
  ScriptedCluster cluster(1);
  ScriptedNode successor;
  echo_gets(cluster);
  echo_gets(successor);
  std::atomic<int> answers{0};
  std::atomic<bool> is_over{false};
  cluster[0].always("CLUSTER", "SLOTS").answer_with([&](const CommandWords&) {
    ScriptedRange range{0, 16383, is_over ? ScriptedEndpoint(successor) : ScriptedEndpoint(cluster[0])};
    const int answer = ++answers;
    if (is_over) range.replicas.push_back(cluster[0]);
    for (int i = 0; i < 1000; ++i) {
      const std::string host = "127." + std::to_string(answer % 250 + 1) + "." + std::to_string(i / 250) + "." + std::to_string(i % 250 + 1);
      range.replicas.push_back({{host, 1}, "made-up-" + host});
    }
    return slots_answer({range});
  });
  Heard heard;
  RedisCluster client({.startup_nodes = cluster.seeds(), .topology_refresh_period = 5ms, .on_event = heard.hook()});
  EXPECT_TRUE(wait_until([&] { return heard.refreshes >= 14; }, 50s));
  is_over = true;
  EXPECT_TRUE(wait_until([&] { return client.get("foo") == "foo" && successor.received("GET") > 0; }, 20s));
}

}  // namespace
