/// "redis://..." taken apart (U10), with no password in any error.
#include "api/url.hpp"

#include <gtest/gtest.h>

namespace rediscluster::api {
namespace {

using namespace std::chrono_literals;
using Nodes = std::vector<NodeAddress>;

Options parsed(const std::string& url) {
  const Result<Options> options = parse_url(url, {});
  if (!options) {
    ADD_FAILURE() << url << ": " << options.error().message;
    return {};
  }
  return *options;
}
std::string refusal(const std::string& url) {
  const Result<Options> options = parse_url(url, {});
  if (options) {
    ADD_FAILURE() << url << " was accepted";
    return {};
  }
  EXPECT_EQ(options.error().code, Errc::bad_option) << url;
  return options.error().message;
}

TEST(Url, reads_one_host_with_and_without_port) {
  EXPECT_EQ(parsed("redis://10.0.0.1:7005").startup_nodes, (Nodes{{"10.0.0.1", 7005}}));
  EXPECT_EQ(parsed("redis://node.example.org").startup_nodes, (Nodes{{"node.example.org", 6379}}));
  EXPECT_EQ(parsed("redis://10.0.0.1:").startup_nodes, (Nodes{{"10.0.0.1", 6379}}));
}

TEST(Url, reads_several_hosts) {
  EXPECT_EQ(parsed("redis://a:1,b,[::1]:3").startup_nodes, (Nodes{{"a", 1}, {"b", 6379}, {"::1", 3}}));
}

TEST(Url, reads_ipv6_hosts_in_brackets) {
  EXPECT_EQ(parsed("redis://[fd00::1:4]:7001").startup_nodes, (Nodes{{"fd00::1:4", 7001}}));
  EXPECT_EQ(parsed("redis://[::1]").startup_nodes, (Nodes{{"::1", 6379}}));
}

TEST(Url, reads_ipv6_hosts_with_a_zone) {
  for (const char* zone : {"%25lo", "%lo"}) {
    EXPECT_EQ(parsed("redis://[fe80::1" + std::string(zone) + "]:7001").startup_nodes, (Nodes{{"fe80::1%lo", 7001}}));
  }
  EXPECT_EQ(parsed("redis://[fe80::1%25en25]").startup_nodes, (Nodes{{"fe80::1%en25", 6379}}));
}

TEST(Url, reads_schemes_of_both_servers_in_letters_of_any_case) {
  for (const char* scheme : {"redis", "valkey", "REDIS", "Valkey"}) {
    const Options options = parsed(std::string(scheme) + "://h:1/0?protocol=2");
    EXPECT_EQ(options.startup_nodes, (Nodes{{"h", 1}}));
    EXPECT_EQ(options.protocol, 2);
    EXPECT_FALSE(options.tls.enabled);
  }
  for (const char* scheme : {"rediss", "valkeys", "REDISS", "ValkeyS"}) EXPECT_TRUE(parsed(std::string(scheme) + "://h:1").tls.enabled);
}

TEST(Url, reads_user_and_password) {
  const Options options = parsed("redis://ann:secret@h:1");
  EXPECT_EQ(options.username, "ann");
  EXPECT_EQ(options.password, "secret");
  EXPECT_EQ(options.startup_nodes, (Nodes{{"h", 1}}));
}

TEST(Url, reads_a_password_alone_and_a_user_alone) {
  EXPECT_EQ(parsed("redis://:secret@h").password, "secret");
  EXPECT_EQ(parsed("redis://:secret@h").username, "");
  EXPECT_EQ(parsed("redis://ann@h").username, "ann");
  EXPECT_EQ(parsed("redis://ann@h").password, "");
}

TEST(Url, reads_passwords_with_every_sign_that_means_something) {
  EXPECT_EQ(parsed("redis://ann:p%40s%3As%2Fw%3F%23%25@h:1").password, "p@s:s/w?#%");
  EXPECT_EQ(parsed("redis://ann:a@b:c/d@h:1").password, "a@b:c/d") << "the last @ ends the password";
  EXPECT_EQ(parsed("redis://ann:%00%ff@h").password, std::string("\0\xff", 2));
  EXPECT_EQ(parsed("redis://a%3an:x@h").username, "a:n");
}

TEST(Url, reads_the_only_database_a_cluster_has) {
  EXPECT_EQ(parsed("redis://h:1/0").db, 0);
  EXPECT_EQ(parsed("redis://h:1/").db, 0);
  EXPECT_EQ(parsed("redis://h:1/5").db, 5) << "make_config refuses it with its reason";
}

TEST(Url, reads_every_option) {
  const Options o = parsed(
      "redis://"
      "h?availability_zone=eu-1a&client_name=my%20app&cluster_down_retry_attempts=3&command_timeout=2.5&cross_slot=refuse&db=0&init_slot_cache="
      "false&lanes_per_node=2&max_connections=50&"
      "max_connections_per_node=5&nodemanager_follow_cluster=true&protocol=2&read_from=same_zone&read_from_replicas=true&readonly_mode=1&reinitialize_steps=7&resend="
      "idempotent_writes&skip_full_coverage_check=yes&"
      "socket_connect_timeout=0.25&socket_keepalive=no&socket_timeout=5");
  EXPECT_EQ(o.availability_zone, "eu-1a");
  EXPECT_EQ(o.client_name, "my app");
  EXPECT_EQ(o.cluster_down_retry_attempts, 3);
  EXPECT_EQ(o.command_timeout, 2500ms);
  EXPECT_EQ(o.cross_slot, CrossSlot::refuse);
  EXPECT_FALSE(o.init_slot_cache);
  EXPECT_EQ(o.lanes_per_node, 2);
  EXPECT_EQ(o.max_connections, 50);
  EXPECT_EQ(o.max_connections_per_node.limit(), 5);
  EXPECT_TRUE(o.nodemanager_follow_cluster);
  EXPECT_EQ(o.protocol, 2);
  EXPECT_EQ(o.read_from, ReadFrom::same_zone);
  EXPECT_TRUE(o.read_from_replicas);
  EXPECT_TRUE(o.readonly_mode);
  EXPECT_EQ(o.reinitialize_steps, 7);
  EXPECT_EQ(o.resend, Resend::idempotent_writes);
  EXPECT_TRUE(o.skip_full_coverage_check);
  EXPECT_EQ(o.socket_connect_timeout, 250ms);
  EXPECT_FALSE(o.socket_keepalive);
  EXPECT_EQ(o.socket_timeout, 5000ms);
}

TEST(Url, knows_every_strategy_of_reading) {
  for (const auto& [text, strategy] :
       {std::pair{"primary", ReadFrom::primary}, {"prefer_replica", ReadFrom::prefer_replica}, {"any", ReadFrom::any},
        {"lowest_latency", ReadFrom::lowest_latency}, {"same_zone", ReadFrom::same_zone}}) {
    EXPECT_EQ(parsed("redis://h?read_from=" + std::string(text)).read_from, strategy);
  }
}

TEST(Url, takes_the_bound_per_node_as_a_number_or_as_the_meaning_of_the_other_one) {
  EXPECT_TRUE(parsed("redis://h?max_connections_per_node=true").max_connections_per_node.shifts_total());
  EXPECT_FALSE(parsed("redis://h?max_connections_per_node=false").max_connections_per_node.shifts_total());
  EXPECT_EQ(parsed("redis://h?max_connections_per_node=1").max_connections_per_node.limit(), 1);
}

TEST(Url, keeps_what_it_does_not_mention) {
  Options defaults;
  defaults.password = "kept";
  defaults.lanes_per_node = 7;
  defaults.startup_nodes = {{"replaced", 1}};
  const Result<Options> options = parse_url("redis://h:2", defaults);
  ASSERT_TRUE(options);
  EXPECT_EQ(options->password, "kept");
  EXPECT_EQ(options->lanes_per_node, 7);
  EXPECT_EQ(options->startup_nodes, (Nodes{{"h", 2}}));
}

struct BadUrl {
  const char* name;
  const char* url;
  const char* in_message;
};
class UrlRefused : public ::testing::TestWithParam<BadUrl> {};

TEST_P(UrlRefused, with_the_part_that_is_wrong) {
  const std::string message = refusal(GetParam().url);
  EXPECT_NE(message.find(GetParam().in_message), std::string::npos) << message;
}

INSTANTIATE_TEST_SUITE_P(
    Each, UrlRefused,
    ::testing::Values(
        BadUrl{"empty", "", "redis://"}, BadUrl{"no_scheme", "h:1", "redis://"}, BadUrl{"http", "http://h", "redis://"},
        BadUrl{"tls_without_host", "rediss://", "host is missing"}, BadUrl{"cert_reqs", "rediss://h?ssl_cert_reqs=maybe", "required or none"},
        BadUrl{"tls_version", "rediss://h?ssl_min_version=1.1", "1.2 or 1.3"}, BadUrl{"unix_socket", "unix:///tmp/s", "Unix sockets"},
        BadUrl{"strategy", "redis://h?read_from=slaves", "read_from"}, BadUrl{"no_host", "redis://", "host is missing"}, BadUrl{"only_a_port", "redis://:7000", "host is missing"},
        BadUrl{"only_credentials", "redis://a:b@", "host is missing"},
        BadUrl{"empty_host_in_a_list", "redis://a:1,,b:2", "host is missing"},
        BadUrl{"comma_at_the_end", "redis://a:1,", "host is missing"},
        BadUrl{"port_0", "redis://h:0", "between 1 and 65535"},
        BadUrl{"port_65536", "redis://h:65536", "between 1 and 65535"},
        BadUrl{"port_negative", "redis://h:-1", "between 1 and 65535"}, BadUrl{"port_is_text", "redis://h:x", "port"},
        BadUrl{"port_huge", "redis://h:99999999999999999999", "port"},
        BadUrl{"ipv6_without_brackets", "redis://fd00::1:7000", "port"}, BadUrl{"bracket_open", "redis://[::1", "]"},
        BadUrl{"bracket_text", "redis://[::1]x:1", "]"}, BadUrl{"bracket_empty", "redis://[]:1", "host is missing"},
        BadUrl{"percent_at_the_end", "redis://a:b%@h", "%"}, BadUrl{"percent_and_one_digit", "redis://a:b%4@h", "%"},
        BadUrl{"percent_and_letters", "redis://a:b%zz@h", "%"},
        BadUrl{"percent_in_option", "redis://h?client_name=%f", "%"},
        BadUrl{"database_is_text", "redis://h/x", "database"},
        BadUrl{"database_with_more", "redis://h/0/1", "database"},
        BadUrl{"unknown_option", "redis://h?sockettimeout=1", "sockettimeout"},
        BadUrl{"unknown_option_lists_the_known", "redis://h?x=1",
               "client_name, cluster_down_retry_attempts, command_timeout"},
        BadUrl{"empty_option", "redis://h?&protocol=3", "unknown option"},
        BadUrl{"number_is_text", "redis://h?protocol=three", "2 or 3"},
        BadUrl{"number_without_value", "redis://h?protocol", "2 or 3"},
        BadUrl{"bool_is_text", "redis://h?readonly_mode=maybe", "true or false"},
        BadUrl{"seconds_zero", "redis://h?socket_timeout=0", "seconds"},
        BadUrl{"seconds_negative", "redis://h?socket_timeout=-1", "seconds"},
        BadUrl{"seconds_nan", "redis://h?socket_timeout=nan", "seconds"},
        BadUrl{"seconds_inf", "redis://h?socket_timeout=inf", "seconds"},
        BadUrl{"seconds_too_small_to_count", "redis://h?socket_timeout=0.0001", "seconds"},
        BadUrl{"seconds_huge", "redis://h?command_timeout=1e300", "seconds"},
        BadUrl{"resend_unknown", "redis://h?resend=maybe", "idempotent_writes"},
        BadUrl{"cross_slot_unknown", "redis://h?cross_slot=1", "split or refuse"}),
    [](const auto& each) { return std::string(each.param.name); });

TEST(Url, rediss_turns_tls_on_and_takes_its_options) {
  const Options options = *parse_url(
      "rediss://h:1?ssl_ca_certs=/ca.pem&ssl_ca_path=/cas&ssl_ca_data=PEM&ssl_certfile=/c.pem&ssl_keyfile=/k.pem&ssl_password=p%26q"
      "&ssl_check_hostname=false&ssl_min_version=1.3&ssl_max_version=TLSv1.3&ssl_ciphers=HIGH&ssl_server_name=n.example", {});
  EXPECT_TRUE(options.tls.enabled);
  EXPECT_EQ(options.tls.ca_file, "/ca.pem");
  EXPECT_EQ(options.tls.ca_folder, "/cas");
  EXPECT_EQ(options.tls.ca_pem, "PEM");
  EXPECT_EQ(options.tls.certificate_file, "/c.pem");
  EXPECT_EQ(options.tls.key_file, "/k.pem");
  EXPECT_EQ(options.tls.key_password, "p&q");
  EXPECT_TRUE(options.tls.insecure_no_name_check);
  EXPECT_FALSE(options.tls.insecure_no_verification);
  EXPECT_EQ(options.tls.min_version, TlsVersion::tls1_3);
  EXPECT_EQ(options.tls.max_version, TlsVersion::tls1_3);
  EXPECT_EQ(options.tls.ciphers, "HIGH");
  EXPECT_EQ(options.tls.server_name, "n.example");
  EXPECT_TRUE(parse_url("rediss://h?ssl_cert_reqs=none", {})->tls.insecure_no_verification);
}

TEST(Url, redis_does_not_turn_off_the_tls_of_the_options) {
  Options secure;
  secure.tls.enabled = true;
  EXPECT_TRUE(parse_url("redis://h", secure)->tls.enabled);
  EXPECT_FALSE(parse_url("redis://h", {})->tls.enabled);
}

TEST(Url, shows_the_password_in_no_error) {
  const std::string canary = "s3cr3t-canary";
  for (const std::string& url : {"redis://ann:" + canary + "@h:x",
                                 "redis://ann:" + canary + "@",
                                 "redis://ann:" + canary,
                                 "redis://:" + canary,
                                 "redis://ann:" + canary + "%@h",
                                 "redis://ann:" + canary + "%zz@h",
                                 "redis://ann:" + canary + "@h/x",
                                 "redis://ann:" + canary + "@h?nope=1",
                                 "redis://ann:" + canary + "@h?protocol=9x",
                                 "rediss://ann:" + canary + "@h:x",
                                 "rediss://h?ssl_password=" + canary + "&ssl_cert_reqs=x",
                                 "unix://ann:" + canary + "@/tmp/s",
                                 "http://ann:" + canary + "@h",
                                 "redis://ann:" + canary + "?x@h",
                                 "redis://ann:7?" + canary + "@h:1",
                                 "redis://ann:x?" + canary + "@h:1",
                                 "redis://:?" + canary + "@h",
                                 "redis://ann:7?protocol=" + canary + "@h",
                                 "redis://ann:1/" + canary,
                                 "redis://ann:" + canary + ",b@h:x",
                                 "redis://[" + canary,
                                 "redis://ann:" + canary + "/w?y@h:1",
                                 "redis://ann:1/2?" + canary + "@h:1"}) {
    EXPECT_EQ(refusal(url).find("canary"), std::string::npos) << url;
  }
}

}  // namespace
}  // namespace rediscluster::api
