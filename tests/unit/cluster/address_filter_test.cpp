/// Where a client may connect to: networks, addresses and names.
#include "cluster/nodes/address_filter.hpp"

#include <gtest/gtest.h>

namespace rediscluster::cluster {
namespace {

bool allows(std::vector<std::string> rules, const std::string& host) {
  const Result<AddressFilter> filter = make_address_filter(AllowedAddresses(std::move(rules)));
  EXPECT_TRUE(filter.has_value());
  return filter && (*filter)({host, 7000});
}

TEST(AddressFilter, without_rules_there_is_none) { EXPECT_FALSE(*make_address_filter({})); }

TEST(AddressFilter, networks_end_at_their_prefix) {
  EXPECT_TRUE(allows({"10.0.0.0/8"}, "10.255.255.255"));
  EXPECT_FALSE(allows({"10.0.0.0/8"}, "11.0.0.0"));
  EXPECT_TRUE(allows({"10.1.2.128/25"}, "10.1.2.200"));
  EXPECT_FALSE(allows({"10.1.2.128/25"}, "10.1.2.127"));
  EXPECT_TRUE(allows({"10.0.0.5"}, "10.0.0.5"));
  EXPECT_FALSE(allows({"10.0.0.5"}, "10.0.0.6"));
  EXPECT_TRUE(allows({"0.0.0.0/0"}, "8.8.8.8"));
  EXPECT_FALSE(allows({"0.0.0.0/0"}, "fd00::1"));
  EXPECT_TRUE(allows({"fd00::/8"}, "fdff::1"));
  EXPECT_FALSE(allows({"fd00::/8"}, "fe00::1"));
  EXPECT_TRUE(allows({"10.0.0.0/8"}, "::ffff:10.0.0.5")) << "the same machine in other clothes";
}

TEST(AddressFilter, a_zone_counts_where_the_rule_has_one) {
  EXPECT_TRUE(allows({"fe80::/10"}, "fe80::1%eth0"));
  EXPECT_TRUE(allows({"fe80::1"}, "fe80::1%eth0"));
  EXPECT_TRUE(allows({"fe80::1%eth0"}, "fe80::1%eth0"));
  EXPECT_FALSE(allows({"fe80::1%eth0"}, "fe80::1%eth1"));
  EXPECT_FALSE(allows({"fe80::1%eth0"}, "fe80::1"));
  EXPECT_TRUE(allows({"fe80::%eth0/10"}, "fe80::2%eth0"));
  EXPECT_FALSE(allows({"fe80::%eth0/10"}, "fe80::2%lo"));
  EXPECT_FALSE(make_address_filter(AllowedAddresses({"fe80::1%"})).has_value());
  EXPECT_FALSE(make_address_filter(AllowedAddresses({"10.0.0.1%eth0"})).has_value());
}

TEST(AddressFilter, names_are_judged_as_names) {
  EXPECT_TRUE(allows({"a.example"}, "A.Example"));
  EXPECT_FALSE(allows({"a.example"}, "b.example"));
  EXPECT_TRUE(allows({"*.example"}, "x.y.example"));
  EXPECT_FALSE(allows({"*.example"}, "example"));
  EXPECT_FALSE(allows({"*.example"}, "evilexample"));
  EXPECT_FALSE(allows({"0.0.0.0/0"}, "a.example")) << "who knows what it resolves to";
  EXPECT_FALSE(allows({"10.0.0.5"}, "10.0.0.5.example"));
}

}  // namespace
}  // namespace rediscluster::cluster
