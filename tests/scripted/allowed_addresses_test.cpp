/// Servers that send the client to places it must not go: nothing is connected to, no password is said (S14).
#include "play.hpp"

#include <stdexcept>

namespace {

using namespace play;
using rediscluster::Options;

/// A good cluster of one node, and a node elsewhere that would like to be talked to.
struct Trap {
  explicit Trap(rediscluster::AllowedAddresses allowed) : options{.startup_nodes = home.seeds(), .password = "canary"} {
    options.allowed_addresses = std::move(allowed);
    options.command_timeout = 3s;
  }
  ScriptedCluster home{1};
  ScriptedNode evil{{.host = "127.0.0.2"}};
  Options options;
};

void expect_untouched(const Trap& trap) {
  EXPECT_EQ(trap.evil.connections(), 0);
  EXPECT_EQ(trap.evil.bytes_received(), 0u);
}

TEST(AllowedAddresses, a_redirect_to_elsewhere_is_refused_and_forgotten) {
  for (const char* how : {"MOVED", "ASK"}) {
    Trap trap({"127.0.0.1"});
    RedisCluster client(trap.options);
    trap.home[0].expect("GET", "foo").answer_error(std::string(how) + " 12182 " + trap.evil.address_text());
    trap.home[0].expect("GET", "foo").answer_bulk("bar");
    const Error error = error_of(client.nothrow().get("foo"));
    EXPECT_EQ(error.code, Errc::not_allowed);
    EXPECT_EQ(error.execution, Execution::not_executed);
    EXPECT_TRUE(contains(error.message, trap.evil.address_text()) && contains(error.message, "allowed_addresses")) << error.message;
    EXPECT_EQ(client.get("foo"), "bar") << "the slot is still where it was";
    expect_untouched(trap);
  }
}

TEST(AllowedAddresses, a_topology_with_strangers_in_it_serves_without_them) {
  Trap trap({"127.0.0.1/32", "*.example"});
  trap.home.serve_slots({{0, 8191, trap.home[0]}, {8192, 16383, trap.evil}});
  trap.home[0].always(starts_with({"GET"})).answer_bulk("v");
  RedisCluster client(trap.options);
  EXPECT_EQ(client.get("bar"), "v");  // slot 5061
  const auto begin = Clock::now();
  EXPECT_EQ(error_of(client.nothrow().get("foo")).code, Errc::not_allowed);  // slot 12182
  EXPECT_LT(Clock::now() - begin, 2s) << "waiting would not make it allowed";
  expect_untouched(trap);
}

TEST(AllowedAddresses, a_function_may_judge_and_a_throwing_one_says_no) {
  for (const bool throws : {false, true}) {
    Trap trap([throws](const NodeAddress& node) -> bool {
      if (throws) throw std::runtime_error("no");
      return node.host != "127.0.0.2";
    });
    RedisCluster client(trap.options);  // the startup node is always allowed
    trap.home[0].expect("GET", "foo").answer_error("MOVED 12182 " + trap.evil.address_text());
    EXPECT_EQ(error_of(client.nothrow().get("foo")).code, Errc::not_allowed);
    expect_untouched(trap);
  }
}

TEST(AllowedAddresses, a_redirect_within_bounds_is_followed) {
  Trap trap({"127.0.0.0/8"});
  RedisCluster client(trap.options);
  trap.home[0].expect("GET", "foo").answer_error("MOVED 12182 " + trap.evil.address_text());
  trap.evil.expect("GET", "foo").answer_bulk("bar");
  EXPECT_EQ(client.get("foo"), "bar");
}

TEST(AllowedAddresses, a_wrong_rule_is_refused_with_its_text) {
  for (const char* rule : {"", "10.0.0.0/33", "10.0.0", "fd00::/129", "1.2.3.4/x", "a b", "*", "*.", "10.0.0.0/8/8"}) {
    Trap trap({"127.0.0.1", rule});
    const std::string message = message_of<RedisError>([&] { RedisCluster client(trap.options); });
    EXPECT_TRUE(contains(message, "allowed_addresses: \"" + std::string(rule) + "\"")) << message;
  }
}

}  // namespace
