/// errors.hpp: names, texts, std::error_code, exception classes.
#include <gtest/gtest.h>

#include <rediscluster/errors.hpp>
#include <set>
#include <string>

namespace rediscluster {
namespace {

constexpr int last_code = static_cast<int>(Errc::busy_group);

template <class Exception>
bool throws_exactly(Errc code) {
  try {
    throw_error(Error{code, "text"});
  } catch (const RedisError& error) {
    return typeid(error) == typeid(Exception) && error.code() == code;
  }
}

TEST(Errors, every_code_has_a_name_of_its_own) {
  std::set<std::string> names;
  for (int code = 1; code <= last_code; ++code) names.insert(to_string(static_cast<Errc>(code)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(last_code));
  EXPECT_EQ(names.count("unknown"), 0U);
}

TEST(Errors, a_code_beyond_the_list_is_unknown) {
  EXPECT_STREQ(to_string(static_cast<Errc>(last_code + 1)), "unknown");
  EXPECT_STREQ(to_string(static_cast<Execution>(77)), "unknown");
}

TEST(Errors, codes_are_std_error_codes) {
  const std::error_code code = Errc::connection_lost;
  EXPECT_STREQ(code.category().name(), "rediscluster");
  EXPECT_EQ(code.message(), "connection_lost");
  EXPECT_EQ(code, Errc::connection_lost);
}

TEST(Errors, addresses_are_written_for_people_and_for_connecting) {
  EXPECT_EQ(to_string(NodeAddress{"127.0.0.1", 7000}), "127.0.0.1:7000");
  EXPECT_EQ(to_string(NodeAddress{"fd00::1", 7000}), "[fd00::1]:7000");
  EXPECT_EQ(to_string(NodeAddress{}), "(no node)");
  EXPECT_EQ(to_string(NodeAddress{"", 7000}), ":7000");
}

TEST(Errors, text_says_what_where_how_often_and_whether_it_ran) {
  const Error error{Errc::connection_lost, "peer closed", {"127.0.0.1", 7000}, 2, Execution::maybe_executed};
  EXPECT_EQ(to_string(error), "connection_lost at 127.0.0.1:7000 after 2 attempts (maybe_executed): peer closed");
  EXPECT_EQ(to_string(Error{Errc::no_seeds, "none", {}, 1}), "no_seeds after 1 attempt (not_executed): none");
  EXPECT_EQ(to_string(Error{Errc::no_seeds, "none"}), "no_seeds (not_executed): none");
}

TEST(Errors, text_is_one_line_whatever_is_in_it) {
  const std::string text = to_string(Error{Errc::response_error, "a\r\nb\x01", {"h\n", 1}});
  EXPECT_EQ(text, "response_error at h\\n:1 (not_executed): a\\r\\nb\\x01");
}

TEST(Errors, exceptions_carry_the_error) {
  const RedisError exception(Error{Errc::timed_out, "late", {"h", 1}, 3, Execution::maybe_executed});
  EXPECT_EQ(std::string(exception.what()), to_string(exception.error()));
  EXPECT_EQ(exception.code(), Errc::timed_out);
  EXPECT_EQ(exception.execution(), Execution::maybe_executed);
  EXPECT_EQ(exception.error().node.port, 1);
}

TEST(Errors, local_codes_throw_their_class) {
  EXPECT_TRUE(throws_exactly<RedisClusterConfigError>(Errc::bad_option));
  for (const Errc code :
       {Errc::no_seeds, Errc::missing_key, Errc::wrong_arity, Errc::unknown_node, Errc::not_allowed,
        Errc::client_closed, Errc::no_reachable_node, Errc::not_cluster_mode, Errc::too_many_connections, Errc::too_many_in_flight}) {
    EXPECT_TRUE(throws_exactly<RedisClusterException>(code)) << to_string(code);
  }
  EXPECT_TRUE(throws_exactly<ClusterCrossSlotError>(Errc::cross_slot));
  EXPECT_TRUE(throws_exactly<ClusterCrossSlotError>(Errc::cross_slot_refused));
  EXPECT_TRUE(throws_exactly<DataError>(Errc::too_large));
}

TEST(Errors, network_codes_throw_their_class) {
  for (const Errc code : {Errc::dns_failed, Errc::connect_failed, Errc::handshake_failed, Errc::tls_failed, Errc::connection_lost}) {
    EXPECT_TRUE(throws_exactly<ConnectionError>(code)) << to_string(code);
  }
  EXPECT_TRUE(throws_exactly<SlotNotCoveredError>(Errc::slot_not_covered));
  EXPECT_TRUE(throws_exactly<TimeoutError>(Errc::timed_out));
  EXPECT_TRUE(throws_exactly<CancelledError>(Errc::cancelled));
  EXPECT_TRUE(throws_exactly<ClusterError>(Errc::too_many_redirects));
  EXPECT_TRUE(throws_exactly<InvalidResponse>(Errc::protocol_error));
  EXPECT_TRUE(throws_exactly<InvalidResponse>(Errc::unexpected_reply));
}

TEST(Errors, error_replies_throw_their_class) {
  EXPECT_TRUE(throws_exactly<MovedError>(Errc::moved));
  EXPECT_TRUE(throws_exactly<AskError>(Errc::ask));
  EXPECT_TRUE(throws_exactly<TryAgainError>(Errc::try_again));
  EXPECT_TRUE(throws_exactly<ClusterDownError>(Errc::cluster_down));
  EXPECT_TRUE(throws_exactly<MasterDownError>(Errc::master_down));
  EXPECT_TRUE(throws_exactly<BusyLoadingError>(Errc::loading));
  EXPECT_TRUE(throws_exactly<ReadOnlyError>(Errc::read_only));
  EXPECT_TRUE(throws_exactly<NoScriptError>(Errc::no_script));
  EXPECT_TRUE(throws_exactly<AuthenticationError>(Errc::no_auth));
  EXPECT_TRUE(throws_exactly<AuthenticationError>(Errc::wrong_password));
  EXPECT_TRUE(throws_exactly<NoPermissionError>(Errc::no_permission));
  EXPECT_TRUE(throws_exactly<ExecAbortError>(Errc::exec_abort));
  for (const Errc code :
       {Errc::response_error, Errc::busy, Errc::no_replicas, Errc::out_of_memory, Errc::misconfigured, Errc::wrong_type,
        Errc::unblocked, Errc::no_protocol, Errc::busy_key, Errc::no_group, Errc::busy_group}) {
    EXPECT_TRUE(throws_exactly<ResponseError>(code)) << to_string(code);
  }
}

TEST(Errors, that_pass_by_themselves_are_transient) {
  for (const Errc code : {Errc::connection_lost, Errc::timed_out, Errc::cluster_down, Errc::loading, Errc::try_again, Errc::no_reachable_node, Errc::slot_not_covered,
                          Errc::read_only, Errc::busy, Errc::watch_lost, Errc::lock_not_acquired, Errc::too_many_connections, Errc::too_many_in_flight, Errc::out_of_memory}) {
    EXPECT_TRUE(is_transient(code)) << to_string(code);
  }
}

TEST(Errors, that_somebody_has_to_mend_are_not_transient) {
  for (const Errc code : {Errc::bad_option, Errc::cross_slot, Errc::wrong_type, Errc::no_permission, Errc::wrong_password, Errc::tls_failed, Errc::response_error,
                          Errc::too_large, Errc::client_closed, Errc::cancelled, Errc::unexpected_reply, Errc::busy_group, Errc::unknown_node}) {
    EXPECT_FALSE(is_transient(code)) << to_string(code);
  }
}

}  // namespace
}  // namespace rediscluster
