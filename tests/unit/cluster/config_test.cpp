/// Options that have no meaning are refused with their name and value; the others arrive where they are used.
#include "cluster/config.hpp"

#include <gtest/gtest.h>

namespace rediscluster::cluster {
namespace {

using namespace std::chrono_literals;

Options with(const std::function<void(Options&)>& change) {
  Options options;
  options.startup_nodes = {{"10.0.0.1", 7000}};
  change(options);
  return options;
}

struct BadOption {
  const char* name;   // must stand in the message
  const char* value;  // likewise
  std::function<void(Options&)> change;
};
class MakeConfigBadOption : public ::testing::TestWithParam<BadOption> {};

TEST_P(MakeConfigBadOption, is_refused_by_name_and_value) {
  const Result<Config> config = make_config(with(GetParam().change));
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code, Errc::bad_option);
  EXPECT_NE(config.error().message.find(GetParam().name), std::string::npos) << config.error().message;
  EXPECT_NE(config.error().message.find(GetParam().value), std::string::npos) << config.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    Each, MakeConfigBadOption,
    ::testing::Values(BadOption{"command_timeout", "0 ms", [](Options& o) { o.command_timeout = 0ms; }},
                    BadOption{"command_timeout", "-5 ms", [](Options& o) { o.command_timeout = -5ms; }},
                    BadOption{"command_timeout", "9223372036854775807 ms",
                              [](Options& o) { o.command_timeout = std::chrono::milliseconds::max(); }},
                    BadOption{"socket_timeout", "0 ms", [](Options& o) { o.socket_timeout = 0ms; }},
                    BadOption{"socket_timeout", "9223372036854775807 ms",
                              [](Options& o) { o.socket_timeout = std::chrono::milliseconds::max(); }},
                    BadOption{"socket_connect_timeout", "0 ms", [](Options& o) { o.socket_connect_timeout = 0ms; }},
                    BadOption{"topology_refresh_period", "-1 ms", [](Options& o) { o.topology_refresh_period = -1ms; }},
                    BadOption{"max_connections", "0", [](Options& o) { o.max_connections = 0; }},
                    BadOption{"max_connections_per_node", "-1", [](Options& o) { o.max_connections_per_node = -1; }},
                    BadOption{"read_from", "availability_zone", [](Options& o) { o.read_from = ReadFrom::same_zone; }},
                    BadOption{"reinitialize_steps", "0", [](Options& o) { o.reinitialize_steps = 0; }},
                    BadOption{"cluster_down_retry_attempts", "0",
                              [](Options& o) { o.cluster_down_retry_attempts = 0; }},
                    BadOption{"lanes_per_node", "0", [](Options& o) { o.lanes_per_node = 0; }},
                    BadOption{"lanes_per_node", "9", [](Options& o) { o.lanes_per_node = 9; }},
                    BadOption{"max_reply_bytes", "64", [](Options& o) { o.max_reply_bytes = 64; }},
                    BadOption{"max_bulk_bytes", "0", [](Options& o) { o.max_bulk_bytes = 0; }},
                    BadOption{"max_elements", "2", [](Options& o) { o.max_elements = 2; }},
                    BadOption{"max_depth", "3", [](Options& o) { o.max_depth = 3; }},
                    BadOption{"protocol", "4", [](Options& o) { o.protocol = 4; }},
                    BadOption{"protocol", "1", [](Options& o) { o.protocol = 1; }},
                    BadOption{"db", "1", [](Options& o) { o.db = 1; }},
                    BadOption{"db", "-1", [](Options& o) { o.db = -1; }},
                    BadOption{"startup_nodes", "0", [](Options& o) { o.startup_nodes[0].port = 0; }},
                    BadOption{"startup_nodes", "65536", [](Options& o) { o.startup_nodes[0].port = 65536; }},
                    BadOption{"port", "-1", [](Options& o) { o.host = "h", o.port = -1; }},
                    BadOption{"startup_nodes", "no host", [](Options& o) {
                                o.startup_nodes.push_back({"", 7000});
                              }}));

TEST(MakeConfig, needs_a_startup_node) {
  const Result<Config> config = make_config({});
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code, Errc::no_seeds);
}

TEST(MakeConfig, puts_host_in_front_of_the_startup_nodes_without_repeats) {
  const Result<Config> config = make_config(with([](Options& o) {
    o.host = "10.0.0.2", o.port = 7002;
    o.startup_nodes = {{"10.0.0.1", 7000}, {"10.0.0.2", 7002}, {"10.0.0.1", 7000}, {"10.0.0.1", 7001}};
  }));
  ASSERT_TRUE(config);
  EXPECT_EQ(config->seeds, (std::vector<NodeAddress>{{"10.0.0.2", 7002}, {"10.0.0.1", 7000}, {"10.0.0.1", 7001}}));
}

TEST(MakeConfig, hands_credentials_and_protocol_to_the_handshake) {
  const Result<Config> config = make_config(
      with([](Options& o) { o.username = "ann", o.password = "pw", o.client_name = "app", o.protocol = 2; }));
  ASSERT_TRUE(config);
  EXPECT_EQ(config->handshake.username, "ann");
  EXPECT_EQ(config->handshake.password, "pw");
  EXPECT_EQ(config->handshake.client_name, "app");
  EXPECT_EQ(config->handshake.protocol, 2);
  EXPECT_FALSE(config->handshake.read_only);
}

TEST(MakeConfig, says_readonly_on_connections_when_replicas_are_read) {
  EXPECT_TRUE(make_config(with([](Options& o) { o.read_from_replicas = true; }))->handshake.read_only);
  EXPECT_TRUE(make_config(with([](Options& o) { o.readonly_mode = true; }))->handshake.read_only);
}

TEST(MakeConfig, makes_a_strategy_of_the_seeds_two_switches) {
  const auto strategy = [](bool readonly, bool replicas, ReadFrom named) {
    return make_config(with([&](Options& o) { o.readonly_mode = readonly, o.read_from_replicas = replicas, o.read_from = named; }))->read_from;
  };
  EXPECT_EQ(strategy(false, false, ReadFrom::primary), ReadFrom::primary);
  EXPECT_EQ(strategy(false, true, ReadFrom::primary), ReadFrom::any);
  EXPECT_EQ(strategy(true, false, ReadFrom::primary), ReadFrom::prefer_replica);
  EXPECT_EQ(strategy(true, true, ReadFrom::primary), ReadFrom::prefer_replica);
  EXPECT_EQ(strategy(true, true, ReadFrom::lowest_latency), ReadFrom::lowest_latency);
}

TEST(MakeConfig, bounds_connections_in_all_or_per_node) {
  using Bounds = std::pair<std::optional<int>, std::optional<int>>;
  const auto bounds = [](std::optional<int> total, ConnectionsPerNode per_node) {
    const Result<Config> config = make_config(with([&](Options& o) { o.max_connections = total, o.max_connections_per_node = per_node; }));
    return Bounds{config->connections_in_all, config->connections_per_node};
  };
  EXPECT_EQ(bounds({}, {}), Bounds({}, {}));
  EXPECT_EQ(bounds(32, {}), Bounds(32, {}));
  EXPECT_EQ(bounds(32, 8), Bounds(32, 8));
  EXPECT_EQ(bounds({}, 8), Bounds({}, 8));
  EXPECT_EQ(bounds(32, true), Bounds({}, 32));
  EXPECT_EQ(bounds(32, false), Bounds(32, {}));
}

TEST(MakeConfig, hands_limits_to_the_wire) {
  const Result<Config> config = make_config(
      with([](Options& o) { o.max_reply_bytes = 20'000, o.max_bulk_bytes = 1000, o.max_elements = 128, o.max_depth = 8; }));
  ASSERT_TRUE(config);
  EXPECT_EQ(config->limits.max_reply_bytes, 20'000u);
  EXPECT_EQ(config->limits.max_bulk_bytes, 1000u);
  EXPECT_EQ(config->limits.max_elements, 128u);
  EXPECT_EQ(config->limits.max_depth, 8u);
}

TEST(MakeConfig, puts_the_password_into_no_error) {
  for (const auto& bad : {std::function<void(Options&)>([](Options& o) { o.protocol = 9; }),
                          std::function<void(Options&)>([](Options& o) { o.startup_nodes.clear(); })}) {
    Options options = with(bad);
    options.password = "s3cr3t-canary";
    const Result<Config> config = make_config(options);
    ASSERT_FALSE(config);
    EXPECT_EQ(to_string(config.error()).find("canary"), std::string::npos);
  }
}

}  // namespace
}  // namespace rediscluster::cluster
