/// Whose certificate is accepted, and what is said when it is not. Nobody is sent a byte before he is known.
#include "support/messages.hpp"
#include "tls_play.hpp"

namespace rediscluster::net {
namespace {

using test_support::contains;

struct NameCase {
  const char* name;
  std::vector<std::string> hosts;
  std::vector<std::string> addresses;
  std::vector<std::string> expected;
  bool accepted;
};

class Names : public ::testing::TestWithParam<NameCase> {};

TEST_P(Names, of_a_certificate_and_of_a_node) {
  const NameCase& play = GetParam();
  TlsFront front({.identity = trusted().issue({.name = "127.0.0.1", .hosts = play.hosts, .addresses = play.addresses})});
  const auto context = context_of(trusting());
  const Result<Socket> socket = connect(*context, front.address(), play.expected);
  EXPECT_EQ(socket.has_value(), play.accepted) << (socket ? "" : socket.error().message);
  if (!socket) {
    EXPECT_EQ(socket.error().code, Errc::tls_failed);
    EXPECT_TRUE(contains(socket.error().message, "not for '" + play.expected.front() + "'")) << socket.error().message;
  }
  EXPECT_EQ(front.plain_bytes(), 0u);
}

using Strings = std::vector<std::string>;
INSTANTIATE_TEST_SUITE_P(
    Each, Names,
    ::testing::Values(NameCase{"address_in_the_certificate", {}, {"127.0.0.1"}, {"127.0.0.1"}, true},
                    NameCase{"another_address", {}, {"10.0.0.5"}, {"127.0.0.1"}, false},
                    NameCase{"address_only_as_common_name", {}, {}, {"127.0.0.1"}, false},
                    NameCase{"address_as_a_dns_name", {"127.0.0.1"}, {}, {"127.0.0.1"}, false},
                    NameCase{"ipv6", {}, {"fd00::1"}, {"fd00:0::1"}, true},
                    NameCase{"ipv6_with_a_zone", {}, {"fe80::1"}, {"fe80::1%eth0"}, true},
                    NameCase{"name", {"a.example"}, {}, {"a.example"}, true},
                    NameCase{"name_in_capitals", {"a.example"}, {}, {"A.Example"}, true},
                    NameCase{"another_name", {"a.example"}, {}, {"b.example"}, false},
                    NameCase{"wildcard", {"*.example.org"}, {}, {"a.example.org"}, true},
                    NameCase{"wildcard_is_one_label", {"*.example.org"}, {}, {"a.b.example.org"}, false},
                    NameCase{"part_of_a_label", {"a*.example.org"}, {}, {"ab.example.org"}, false},
                    NameCase{"one_of_two", {"b.example"}, {}, {"127.0.0.1", "b.example"}, true},
                    NameCase{"none_of_two", {"c.example"}, {"10.0.0.5"}, {"127.0.0.1", "b.example"}, false}),
    [](const auto& each) { return std::string(each.param.name); });

TEST(TlsIdentity, a_certificate_for_others_is_named_with_what_to_do) {
  TlsFront front({.identity = trusted().issue({.hosts = {"a.example", "b'\x01.example"}, .addresses = {"10.0.0.5"}})});
  const auto context = context_of(trusting());
  const std::string message = refusal(*context, front.address(), {"127.0.0.1", "c.example"}).message;
  EXPECT_TRUE(contains(message, "the TLS handshake with " + to_string(front.address()) + " failed: its certificate is for 'a.example', 'b")) << message;
  EXPECT_TRUE(contains(message, "'10.0.0.5', not for '127.0.0.1' or 'c.example': ")) << message;
  EXPECT_TRUE(contains(message, "tls.names")) << message;
  EXPECT_FALSE(contains(message, "\x01")) << message;
}

struct BadCertificate {
  const char* name;
  Identity (*make)();
  const char* reason;
};

class Untrusted : public ::testing::TestWithParam<BadCertificate> {};

TEST_P(Untrusted, is_refused_with_the_reason_and_sent_nothing) {
  TlsFront front({.identity = GetParam().make()});
  const auto context = context_of(trusting());
  const Error error = refusal(*context, front.address());
  EXPECT_EQ(error.code, Errc::tls_failed);
  EXPECT_EQ(error.node, front.address());
  EXPECT_TRUE(contains(error.message, GetParam().reason)) << error.message;
  EXPECT_EQ(front.handshakes(), 0);
  EXPECT_EQ(front.plain_bytes(), 0u);
}

INSTANTIATE_TEST_SUITE_P(
    Each, Untrusted,
    ::testing::Values(
        BadCertificate{"expired", [] { return trusted().issue({.addresses = {"127.0.0.1"}, .valid_from = -7200, .valid_until = -3600}); }, "has expired: it was valid until 20"},
        BadCertificate{"not_yet_valid", [] { return trusted().issue({.addresses = {"127.0.0.1"}, .valid_from = 3600, .valid_until = 7200}); }, "is not valid yet: it will be from 20"},
        BadCertificate{"self_signed", [] { return test_support::self_signed({.addresses = {"127.0.0.1"}}); }, "is self-signed"},
        BadCertificate{"of_another_authority", [] { return Authority("somebody else").issue({.addresses = {"127.0.0.1"}}); }, "signed by an authority that is not trusted"},
        // The name alone does not make an authority.
        BadCertificate{"of_an_impostor", [] { return Authority("trusted authority").issue({.addresses = {"127.0.0.1"}}); }, "cannot be trusted"}),
    [](const auto& each) { return std::string(each.param.name); });

TEST(TlsIdentity, without_verification_anybody_will_do) {
  TlsFront front({.identity = test_support::self_signed({.hosts = {"a.example"}, .valid_until = -60})});
  TlsOptions options = trusting();
  options.insecure_no_verification = true;
  const auto context = context_of(options);
  EXPECT_TRUE(connect(*context, front.address(), {"b.example"}).has_value());
}

TEST(TlsIdentity, without_the_name_check_the_authority_still_counts) {
  TlsFront other({.identity = Authority("somebody else").issue({.addresses = {"127.0.0.1"}})});
  TlsFront front({.identity = trusted().issue({.hosts = {"a.example"}})});
  TlsOptions options = trusting();
  options.insecure_no_name_check = true;
  const auto context = context_of(options);
  EXPECT_TRUE(connect(*context, front.address(), {"b.example"}).has_value());
  refusal(*context, other.address());
}

TEST(TlsIdentity, the_server_is_asked_for_its_name_and_never_for_an_address) {
  TlsFront front({.identity = trusted().issue({.hosts = {"a.example"}, .addresses = {"127.0.0.1"}})});
  const auto context = context_of(trusting());
  Result<Socket> by_name = connect(*context, front.address(), {"127.0.0.1", "a.example"});
  ASSERT_TRUE(by_name.has_value()) << by_name.error().message;
  EXPECT_EQ(echo(*by_name, "x"), "x");
  EXPECT_EQ(front.name_asked_for(), "a.example");
  Result<Socket> by_address = connect(*context, front.address(), {"127.0.0.1"});
  ASSERT_TRUE(by_address.has_value()) << by_address.error().message;
  EXPECT_EQ(echo(*by_address, "x"), "x");
  EXPECT_EQ(front.name_asked_for(), "");
}

}  // namespace
}  // namespace rediscluster::net
