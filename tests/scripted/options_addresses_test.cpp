/// How addresses are reached: host_port_remap on every source of addresses, once each, and dial on every connection.
#include "play.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <mutex>
#include <set>

#include "support/dial.hpp"

namespace {

using namespace play;
using rediscluster::DialFunction;
using rediscluster::HostPortRemap;
using rediscluster::HostPortRule;
using rediscluster::Options;
using rediscluster::RedisClusterConfigError;
using test_support::connect_to;

const std::string outside = "192.0.2.1";  // reserved for documentation: nobody answers there

/// A cluster that announces itself at addresses nobody here can reach, on ports of its own numbering from 7000.
class BehindNat {
 public:
  explicit BehindNat(int nodes) : cluster(nodes) {
    std::vector<ScriptedRange> ranges = cluster.ranges();
    for (std::size_t i = 0; i < ranges.size(); ++i) ranges[i].primary.address = {outside, 7000 + static_cast<int>(i)};
    cluster.serve_slots(ranges);
    echo_gets(cluster);
  }
  std::string announced(int node) const { return outside + ":" + std::to_string(7000 + node); }
  std::vector<HostPortRule> rules() {
    std::vector<HostPortRule> rules;
    for (int i = 0; i < cluster.size(); ++i) rules.push_back({outside, 7000 + i, "127.0.0.1", cluster[i].address().port});
    return rules;
  }
  Options options(HostPortRemap remap) { return {.startup_nodes = {cluster[0].address()}, .host_port_remap = std::move(remap), .command_timeout = 1s}; }
  ScriptedCluster cluster;
};

TEST(HostPortRemap, rules_are_applied_to_the_topology) {
  BehindNat nat(2);
  RedisCluster client(nat.options(nat.rules()));
  EXPECT_EQ(client.get("foo"), "foo");
  EXPECT_EQ(client.get("bar"), "bar");
}

TEST(HostPortRemap, without_them_the_cluster_cannot_be_reached) {
  BehindNat nat(2);
  Options options = nat.options({});
  options.command_timeout = 200ms;
  RedisCluster client(options);
  EXPECT_FALSE(client.nothrow().get("foo").has_value());
}

TEST(HostPortRemap, rules_are_applied_to_moved_and_ask) {
  BehindNat nat(2);
  nat.cluster[1].expect("GET", "foo").answer_error("ASK 12182 " + nat.announced(0));
  nat.cluster[0].expect("ASKING").answer_status("OK");
  nat.cluster[0].expect("GET", "foo").answer_bulk("asked");
  nat.cluster[1].expect("GET", "foo").answer_error("MOVED 12182 " + nat.announced(0));
  nat.cluster[0].expect("GET", "foo").answer_bulk("moved");
  Options options = nat.options(nat.rules());
  options.startup_nodes = nat.cluster.seeds();
  RedisCluster client(options);
  EXPECT_EQ(client.get("foo"), "asked");
  EXPECT_EQ(client.get("foo"), "moved");
  EXPECT_EQ(nat.cluster.complaints(), "");
}

// Host names the same machine under two names; mapping one that is mapped already would lead nowhere.
TEST(HostPortRemap, an_address_is_never_mapped_twice) {
  BehindNat nat(2);
  std::vector<HostPortRule> rules = nat.rules();
  rules.push_back({.from_host = "127.0.0.1", .to_host = "192.0.2.99"});
  nat.cluster[1].expect("GET", "foo").answer_error("MOVED 12182 :7000");  // empty host: the one that answered
  nat.cluster[0].expect("GET", "foo").answer_bulk("there");
  RedisCluster client(nat.options(rules));
  EXPECT_EQ(client.get("foo"), "there");
  EXPECT_EQ(nat.cluster.complaints(), "");
}

TEST(HostPortRemap, ports_are_mapped_where_servers_leave_the_host_to_the_client) {
  BehindNat nat(2);
  std::vector<ScriptedRange> ranges = nat.cluster.ranges();
  for (ScriptedRange& range : ranges) range.primary.host_is_null = true;
  nat.cluster.serve_slots(ranges);
  std::vector<HostPortRule> rules;
  for (const HostPortRule& rule : nat.rules()) rules.push_back({.from_port = rule.from_port, .to_port = rule.to_port});
  RedisCluster client(nat.options(rules));
  EXPECT_EQ(client.get("foo"), "foo");
  EXPECT_EQ(client.get("bar"), "bar");
}

TEST(HostPortRemap, is_applied_to_nodes_that_only_cluster_nodes_names) {
  BehindNat nat(2);
  ScriptedNode fresh;
  const std::string id(40, 'f');
  const std::string line = id + " " + outside + ":7009@17009 master - 0 0 0 connected\n";
  for (int i = 0; i < 2; ++i) nat.cluster[i].always("CLUSTER", "NODES").answer_bulk(line);
  fresh.expect("CLUSTER", "RESET", "SOFT").answer_status("OK");
  std::vector<HostPortRule> rules = nat.rules();
  rules.push_back({outside, 7009, "127.0.0.1", fresh.address().port});
  RedisCluster client(nat.options(rules));
  EXPECT_TRUE(client.cluster_reset(id, true));
  EXPECT_EQ(fresh.complaints(), "");
}

TEST(HostPortRemap, wrong_rules_are_refused_with_the_reason) {
  const std::string message = message_of<RedisClusterConfigError>([] {
    RedisCluster client(Options{.startup_nodes = {{"127.0.0.1", 1}}, .host_port_remap = {{.from_host = "10.0.0.1"}}});
  });
  EXPECT_TRUE(contains(message, "host_port_remap: rule 1: from_host is given without to_host")) << message;
}

TEST(HostPortRemap, a_port_that_is_none_is_an_error_and_no_other_port) {
  BehindNat nat(1);
  Options options = nat.options([&](const NodeAddress&) { return NodeAddress{"127.0.0.1", 65536 + nat.cluster[0].address().port}; });
  options.command_timeout = 100ms;
  RedisCluster client(options);
  const Error error = error_of(client.nothrow().get("foo"));
  EXPECT_EQ(error.code, Errc::connect_failed);
  EXPECT_TRUE(contains(error.message, "the port is not between")) << error.message;
}

// options.dial

TEST(Dial, makes_every_connection_with_the_reachable_address_and_a_deadline) {
  BehindNat nat(2);
  std::mutex mutex;
  std::vector<NodeAddress> dialled;
  std::set<bool> deadlines_are_near;
  Options options = nat.options(nat.rules());
  options.dial = [&](const NodeAddress& node, Clock::time_point deadline) {
    std::lock_guard lock{mutex};
    dialled.push_back(node);
    deadlines_are_near.insert(deadline > Clock::now() - 1s && deadline < Clock::now() + 2s);
    return connect_to(node);
  };
  RedisCluster client(options);
  EXPECT_EQ(client.get("foo"), "foo");
  EXPECT_EQ(client.get("bar"), "bar");
  std::lock_guard lock{mutex};
  EXPECT_EQ(static_cast<int>(dialled.size()), nat.cluster[0].connections() + nat.cluster[1].connections());
  for (const NodeAddress& node : dialled) EXPECT_EQ(node.host, "127.0.0.1");
  EXPECT_EQ(deadlines_are_near, std::set<bool>{true});
}

TEST(Dial, may_hand_over_a_descriptor_that_does_not_block) {
  ScriptedCluster cluster(1);
  cluster[0].always(starts_with({"GET"})).after_delay(30ms).answer_bulk("v");
  RedisCluster client({.startup_nodes = cluster.seeds(), .dial = [](const NodeAddress& node, auto) {
                         const int fd = connect_to(node);
                         ::fcntl(fd, F_SETFL, O_NONBLOCK);
                         return fd;
                       }});
  EXPECT_EQ(client.get("k"), "v");
}

TEST(Dial, gives_its_descriptor_to_the_client_which_closes_it) {
  ScriptedCluster cluster(1);
  {
    RedisCluster client({.startup_nodes = cluster.seeds(), .dial = [](const NodeAddress& node, auto) { return connect_to(node); }});
    EXPECT_EQ(cluster[0].open_connections(), 1);
  }
  EXPECT_TRUE(wait_until([&] { return cluster[0].open_connections() == 0; }, 5s));
}

struct BadDial {
  const char* name;
  DialFunction dial;
  const char* words;
};

TEST(Dial, what_it_does_wrong_is_said) {
  const std::vector<BadDial> all{
      {"throws", [](const NodeAddress&, auto) -> int { throw std::runtime_error("no tunnel today"); }, "threw an exception: no tunnel today"},
      {"throws a number", [](const NodeAddress&, auto) -> int { throw 7; }, "no std::exception"},
      {"negative", [](const NodeAddress&, auto) { return -1; }, "returned -1 instead of a descriptor"},
      {"never opened", [](const NodeAddress&, auto) { return 1'000'000; }, "is no socket"},
      {"datagrams", [](const NodeAddress&, auto) { return ::socket(AF_INET, SOCK_DGRAM, 0); }, "is no stream socket"},
      {"not connected", [](const NodeAddress&, auto) { return ::socket(AF_INET, SOCK_STREAM, 0); }, "is not connected"},
      {"an error", [](const NodeAddress&, auto) { return rediscluster::fail(Errc::connect_failed, "proxy says no"); }, "proxy says no"},
  };
  ScriptedCluster cluster(1);
  for (const BadDial& bad : all) {
    SCOPED_TRACE(bad.name);
    const std::string message = message_of<rediscluster::RedisClusterException>([&] {
      RedisCluster client(Options{.startup_nodes = cluster.seeds(), .dial = bad.dial, .command_timeout = 200ms});
    });
    EXPECT_TRUE(contains(message, bad.words)) << message;
    EXPECT_TRUE(contains(message, cluster[0].address_text())) << message;
  }
  EXPECT_EQ(cluster[0].connections(), 0);
}

// On the threads that look after the topology and after subscriptions nobody would catch it.
TEST(Dial, may_throw_on_the_client_s_own_threads) {
  ScriptedCluster cluster(1);
  echo_gets(cluster);
  cluster[0].always("SUBSCRIBE", "news").answer(RawReply::push({RawReply::bulk("subscribe"), RawReply::bulk("news"), RawReply::number(1)}));
  std::atomic<bool> throws{false};
  std::atomic<int> thrown{0};
  Options options{.startup_nodes = cluster.seeds(), .dial = [&](const NodeAddress& node, auto) {
                    if (!throws) return connect_to(node);
                    ++thrown;
                    throw std::runtime_error("no tunnel today");
                  }};
  options.command_timeout = 300ms;
  options.topology_refresh_period = 20ms;
  RedisCluster client(options);
  auto pubsub = client.nothrow().pubsub();
  throws = true;
  const Error unheard = error_of(pubsub.subscribe("news"));
  EXPECT_TRUE(contains(unheard.message, "options.dial threw an exception: no tunnel today")) << unheard.message;
  cluster[0].drop_connections();
  EXPECT_TRUE(wait_until([&, before = thrown.load()] { return thrown > before + 1; }, 10s)) << "the refresher did not try";
  const Error unanswered = error_of(client.nothrow().monitor());
  EXPECT_TRUE(contains(unanswered.message, "options.dial threw an exception")) << unanswered.message;
  throws = false;
  EXPECT_TRUE(wait_until([&] { return client.nothrow().get("k").has_value(); }, 10s));
  EXPECT_TRUE(wait_until([&] { return pubsub.subscribe("news").has_value(); }, 10s));
}

TEST(Dial, leaves_a_descriptor_that_is_no_socket_open) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ScriptedCluster cluster(1);
  message_of<rediscluster::RedisClusterException>([&] {
    RedisCluster client(Options{.startup_nodes = cluster.seeds(), .dial = [&](const NodeAddress&, auto) { return ends[0]; }, .command_timeout = 200ms});
  });
  EXPECT_NE(::fcntl(ends[0], F_GETFD), -1);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(Dial, failures_are_retried_as_refused_connections_are) {
  ScriptedCluster cluster(1);
  echo_gets(cluster);
  std::atomic<int> dials{0};
  RedisCluster client({.startup_nodes = cluster.seeds(), .dial = [&](const NodeAddress& node, auto) {
                         const int number = ++dials;
                         return number > 1 && number < 4 ? -1 : connect_to(node);
                       }});
  cluster[0].drop_connections();
  ASSERT_TRUE(wait_until([&] { return cluster[0].open_connections() == 0; }, 5s));
  EXPECT_EQ(client.get("k"), "k");
  EXPECT_GE(dials, 4);
}

}  // namespace
