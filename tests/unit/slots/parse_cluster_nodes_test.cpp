/// CLUSTER NODES with every trap of its grammar.
#include "slots/parse_cluster_nodes.hpp"

#include <gtest/gtest.h>

#include "unit/slots/asked_node.hpp"

namespace rediscluster::slots {
namespace {

const std::string tail = " 0 1700000000000 5 connected";

// One line whose address part is the question.
ClusterNode with_address(const std::string& address) {
  const auto nodes = parse_cluster_nodes("id " + address + " master -" + tail + "\n", asked);
  if (!nodes || nodes->size() != 1) {
    ADD_FAILURE() << address << (nodes ? "" : ": " + nodes.error().message);
    return {};
  }
  return nodes->begin()->second;
}
// One line whose slots are the question.
Result<ClusterNodes> with_slots(const std::string& slots) {
  return parse_cluster_nodes("id 1.2.3.4:1@2 myself,master -" + tail + " " + slots + "\n", asked);
}

TEST(ParseClusterNodes, reads_a_line_of_a_current_server) {
  const auto nodes = parse_cluster_nodes(
      "07c37df 127.0.0.1:30004@31004,host-4 slave e7d1eec 3 1426238317239 4 connected\n"
      "e7d1eec 127.0.0.1:30001@31001,host-1 myself,master - 0 0 1 connected 0-5460 5462\n",
      asked);
  ASSERT_TRUE(nodes);
  ASSERT_EQ(nodes->size(), 2u);
  const ClusterNode& replica = nodes->at("07c37df");
  EXPECT_EQ(replica.host, "127.0.0.1");
  EXPECT_EQ(replica.port, 30004);
  EXPECT_EQ(replica.bus_port, 31004);
  EXPECT_EQ(replica.hostname, "host-4");
  EXPECT_EQ(replica.role, Role::replica);
  EXPECT_EQ(replica.master_id, "e7d1eec");
  EXPECT_EQ(replica.ping_sent, 3);
  EXPECT_EQ(replica.pong_received, 1426238317239);
  EXPECT_EQ(replica.config_epoch, 4);
  EXPECT_TRUE(replica.connected);
  const ClusterNode& primary = nodes->at("e7d1eec");
  EXPECT_EQ(primary.role, Role::master);
  EXPECT_EQ(primary.master_id, "");
  EXPECT_EQ(primary.flags, (std::vector<std::string>{"myself", "master"}));
  EXPECT_EQ(primary.slots, (std::vector<SlotRun>{{0, 5460}, {5462, 5462}}));
}

TEST(ParseClusterNodes, reads_addresses_without_bus_port_as_before_version_4) {
  const ClusterNode node = with_address("127.0.0.1:30001");
  EXPECT_EQ(node.port, 30001);
  EXPECT_EQ(node.bus_port, 0);
}

TEST(ParseClusterNodes, reads_ipv6_without_brackets) {
  const ClusterNode node = with_address("fd00::1:4:6379@16379");
  EXPECT_EQ(node.host, "fd00::1:4");
  EXPECT_EQ(node.port, 6379);
}

TEST(ParseClusterNodes, puts_the_asked_host_where_a_node_does_not_know_its_own) {
  const ClusterNode node = with_address(":7000@17000");
  EXPECT_EQ(node.host, asked.host);
  EXPECT_EQ(node.port, 7000);
}

TEST(ParseClusterNodes, reads_a_node_without_address) {
  const auto nodes = parse_cluster_nodes("id :0@0 slave,fail,noaddr master1 1 1 1 disconnected\n", asked);
  ASSERT_TRUE(nodes);
  EXPECT_EQ(nodes->at("id").host, "") << "not that of the asked node";
  EXPECT_EQ(nodes->at("id").port, 0);
  EXPECT_FALSE(nodes->at("id").connected);
}

TEST(ParseClusterNodes, reads_an_empty_host_name_with_fields_behind_it) {
  const ClusterNode node = with_address("127.0.0.1:1@2,,shard-id=ab12,tls-port=0");
  EXPECT_EQ(node.hostname, "");
  EXPECT_EQ(node.host, "127.0.0.1");
  EXPECT_EQ(with_address("127.0.0.1:1@2,").hostname, "");
  EXPECT_EQ(with_address("127.0.0.1:1@2,name,nodename=x").hostname, "name");
}

TEST(ParseClusterNodes, keeps_rows_that_one_node_suspects_and_flags_it_does_not_know) {
  const auto nodes = parse_cluster_nodes(
      "a 1.1.1.1:1@2 master,fail? - 1 2 3 connected 0\nb 1.1.1.2:1@2 noflags,brand-new - 1 2 3 connected\nc "
      "1.1.1.3:1@2 handshake - 1 2 0 disconnected\n",
      asked);
  ASSERT_TRUE(nodes);
  EXPECT_EQ(nodes->size(), 3u);
  EXPECT_EQ(nodes->at("a").flags[1], "fail?");
  EXPECT_EQ(nodes->at("b").flags[1], "brand-new");
}

TEST(ParseClusterNodes, reads_slots_on_their_way) {
  const auto nodes = with_slots("0-10 [93->-n2] [77-<-n3] 500");
  ASSERT_TRUE(nodes);
  using Direction = SlotMigration::Direction;
  EXPECT_EQ(nodes->at("id").migrations,
            (std::vector<SlotMigration>{{93, Direction::migrating, "n2"}, {77, Direction::importing, "n3"}}));
  EXPECT_EQ(nodes->at("id").slots, (std::vector<SlotRun>{{0, 10}, {500, 500}}));
}

TEST(ParseClusterNodes, reads_a_verbatim_string_and_lines_that_end_in_cr_lf) {
  const auto nodes = parse_cluster_nodes(
      "txt:a 1.1.1.1:1@2 master - 1 2 3 connected 0-1\r\nb 1.1.1.2:1@2 slave a 1 2 3 connected\r\n", asked);
  ASSERT_TRUE(nodes);
  EXPECT_EQ(nodes->size(), 2u);
  EXPECT_EQ(nodes->at("a").slots.size(), 1u);
  EXPECT_TRUE(nodes->at("b").connected);
}

TEST(ParseClusterNodes, reads_a_last_line_without_its_end) {
  const auto nodes = parse_cluster_nodes("a 1.1.1.1:1@2 master - 1 2 3 connected 0-1", asked);
  ASSERT_TRUE(nodes);
  EXPECT_EQ(nodes->size(), 1u);
}

TEST(ParseClusterNodes, gives_nothing_for_an_empty_text) {
  const auto nodes = parse_cluster_nodes("", asked);
  ASSERT_TRUE(nodes);
  EXPECT_TRUE(nodes->empty());
}

TEST(ParseClusterNodes, refuses_a_line_cut_anywhere_before_its_slots) {
  const std::string line = "id1 127.0.0.1:30001@31001,host myself,master - 0 0 1 connected";
  for (std::size_t size = 1; size < line.size(); ++size) {
    const auto nodes = parse_cluster_nodes(line.substr(0, size), asked);
    ASSERT_FALSE(nodes) << line.substr(0, size);
    ASSERT_EQ(nodes.error().code, Errc::unexpected_reply);
  }
}

class ParseClusterNodesSlots : public ::testing::TestWithParam<const char*> {};

TEST_P(ParseClusterNodesSlots, that_make_no_sense_are_refused_and_named) {
  const auto nodes = with_slots(GetParam());
  ASSERT_FALSE(nodes) << GetParam();
  EXPECT_NE(nodes.error().message.find("CLUSTER NODES"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Each, ParseClusterNodesSlots,
                         ::testing::Values("16384", "-1", "0-16384", "5-4", "5-", "-", "0-b", "1-2-3", "4294967296",
                                         "[", "[]", "[93]", "[93->-", "[93->-]", "[->-n2]", "[16384->-n2]", "[93>>-n2]",
                                         "[x-<-n2]"));

TEST(ParseClusterNodes, refuses_addresses_that_make_no_sense) {
  for (const char* address :
       {"localhost", "1.1.1.1:65536@1", "1.1.1.1:-1", "1.1.1.1:", "1.1.1.1:x@1", "1.1.1.1:1@x", "@1", ""}) {
    EXPECT_FALSE(parse_cluster_nodes(std::string("id ") + address + " master -" + tail + "\n", asked)) << address;
  }
}

TEST(ParseClusterNodes, keeps_the_first_line_of_a_node_listed_twice) {
  const auto nodes = parse_cluster_nodes("a 1.1.1.1:1@2 master - 1 2 3 connected\na 1.1.1.2:1@2 master - 1 2 3 connected\n", asked);
  ASSERT_TRUE(nodes);
  EXPECT_EQ(nodes->size(), 1u);
  EXPECT_EQ(nodes->at("a").host, "1.1.1.1");
}

TEST(ParseClusterNodes, leaves_out_lines_that_make_no_sense) {
  const std::string good = "a 1.1.1.1:1@2 myself,master - 1 2 3 connected 0-16383\n";
  for (const char* odd : {" 1.1.1.2:1@2 master - 1 2 3 connected", "vars currentEpoch 6 lastVoteEpoch 0", "b 1.1.1.2 master", "b 1.1.1.2:1@2 master - 1 2 3 connected 5-"}) {
    for (const std::string& text : {good + odd + "\n", odd + std::string("\n") + good}) {
      const auto nodes = parse_cluster_nodes(text, asked);
      ASSERT_TRUE(nodes) << text;
      EXPECT_EQ(nodes->size(), 1u) << text;
      EXPECT_EQ(nodes->count("a"), 1u) << text;
    }
  }
}

TEST(ParseClusterNodes, passes_over_words_among_the_slots_that_are_none) {
  const auto nodes = with_slots("0-5 brand=new 7 (later)");
  ASSERT_TRUE(nodes);
  EXPECT_EQ(nodes->at("id").slots, (std::vector<SlotRun>{{0, 5}, {7, 7}}));
}

TEST(ParseClusterNodes, reads_the_highest_epoch_there_is) {
  const auto nodes = parse_cluster_nodes("a 1.1.1.1:1@2 master - 1 2 18446744073709551615 connected\n", asked);
  ASSERT_TRUE(nodes);
  EXPECT_EQ(nodes->at("a").config_epoch, INT64_MAX);
}

TEST(ParseClusterNodes, shows_a_hostile_line_in_one_printable_line) {
  const auto nodes = parse_cluster_nodes("\x1b[31m" + std::string(10'000, 'x') + "\n", asked);
  ASSERT_FALSE(nodes);
  EXPECT_LT(nodes.error().message.size(), 400u);
  EXPECT_EQ(nodes.error().message.find('\x1b'), std::string::npos);
}

TEST(ParseClusterInfo, reads_fields_and_passes_over_other_lines) {
  const ClusterInfo info = parse_cluster_info(
      "txt:cluster_state:ok\r\ncluster_slots_assigned:16384\r\n\r\nnonsense\r\nempty:\r\nwith:colon:s\n");
  EXPECT_EQ(
      info,
      (ClusterInfo{{"cluster_state", "ok"}, {"cluster_slots_assigned", "16384"}, {"empty", ""}, {"with", "colon:s"}}));
}

}  // namespace
}  // namespace rediscluster::slots
