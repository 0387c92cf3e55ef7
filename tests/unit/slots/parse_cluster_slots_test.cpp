/// CLUSTER SLOTS as servers of all versions send it, and as none should.
#include "slots/parse_cluster_slots.hpp"
#include "support/reply_text.hpp"
#include "unit/slots/asked_node.hpp"

#include <gtest/gtest.h>

namespace rediscluster::slots {
namespace {

using test_support::array;
using test_support::bulk;
std::string number(long long value) { return ":" + std::to_string(value) + "\r\n"; }
std::string node(const std::string& host, long long port, const std::string& id = "id") {
  return array({bulk(host), number(port), bulk(id)});
}
std::string range(long long first, long long last, const std::vector<std::string>& nodes) {
  std::vector<std::string> elements{number(first), number(last)};
  elements.insert(elements.end(), nodes.begin(), nodes.end());
  return array(elements);
}
Result<ClusterView> parse(const std::string& reply) { return parse_cluster_slots(wire::own(reply), asked); }

TEST(ParseClusterSlots, reads_ranges_with_primary_and_replicas) {
  const auto view = parse(array({range(0, 5460, {node("10.0.0.1", 7000, "aa"), node("10.0.0.2", 7001, "bb")}),
                                 range(5461, 16383, {node("10.0.0.3", 7002, "cc")})}));
  ASSERT_TRUE(view);
  ASSERT_EQ(view->ranges.size(), 2u);
  EXPECT_EQ(view->ranges[0].first, 0);
  EXPECT_EQ(view->ranges[0].last, 5460);
  const ShardView first{{{"10.0.0.1", 7000}, "aa"}, {{{"10.0.0.2", 7001}, "bb"}}};
  EXPECT_EQ(view->shard_of(view->ranges[0]), first);
  EXPECT_TRUE(view->shard_of(view->ranges[1]).replicas.empty());
  EXPECT_EQ(view->covered_slots(), 16384);
}

TEST(ParseClusterSlots, reads_nodes_without_id_as_before_version_4) {
  const auto view = parse(array({range(0, 1, {array({bulk("10.0.0.1"), number(7000)})})}));
  ASSERT_TRUE(view);
  EXPECT_EQ(view->shard_of(view->ranges[0]).primary, (NodeView{{"10.0.0.1", 7000}, ""}));
}

TEST(ParseClusterSlots, puts_the_asked_host_where_the_endpoint_is_nil_in_both_protocols) {
  for (const char* nil : {"$-1\r\n", "_\r\n"}) {
    const auto view = parse(array({range(0, 1, {array({nil, number(7000), bulk("id")})})}));
    ASSERT_TRUE(view);
    EXPECT_EQ(view->shard_of(view->ranges[0]).primary.address, (NodeAddress{asked.host, 7000}));
  }
}

TEST(ParseClusterSlots, reads_the_zone_in_both_protocols_and_takes_nonsense_for_none) {
  const std::string pair = bulk("availability-zone") + bulk("eu-1a");
  for (const auto& [metadata, zone] : {std::pair<std::string, std::string>{"%1\r\n" + pair, "eu-1a"}, {"*2\r\n" + pair, "eu-1a"},
                                       {"*0\r\n", ""}, {":1\r\n", ""}, {"%1\r\n" + bulk("availability-zone") + ":1\r\n", ""}}) {
    const auto view = parse(array({range(0, 1, {array({bulk("10.0.0.1"), number(7000), bulk("id"), metadata})})}));
    ASSERT_TRUE(view);
    EXPECT_EQ(view->shard_of(view->ranges[0]).primary.zone, zone);
  }
}

TEST(ParseClusterSlots, puts_the_asked_host_where_the_endpoint_is_empty) {
  const auto view = parse(array({range(0, 1, {node("", 7000)})}));
  ASSERT_TRUE(view);
  EXPECT_EQ(view->shard_of(view->ranges[0]).primary.address, (NodeAddress{asked.host, 7000}));
}

TEST(ParseClusterSlots, keeps_a_question_mark_as_the_host_that_cannot_be_reached) {
  const auto view = parse(array({range(0, 1, {node("?", 7000)})}));
  ASSERT_TRUE(view);
  EXPECT_EQ(view->shard_of(view->ranges[0]).primary.address.host, "?");
}

TEST(ParseClusterSlots, takes_the_ip_of_the_metadata_where_a_node_has_no_name) {
  for (const std::string& metadata : {array({bulk("ip"), bulk("10.0.0.7")}), "%1\r\n" + bulk("ip") + bulk("10.0.0.7")}) {
    const auto view = parse(array({range(0, 1, {array({bulk("?"), number(7000), bulk("id"), metadata})})}));
    ASSERT_TRUE(view);
    EXPECT_EQ(view->shard_of(view->ranges[0]).primary.address, (NodeAddress{"10.0.0.7", 7000}));
  }
}

TEST(ParseClusterSlots, leaves_out_replicas_that_make_no_sense) {
  const std::string good_replica = node("b", 2, "bb");
  for (const std::string& odd : {bulk("b:2"), std::string("*-1\r\n"), std::string("_\r\n"), array({bulk("c")}), array({bulk("c"), bulk("x")}),
                                 array({bulk("c"), number(65536)}), array({bulk("c\nd"), number(1)}), std::string(":7\r\n")}) {
    const auto view = parse(array({range(0, 5, {node("a", 1), odd, good_replica}), range(6, 16383, {node("d", 4)})}));
    ASSERT_TRUE(view) << odd;
    EXPECT_EQ(view->covered_slots(), 16384);
    ASSERT_EQ(view->shard_of(view->ranges[0]).replicas.size(), 1u) << odd;
    EXPECT_EQ(view->shard_of(view->ranges[0]).replicas[0].address, (NodeAddress{"b", 2}));
  }
}

TEST(ParseClusterSlots, reads_ipv6_and_host_names) {
  const auto view = parse(array({range(0, 1, {node("fd00::1:4", 7000), node("node-1.example.org", 7001)})}));
  ASSERT_TRUE(view);
  EXPECT_EQ(view->shard_of(view->ranges[0]).primary.address.host, "fd00::1:4");
  EXPECT_EQ(view->shard_of(view->ranges[0]).replicas[0].address.host, "node-1.example.org");
}

TEST(ParseClusterSlots, reads_what_it_knows_of_metadata_as_array_and_as_map) {
  const std::string flat = array({bulk("hostname"), bulk("h1"), bulk("shard-name"), bulk("z")});
  const std::string map = "%2\r\n" + bulk("ip") + bulk("1.2.3.4") + bulk("load") + number(3);
  for (const std::string& metadata :
       {flat, map, std::string("*0\r\n"), std::string("%0\r\n"), std::string("*-1\r\n"), std::string("_\r\n")}) {
    const auto view = parse(array({range(0, 1, {array({bulk("10.0.0.1"), number(7000), bulk("id"), metadata})})}));
    ASSERT_TRUE(view) << metadata;
    EXPECT_EQ(view->shard_of(view->ranges[0]).primary, (NodeView{{"10.0.0.1", 7000}, "id", "", metadata == flat ? "h1" : "", metadata == map ? "1.2.3.4" : ""}));
  }
}

TEST(ParseClusterSlots, reads_the_hostname_in_the_metadata_and_takes_nonsense_for_none) {
  const auto hostname_in = [](const std::string& metadata) {
    const auto view = parse(array({range(0, 1, {array({bulk("10.0.0.1"), number(7000), bulk("id"), metadata})})}));
    return view ? view->shard_of(view->ranges[0]).primary.hostname : "(refused)";
  };
  EXPECT_EQ(hostname_in("*2\r\n" + bulk("hostname") + bulk("h.example")), "h.example");
  EXPECT_EQ(hostname_in("%1\r\n" + bulk("hostname") + bulk("h.example")), "h.example");
  EXPECT_EQ(hostname_in("*2\r\n" + bulk("hostname") + bulk("h\n.example")), "");
  EXPECT_EQ(hostname_in("*2\r\n" + bulk("hostname") + ":1\r\n"), "");
  EXPECT_EQ(hostname_in("*0\r\n"), "");
}

TEST(ParseClusterSlots, passes_over_elements_that_later_servers_may_add_to_a_node) {
  const auto view = parse(array({range(
      0, 1, {array({bulk("10.0.0.1"), number(7000), bulk("id"), "*0\r\n", bulk("new"), "#t\r\n", ",1.5\r\n"})})}));
  ASSERT_TRUE(view);
  EXPECT_EQ(view->shard_of(view->ranges[0]).primary.id, "id");
}

TEST(ParseClusterSlots, accepts_port_0_of_a_node_that_speaks_tls_only) {
  const auto view = parse(array({range(0, 1, {node("10.0.0.1", 0)})}));
  ASSERT_TRUE(view);
  EXPECT_EQ(view->shard_of(view->ranges[0]).primary.address.port, 0);
}

TEST(ParseClusterSlots, leaves_gaps_uncovered_and_sorts_fragments) {
  const auto view = parse(array({range(10, 12, {node("b", 2)}), range(0, 0, {node("a", 1)}),
                                 range(5, 7, {node("b", 2)}), range(16383, 16383, {node("a", 1)})}));
  ASSERT_TRUE(view);
  EXPECT_EQ(view->covered_slots(), 8);
  EXPECT_EQ(view->ranges[0].first, 0);
  EXPECT_EQ(view->ranges[1].first, 5);
  EXPECT_EQ(view->ranges[2].first, 10);
  EXPECT_EQ(view->ranges[3].last, 16383);
}

TEST(ParseClusterSlots, gives_an_empty_view_for_an_empty_reply) {
  const auto view = parse("*0\r\n");
  ASSERT_TRUE(view);
  EXPECT_TRUE(view->ranges.empty());
  EXPECT_EQ(view->covered_slots(), 0);
}

TEST(ParseClusterSlots, reads_16384_ranges_of_one_slot) {
  std::vector<std::string> ranges;
  for (int slot = 0; slot < 16384; ++slot) ranges.push_back(range(slot, slot, {node(slot % 2 == 0 ? "a" : "b", 7000)}));
  const auto view = parse(array(ranges));
  ASSERT_TRUE(view);
  EXPECT_EQ(view->covered_slots(), 16384);
  EXPECT_EQ(view->shards.size(), 2u);
}

TEST(ParseClusterSlots, tells_shards_apart_that_begin_alike) {
  const std::string primary = node("10.0.0.1", 7000);
  const auto view = parse(array({range(0, 0, {primary}), range(1, 1, {primary, node("b", 1)}), range(2, 2, {primary, node("b", 2)}),
                                 range(3, 3, {primary, node("b", 1), node("b", 2)}), range(4, 4, {primary, node("b", 1)})}));
  ASSERT_TRUE(view);
  EXPECT_EQ(view->shards.size(), 4u);
  EXPECT_TRUE(view->shard_of(view->ranges[0]).replicas.empty());
  EXPECT_EQ(view->shard_of(view->ranges[2]).replicas[0].address, (NodeAddress{"b", 2}));
  EXPECT_EQ(view->shard_of(view->ranges[3]).replicas.size(), 2u);
  EXPECT_EQ(view->ranges[4].shard, view->ranges[1].shard);
}

TEST(ParseClusterSlots, reads_what_has_attributes_in_front) {
  const std::string note = "|1\r\n+ttl\r\n:1\r\n";
  const auto view = parse(note + array({note + array({note + number(3), note + number(4), note + node("a", 1), note + node("b", 2)})}));
  ASSERT_TRUE(view);
  EXPECT_EQ(view->covered_slots(), 2);
  EXPECT_EQ(view->shards[0].primary.address, (NodeAddress{"a", 1}));
  EXPECT_EQ(view->shards[0].replicas[0].address, (NodeAddress{"b", 2}));
}

TEST(ParseClusterSlots, hands_on_an_error_of_the_server) {
  const auto view = parse("-ERR This instance has cluster support disabled\r\n");
  ASSERT_FALSE(view);
  EXPECT_EQ(view.error().code, Errc::not_cluster_mode);
}

// Two nodes may list the same cluster in different orders.
TEST(ClusterView, is_equal_however_its_shards_are_numbered) {
  const std::string a = range(0, 5, {node("a", 1)});
  const std::string b = range(6, 16383, {node("b", 2), node("c", 3)});
  const auto one = parse(array({a, b}));
  EXPECT_EQ(*one, *parse(array({b, a})));
  EXPECT_NE(*one, *parse(array({a})));
  EXPECT_NE(*one, *parse(array({a, range(6, 16383, {node("b", 2)})})));
  EXPECT_NE(*one, *parse(array({a, range(6, 16382, {node("b", 2), node("c", 3)})})));
}

struct Malformed {
  const char* name;
  std::string reply;
};
class ParseClusterSlotsMalformed : public ::testing::TestWithParam<Malformed> {};

TEST_P(ParseClusterSlotsMalformed, is_refused_as_a_whole) {
  const auto view = parse(GetParam().reply);
  ASSERT_FALSE(view);
  EXPECT_EQ(view.error().code, Errc::unexpected_reply);
  EXPECT_EQ(view.error().execution, Execution::executed);
  EXPECT_EQ(view.error().message.find('\n'), std::string::npos);
}

const std::string good = range(0, 1, {node("a", 1)});

INSTANTIATE_TEST_SUITE_P(
    Each, ParseClusterSlotsMalformed,
    ::testing::Values(Malformed{"a_status", "+OK\r\n"}, Malformed{"a_number", ":1\r\n"}, Malformed{"nil", "_\r\n"},
                    Malformed{"a_nil_array", "*-1\r\n"}, Malformed{"a_map", "%0\r\n"},
                    Malformed{"range_is_text", array({good, bulk("x")})},
                    Malformed{"range_is_nil", array({good, "*-1\r\n"})},
                    Malformed{"range_is_empty", array({good, "*0\r\n"})},
                    Malformed{"range_without_primary", array({good, range(5, 6, {})})},
                    Malformed{"slot_is_text", array({array({bulk("0"), number(1), node("a", 1)})})},
                    Malformed{"slot_is_nil", array({array({"_\r\n", number(1), node("a", 1)})})},
                    Malformed{"slot_is_negative", array({range(-1, 1, {node("a", 1)})})},
                    Malformed{"slot_16384", array({range(0, 16384, {node("a", 1)})})},
                    Malformed{"slot_beyond_64_bits", array({array({"(99999999999999999999\r\n", number(1), node("a", 1)})})},
                    Malformed{"slot_beyond_32_bits", array({range(4294967296, 4294967297, {node("a", 1)})})},
                    Malformed{"start_after_end", array({range(5, 4, {node("a", 1)})})},
                    Malformed{"overlap_by_one", array({range(0, 5, {node("a", 1)}), range(5, 9, {node("b", 2)})})},
                    Malformed{"overlap_inside", array({range(0, 100, {node("a", 1)}), range(5, 9, {node("b", 2)}),
                                                       range(200, 300, {node("a", 1)})})},
                    Malformed{"more_ranges_than_slots", array(std::vector<std::string>(16385, good))},
                    Malformed{"the_same_range_twice", array({good, good})},
                    Malformed{"primary_is_text", array({array({number(0), number(1), bulk("a:1")})})},
                    Malformed{"primary_is_nil", array({range(0, 1, {"*-1\r\n"})})},
                    Malformed{"primary_is_empty", array({range(0, 1, {"*0\r\n"})})},
                    Malformed{"primary_without_port", array({range(0, 1, {array({bulk("a")})})})},
                    Malformed{"host_is_a_number", array({range(0, 1, {array({number(1), number(1)})})})},
                    Malformed{"port_is_text", array({range(0, 1, {array({bulk("a"), bulk("7000")})})})},
                    Malformed{"port_is_nil", array({range(0, 1, {array({bulk("a"), "_\r\n"})})})},
                    Malformed{"port_is_negative", array({range(0, 1, {node("a", -1)})})},
                    Malformed{"port_65536", array({range(0, 1, {node("a", 65536)})})},
                    Malformed{"host_with_a_line_break", array({range(0, 1, {node("a\r\nb", 1)})})},
                    Malformed{"host_with_a_space", array({range(0, 1, {node("a b", 1)})})},
                    Malformed{"host_with_a_nul", array({range(0, 1, {node(std::string("a\0b", 3), 1)})})},
                    Malformed{"host_of_a_kilobyte", array({range(0, 1, {node(std::string(1024, 'a'), 1)})})}),
    [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace rediscluster::slots
