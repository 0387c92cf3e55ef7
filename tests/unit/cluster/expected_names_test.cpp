/// Which names a node's certificate may bear.
#include "cluster/nodes/expected_names.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace rediscluster::cluster {
namespace {

using Names = std::vector<std::string>;

const NodeAddress ip{"10.0.0.5", 7001};
const NodeAddress tunnel{"127.0.0.1", 17001};
const NodeAddress named{"node-1.example", 7001};

TEST(ExpectedNames, a_node_is_its_host) {
  EXPECT_EQ(expected_names({}, {named, named}), Names{"node-1.example"});
  EXPECT_EQ(expected_names({}, {ip, ip}), Names{"10.0.0.5"});
}

TEST(ExpectedNames, a_bare_address_may_be_the_hostname_of_the_metadata_too) {
  EXPECT_EQ(expected_names({}, {ip, ip, "node-1.example"}), (Names{"10.0.0.5", "node-1.example"}));
  const NodeAddress ipv6{"fd00::1", 7001};
  EXPECT_EQ(expected_names({}, {ipv6, ipv6, "node-1.example"}), (Names{"fd00::1", "node-1.example"}));
}

TEST(ExpectedNames, a_cluster_that_goes_by_names_means_them) {
  EXPECT_EQ(expected_names({}, {named, named, "other.example"}), Names{"node-1.example"});
}

TEST(ExpectedNames, behind_a_tunnel_a_node_is_what_the_cluster_calls_it) {
  EXPECT_EQ(expected_names({}, {tunnel, named}), (Names{"127.0.0.1", "node-1.example"}));
  EXPECT_EQ(expected_names({}, {tunnel, ip, "node-1.example"}), (Names{"127.0.0.1", "10.0.0.5", "node-1.example"}));
}

TEST(ExpectedNames, the_users_word_stands_alone) {
  TlsOptions fixed, rules, function;
  fixed.server_name = "all.example";
  rules.server_name = "others.example";
  rules.names = {{.host = "10.0.0.5", .port = 7002, .name = "two.example"}, {.host = "10.0.0.5", .name = "five.example"},
                 {.port = 9000, .name = "port.example"}};
  function.names = [](const NodeAddress& node) { return node.host == "10.0.0.5" ? "five.example" : ""; };
  EXPECT_EQ(expected_names(fixed, {ip, ip, "node-1.example"}), Names{"all.example"});
  EXPECT_EQ(expected_names(rules, {ip, ip, "node-1.example"}), Names{"five.example"});
  EXPECT_EQ(expected_names(rules, {{"10.0.0.5", 7002}, {"10.0.0.5", 7002}}), Names{"two.example"});
  EXPECT_EQ(expected_names(rules, {{"10.0.0.9", 9000}, {"10.0.0.9", 9000}}), Names{"port.example"});
  EXPECT_EQ(expected_names(rules, {named, named}), Names{"others.example"});
  EXPECT_EQ(expected_names(function, {ip, ip}), Names{"five.example"});
  EXPECT_EQ(expected_names(function, {named, named}), Names{"node-1.example"});
  EXPECT_EQ(expected_names(function, {tunnel, ip}), Names{"five.example"}) << "by the announced address, too";
}

TEST(ExpectedNames, a_function_that_throws_says_nothing) {
  TlsOptions options;
  options.names = [](const NodeAddress&) -> std::string { throw std::runtime_error("no"); };
  EXPECT_EQ(expected_names(options, {ip, ip}), Names{"10.0.0.5"});
}

}  // namespace
}  // namespace rediscluster::cluster
