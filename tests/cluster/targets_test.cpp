// Commands for nodes that the caller names, explain(), and reply types of one's own, on a real cluster with replicas.
#include <algorithm>
#include <set>

#include "support/commands_fixture.hpp"
#include "support/messages.hpp"

namespace {

struct Point {
  std::int64_t x = 0;
  std::int64_t y = 0;
};

}  // namespace

template <>
struct rediscluster::ReplyDecoder<Point> {
  static Result<Point> decode(const Reply& reply) {
    const std::optional<Reply> x = reply.find("x"), y = reply.find("y");
    if (!x || !y) return fail(Errc::unexpected_reply, "a point has x and y");
    return Point{x->as_integer(), y->as_integer()};
  }
};

namespace {

using namespace rediscluster;
using namespace std::chrono_literals;
using test_support::contains;
using test_support::message_of;

/// Two shards with a replica each; one for all tests here.
rediscluster::testing::LocalCluster& cluster() {
  static rediscluster::testing::LocalCluster cluster({.primaries = 3, .replicas_per_primary = 1});
  return cluster;
}

class Targets : public ::testing::TestWithParam<int> {
 protected:
  Targets() : client_({.startup_nodes = cluster().seeds(), .protocol = GetParam()}) { client_.flushall(); }
  RedisCluster client_;
};
INSTANTIATE_TEST_SUITE_P(Protocol, Targets, ::testing::Values(3, 2),
                         [](const auto& each) { return "RESP" + std::to_string(each.param); });

std::set<std::string> addresses_of(const auto& results) {
  std::set<std::string> addresses;
  for (const auto& each : results) addresses.insert(to_string(each.node));
  return addresses;
}

std::set<std::string> addresses_of_nodes(int first, int last) {
  std::set<std::string> addresses;
  for (int i = first; i <= last; ++i) addresses.insert(to_string(cluster().node(i).address()));
  return addresses;
}

TEST_P(Targets, a_node_is_named_by_id_or_by_address) {
  for (int i = 0; i < cluster().size(); ++i) {
    const auto& node = cluster().node(i);
    EXPECT_EQ(client_.on(node.node_id()).run(cmd::cluster_myid()), node.node_id());
    EXPECT_EQ(client_.on(node.address()).run(cmd::cluster_myid()), node.node_id());
    EXPECT_EQ(client_.nothrow().on(to_string(node.address())).run(cmd::cluster_myid()).value(), node.node_id());
  }
}

TEST_P(Targets, a_node_nobody_knows_is_an_error_that_lists_those_there_are) {
  const std::string message = message_of<RedisClusterException>([&] { client_.on("127.0.0.1:1").ping(); });
  EXPECT_TRUE(contains(message, "127.0.0.1:1")) << message;
  EXPECT_TRUE(contains(message, to_string(cluster().node(0).address()))) << message;
  const auto by_id = client_.nothrow().on(std::string(40, 'f')).ping();
  ASSERT_FALSE(by_id);
  EXPECT_EQ(by_id.error().code, Errc::unknown_node);
  EXPECT_TRUE(contains(by_id.error().message, cluster().node(0).node_id())) << by_id.error().message;
}

TEST_P(Targets, a_named_node_is_asked_even_when_it_does_not_serve_the_key) {
  client_.set("foo", "bar");
  const int owner = cluster().primary_of_slot(keyslot("foo"));
  EXPECT_EQ(client_.on(cluster().node(owner).address()).get("foo"), "bar");
  const int other = owner == 0 ? 1 : 0;
  const auto refused = client_.nothrow().on(cluster().node(other).address()).get("foo");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::moved);
  EXPECT_EQ(refused.error().execution, Execution::not_executed);
}

TEST_P(Targets, a_slot_leads_to_the_node_that_serves_it) {
  for (const int slot : {0, 5461, 8000, 16383}) {
    EXPECT_EQ(client_.on_slot(slot).run(cmd::cluster_myid()), cluster().node(cluster().primary_of_slot(slot)).node_id()) << slot;
  }
  client_.set("foo", "bar");
  EXPECT_EQ(client_.on_slot(keyslot("foo")).get("foo"), "bar");
}

TEST_P(Targets, no_slot_and_keys_of_other_slots_are_refused) {
  for (const int slot : {-1, 16384}) {
    const auto refused = client_.nothrow().on_slot(slot).ping();
    ASSERT_FALSE(refused) << slot;
    EXPECT_EQ(refused.error().code, Errc::bad_option) << slot;
    EXPECT_TRUE(contains(refused.error().message, std::to_string(slot))) << refused.error().message;
  }
  const auto elsewhere = client_.nothrow().on_slot(1).get("foo");
  ASSERT_FALSE(elsewhere);
  EXPECT_EQ(elsewhere.error().code, Errc::cross_slot);
  EXPECT_TRUE(contains(elsewhere.error().message, "\"foo\" is in slot 12182")) << elsewhere.error().message;
}

TEST_P(Targets, groups_of_nodes_give_one_result_a_node) {
  for (int i = 0; i < 60; ++i) client_.set("key:" + std::to_string(i), i);
  const NodeResults<std::int64_t> sizes = client_.on_all_primaries().dbsize();
  EXPECT_EQ(addresses_of(sizes), addresses_of_nodes(0, 2));
  std::int64_t sum = 0;
  for (const auto& each : sizes) sum += each.value();
  EXPECT_EQ(sum, 60);
  EXPECT_EQ(addresses_of(client_.on_all_replicas().ping()), addresses_of_nodes(3, 5));
  const auto everywhere = client_.nothrow().on_all_nodes().run(cmd::cluster_myid());
  ASSERT_TRUE(everywhere);
  EXPECT_EQ(addresses_of(*everywhere), addresses_of_nodes(0, 5));
  for (const auto& each : *everywhere) {
    EXPECT_EQ(each.value(), cluster().node(*cluster().find_node(each.node)).node_id());
  }
}

TEST_P(Targets, an_error_of_each_node_stands_in_its_own_entry) {
  const auto results = client_.on_all_primaries().run(cmd::config_set({{"no-such-parameter", "1"}}));
  ASSERT_EQ(results.size(), 3u);
  for (const auto& each : results) {
    ASSERT_FALSE(each.has_value());
    EXPECT_EQ(each.result.error().code, Errc::response_error);
    EXPECT_EQ(each.result.error().node, each.node);
    EXPECT_THROW(each.value(), ResponseError);
  }
}

TEST_P(Targets, commands_with_keys_and_session_commands_are_refused_for_groups) {
  const auto keyed = client_.nothrow().on_all_primaries().get("foo");
  ASSERT_FALSE(keyed);
  EXPECT_EQ(keyed.error().code, Errc::not_allowed);
  EXPECT_TRUE(contains(keyed.error().message, "\"foo\"")) << keyed.error().message;
  EXPECT_THROW(client_.on_all_nodes().get("foo"), RedisClusterException);
}

TEST_P(Targets, a_reply_may_become_a_type_of_the_users_own) {
  client_.hset("point", {{"x", 3}, {"y", -4}});
  const Point point = client_.run(cmd::hgetall("point").as<Point>());
  EXPECT_EQ(point.x, 3);
  EXPECT_EQ(point.y, -4);
  const auto missing = client_.nothrow().run(cmd::hgetall("none").as<Point>());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message, "a point has x and y");
  EXPECT_EQ(missing.error().execution, Execution::executed);
  EXPECT_EQ(client_.on_slot(keyslot("point")).run(cmd::hgetall("point").as<Point>()).x, 3);
  client_.set("text", "v");
  EXPECT_THROW(client_.run(cmd::hgetall("text").as<Point>()), ResponseError) << "a server's error is not decoded";
}

TEST_P(Targets, explain_tells_keys_slots_nodes_and_parts) {
  const std::string get = client_.explain(cmd::get("foo"));
  const std::string owner = to_string(cluster().node(cluster().primary_of_slot(12182)).address());
  EXPECT_TRUE(contains(get, "\"foo\" in slot 12182, at " + owner)) << get;
  EXPECT_TRUE(contains(get, "goes: to the node that serves slot 12182, " + owner)) << get;
  const std::string mget = client_.explain("MGET", "foo", "{foo}2", "bar");
  EXPECT_TRUE(contains(mget, "in 2 parts")) << mget;
  EXPECT_TRUE(contains(mget, "2 of the keys in slot 12182 to " + owner)) << mget;
  const std::string dbsize = client_.explain("DBSIZE");
  for (const std::string& address : addresses_of_nodes(0, 2)) EXPECT_TRUE(contains(dbsize, address)) << dbsize;
  EXPECT_TRUE(contains(dbsize, "added up")) << dbsize;
}

TEST_P(Targets, explain_tells_why_a_command_would_be_refused) {
  EXPECT_TRUE(contains(client_.explain("ZUNIONSTORE", "a", "2", "b", "c"), "refused")) << client_.explain("ZUNIONSTORE", "a", "2", "b", "c");
  EXPECT_TRUE(contains(client_.explain("GET"), "refused")) << client_.explain("GET");
  EXPECT_TRUE(contains(client_.explain("SELECT", "1"), "refused")) << client_.explain("SELECT", "1");
  EXPECT_TRUE(contains(client_.explain("NO.SUCH", "x"), "not in this library's table")) << client_.explain("NO.SUCH", "x");
}

TEST_P(Targets, explain_sends_nothing_and_shows_no_values) {
  const auto calls = [&] {
    std::int64_t count = 0;
    for (const auto& each : client_.on_all_nodes().run(cmd::info("commandstats").as<Reply>())) {
      const std::string text = each.value().as_string();
      const auto at = text.find("cmdstat_set:calls=");
      if (at != std::string::npos) count += std::stoll(text.substr(at + 18));
    }
    return count;
  };
  const std::int64_t before = calls();
  const std::string text = client_.explain("SET", "foo", "s3cret", "EX", "10");
  EXPECT_FALSE(contains(text, "s3cret")) << text;
  EXPECT_TRUE(contains(text, "writes")) << text;
  EXPECT_EQ(calls(), before);
}

}  // namespace
