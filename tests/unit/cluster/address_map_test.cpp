/// host_port_remap: what rules do to addresses, and which rules are refused with what words.
#include "cluster/nodes/address_map.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace rediscluster::cluster {
namespace {

NodeAddress mapped(const HostPortRemap& remap, const NodeAddress& address) {
  const Result<AddressMap> map = make_address_map(remap);
  if (!map) throw std::runtime_error(map.error().message);
  return *map ? (*map)(address) : address;
}
std::string refusal(const HostPortRule& rule) {
  const HostPortRule fine{.from_port = 1, .to_port = 2};
  const Result<AddressMap> map = make_address_map({fine, rule});
  EXPECT_FALSE(map);
  if (map) return {};
  EXPECT_EQ(map.error().code, Errc::bad_option);
  EXPECT_NE(map.error().message.find("host_port_remap: rule 2"), std::string::npos) << map.error().message;
  return map.error().message;
}
void expect_refused(const HostPortRule& rule, const std::string& words) {
  const std::string message = refusal(rule);
  EXPECT_NE(message.find(words), std::string::npos) << message;
}

TEST(AddressMap, is_empty_without_rules_and_function) {
  EXPECT_FALSE(*make_address_map({}));
  EXPECT_FALSE(*make_address_map(HostPortRemap(AddressMap())));
}

TEST(AddressMap, changes_host_or_port_or_both) {
  const NodeAddress told{"10.0.0.5", 7000};
  EXPECT_EQ(mapped({{.from_host = "10.0.0.5", .to_host = "127.0.0.1"}}, told), (NodeAddress{"127.0.0.1", 7000}));
  EXPECT_EQ(mapped({{.from_port = 7000, .to_port = 17000}}, told), (NodeAddress{"10.0.0.5", 17000}));
  EXPECT_EQ(mapped({{"10.0.0.5", 7000, "127.0.0.1", 17000}}, told), (NodeAddress{"127.0.0.1", 17000}));
}

TEST(AddressMap, needs_host_and_port_to_fit_when_a_rule_has_both) {
  const HostPortRemap remap{{"10.0.0.5", 7000, "127.0.0.1", 17000}};
  for (const NodeAddress& other : {NodeAddress{"10.0.0.6", 7000}, {"10.0.0.5", 7001}, {"a-name", 7000}, {"::1", 7000}}) {
    EXPECT_EQ(mapped(remap, other), other);
  }
}

TEST(AddressMap, takes_the_first_rule_that_fits) {
  const HostPortRemap remap{{"10.0.0.5", 7000, "127.0.0.1", 1}, {.from_host = "10.0.0.5", .to_host = "127.0.0.2"}, {.from_port = 7000, .to_port = 3}};
  EXPECT_EQ(mapped(remap, {"10.0.0.5", 7000}), (NodeAddress{"127.0.0.1", 1}));
  EXPECT_EQ(mapped(remap, {"10.0.0.5", 7001}), (NodeAddress{"127.0.0.2", 7001}));
  EXPECT_EQ(mapped(remap, {"a-name", 7000}), (NodeAddress{"a-name", 3}));
}

TEST(AddressMap, compares_hosts_as_numbers) {
  const HostPortRemap remap{{.from_host = "010.000.0.05", .to_host = "127.0.0.1"}};
  EXPECT_EQ(mapped(remap, {"10.0.0.5", 7000}).host, "127.0.0.1");
  EXPECT_EQ(mapped(remap, {"10.0.00.005", 7000}).host, "127.0.0.1");
  for (const char* no_address : {"10.0.0", "10.0.0.5.1", "10.0.0.256", "10.0.0.", ".0.0.5", "10.0.0.0005", "10.0.0.-5", "10.0.0.5 ", ""}) {
    EXPECT_EQ(mapped(remap, {no_address, 7000}).host, no_address);
  }
}

TEST(AddressMap, refuses_half_a_pair) {
  expect_refused({.from_host = "10.0.0.5"}, "from_host is given without to_host");
  expect_refused({.to_host = "10.0.0.5"}, "to_host is given without from_host");
  expect_refused({.from_port = 7000}, "from_port is given without to_port");
  expect_refused({.to_port = 7000}, "to_port is given without from_port");
  expect_refused({}, "it is empty");
}

TEST(AddressMap, refuses_what_is_no_address) {
  expect_refused({.from_host = "10.0.0", .to_host = "10.0.0.1"}, "from_host is \"10.0.0\"");
  expect_refused({.from_host = "10.0.0.1", .to_host = "localhost"}, "to_host is \"localhost\"");
  expect_refused({.from_host = "10.0.0.256", .to_host = "10.0.0.1"}, "from_host is \"10.0.0.256\"");
  expect_refused({.from_port = 0, .to_port = 1}, "from_port is 0");
  expect_refused({.from_port = 1, .to_port = 65536}, "to_port is 65536");
}

TEST(AddressMap, calls_a_function) {
  const HostPortRemap remap = [](const NodeAddress& told) { return NodeAddress{"reachable-" + told.host, told.port + 1}; };
  EXPECT_EQ(mapped(remap, {"name", 1}), (NodeAddress{"reachable-name", 2}));
}

TEST(AddressMap, takes_an_exception_for_no_change) {
  const HostPortRemap remap = [](const NodeAddress&) -> NodeAddress { throw std::runtime_error("no idea"); };
  EXPECT_EQ(mapped(remap, {"name", 1}), (NodeAddress{"name", 1}));
}

}  // namespace
}  // namespace rediscluster::cluster
