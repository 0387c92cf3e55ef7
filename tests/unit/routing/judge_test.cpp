/// Every row of the retry table (docs/decisions/retry-table.md), for every class of command and every permission to resend.
#include "routing/judge.hpp"

#include <gtest/gtest.h>

#include "command_play.hpp"

#include <string>
#include <tuple>

namespace rediscluster::routing {
namespace {

using Action = Verdict::Action;

constexpr auto no = Execution::not_executed;
constexpr auto maybe = Execution::maybe_executed;
constexpr RetryClass classes[] = {RetryClass::read_only, RetryClass::idempotent, RetryClass::never};
constexpr Resend permissions[] = {Resend::reads, Resend::idempotent_writes, Resend::everything};

constexpr Verdict surfaced{Action::surface, false, false, false, no};

// --- What the wire proves not to have run: the same for every command, whatever the permission ---

struct ProvenRow {
  const char* name;
  Happening happening;
  Verdict verdict;
};
class JudgeProven : public ::testing::TestWithParam<std::tuple<ProvenRow, RetryClass, Resend>> {};

TEST_P(JudgeProven, not_executed) {
  const auto& [row, retry, allowed] = GetParam();
  EXPECT_EQ(judge(row.happening, retry, allowed), row.verdict);
}

constexpr Verdict backoff_and_refresh{Action::backoff, false, false, true, no};
constexpr Verdict backoff_only{Action::backoff, false, false, false, no};

constexpr Happening error(Errc code) { return {Happening::Kind::error_reply, code, true}; }
constexpr Happening unconnected(Errc code) { return {Happening::Kind::not_connected, code, false}; }

INSTANTIATE_TEST_SUITE_P(
    Table, JudgeProven,
    ::testing::Combine(
        ::testing::Values(
            ProvenRow{"connect_refused", unconnected(Errc::connect_failed), backoff_and_refresh},
            ProvenRow{"connect_timed_out", unconnected(Errc::timed_out), backoff_and_refresh},
            ProvenRow{"dns_failed", unconnected(Errc::dns_failed), backoff_and_refresh},
            ProvenRow{"own_bound_on_connections", unconnected(Errc::too_many_connections), backoff_only},
            ProvenRow{"handshake_cut", unconnected(Errc::connection_lost), backoff_and_refresh},
            ProvenRow{"handshake_garbled", unconnected(Errc::protocol_error), backoff_and_refresh},
            ProvenRow{"handshake_loading", unconnected(Errc::loading), backoff_and_refresh},
            ProvenRow{"handshake_refused", unconnected(Errc::handshake_failed), surfaced},
            ProvenRow{"not_to_be_trusted", unconnected(Errc::tls_failed), surfaced},
            ProvenRow{"not_to_be_connected_to", unconnected(Errc::not_allowed), surfaced},
            ProvenRow{"handshake_wrong_password", unconnected(Errc::wrong_password), surfaced},
            ProvenRow{"handshake_no_auth", unconnected(Errc::no_auth), surfaced},
            ProvenRow{"handshake_no_permission", unconnected(Errc::no_permission), surfaced},
            ProvenRow{"client_closed", unconnected(Errc::client_closed), surfaced},
            ProvenRow{"lost_before_the_last_byte",
                      {Happening::Kind::connection_lost, Errc::connection_lost, false},
                      backoff_and_refresh},
            ProvenRow{"garbled_before_the_last_byte",
                      {Happening::Kind::connection_lost, Errc::protocol_error, false},
                      backoff_and_refresh},
            ProvenRow{"timed_out_before_the_last_byte", {Happening::Kind::timed_out, Errc::timed_out, false}, backoff_and_refresh},
            ProvenRow{"closed_before_the_last_byte", {Happening::Kind::connection_lost, Errc::client_closed, false}, surfaced},
            ProvenRow{"moved", error(Errc::moved), {Action::redirect, false, true, true, no}},
            ProvenRow{"ask", error(Errc::ask), {Action::redirect, true, false, false, no}},
            ProvenRow{"try_again", error(Errc::try_again), backoff_only},
            ProvenRow{"cluster_down", error(Errc::cluster_down), backoff_and_refresh},
            ProvenRow{"loading", error(Errc::loading), backoff_and_refresh},
            ProvenRow{"master_down", error(Errc::master_down), backoff_and_refresh},
            ProvenRow{"no_replicas", error(Errc::no_replicas), backoff_and_refresh},
            ProvenRow{"read_only", error(Errc::read_only), backoff_and_refresh},
            ProvenRow{"unblocked", error(Errc::unblocked), {Action::again, false, false, true, no}},
            ProvenRow{"busy", error(Errc::busy), backoff_only},
            ProvenRow{"exec_abort", error(Errc::exec_abort), surfaced},
            ProvenRow{"out_of_memory", error(Errc::out_of_memory), surfaced},
            ProvenRow{"misconfigured", error(Errc::misconfigured), surfaced},
            ProvenRow{"no_permission", error(Errc::no_permission), surfaced},
            ProvenRow{"wrong_type", error(Errc::wrong_type), surfaced},
            ProvenRow{"cross_slot", error(Errc::cross_slot), surfaced},
            ProvenRow{"no_script", error(Errc::no_script), surfaced},
            ProvenRow{"no_group", error(Errc::no_group), surfaced},
            ProvenRow{"busy_key", error(Errc::busy_key), surfaced},
            ProvenRow{"busy_group", error(Errc::busy_group), surfaced},
            ProvenRow{"no_auth", error(Errc::no_auth), surfaced},
            ProvenRow{"wrong_password", error(Errc::wrong_password), surfaced},
            ProvenRow{"any_other_error", error(Errc::response_error), surfaced}),
        ::testing::ValuesIn(classes), ::testing::ValuesIn(permissions)),
    [](const auto& each) {
      return std::string(std::get<0>(each.param).name) + "_class" +
             std::to_string(static_cast<int>(std::get<1>(each.param))) + "_resend" +
             std::to_string(static_cast<int>(std::get<2>(each.param)));
    });

// --- What may have run: only with permission ---

struct DoubtRow {
  RetryClass retry;
  Resend allowed;
  bool resent;
};
constexpr DoubtRow doubt_rows[] = {
    {RetryClass::read_only, Resend::reads, true},
    {RetryClass::read_only, Resend::idempotent_writes, true},
    {RetryClass::read_only, Resend::everything, true},
    {RetryClass::idempotent, Resend::reads, false},
    {RetryClass::idempotent, Resend::idempotent_writes, true},
    {RetryClass::idempotent, Resend::everything, true},
    {RetryClass::never, Resend::reads, false},
    {RetryClass::never, Resend::idempotent_writes, false},
    {RetryClass::never, Resend::everything, true},
    {RetryClass::once, Resend::reads, false},
    {RetryClass::once, Resend::idempotent_writes, false},
    {RetryClass::once, Resend::everything, false},
    {RetryClass::conditional, Resend::reads, false},
    {RetryClass::conditional, Resend::idempotent_writes, false},
};

class JudgeInDoubt : public ::testing::TestWithParam<std::tuple<DoubtRow, Happening>> {};

TEST_P(JudgeInDoubt, is_sent_again_only_with_permission_and_always_says_maybe) {
  const auto& [row, happening] = GetParam();
  EXPECT_EQ(may_resend(row.retry, row.allowed), row.resent);
  const Verdict verdict = judge(happening, row.retry, row.allowed);
  EXPECT_EQ(verdict, (Verdict{row.resent ? Action::backoff : Action::surface, false, false, true, maybe}));
}

INSTANTIATE_TEST_SUITE_P(Table, JudgeInDoubt,
                         ::testing::Combine(::testing::ValuesIn(doubt_rows),
                                          ::testing::Values(Happening{Happening::Kind::connection_lost, Errc::connection_lost, true},
                                                          Happening{Happening::Kind::connection_lost, Errc::protocol_error, true},
                                                          Happening{Happening::Kind::connection_lost, Errc::timed_out, true},
                                                          Happening{Happening::Kind::timed_out, Errc::timed_out, true})));

TEST(Judge, never_sends_again_when_the_client_was_closed_after_sending) {
  for (const RetryClass retry : classes) {
    for (const Resend allowed : permissions) {
      EXPECT_EQ(judge({Happening::Kind::connection_lost, Errc::client_closed, true}, retry, allowed),
                (Verdict{Action::surface, false, false, false, maybe}));
    }
  }
}

TEST(Judge, an_error_that_does_not_prove_that_nothing_has_run_is_the_end_whatever_its_word) {
  for (int code = 1; code <= static_cast<int>(Errc::busy_group); ++code) {
    for (const Resend allowed : permissions) {
      const Happening what{.code = static_cast<Errc>(code), .may_have_run = true};
      EXPECT_EQ(judge(what, RetryClass::never, allowed), (Verdict{Action::surface, false, false, false, maybe})) << code;
    }
  }
}

TEST(Judge, a_reply_that_is_more_than_the_limits_allow_is_not_asked_for_again) {
  for (const RetryClass retry : classes) {
    const Happening what{.kind = Happening::Kind::connection_lost, .code = Errc::protocol_error, .was_refused_here = true};
    EXPECT_EQ(judge(what, retry, Resend::everything), (Verdict{Action::surface, false, false, false, maybe}));
  }
}

TEST(Judge, the_end_of_the_connection_is_what_shutdown_asks_for) {
  Happening what{.kind = Happening::Kind::connection_lost, .code = Errc::connection_lost, .ends_connection = true};
  EXPECT_EQ(judge(what, RetryClass::once, Resend::everything), (Verdict{Action::done, false, false, true, Execution::executed}));
  what.was_sent = false;
  EXPECT_EQ(judge(what, RetryClass::once, Resend::everything), (Verdict{Action::backoff, false, false, true, no}));
  EXPECT_TRUE(asks_for_the_end(command({"SHUTDOWN", "NOSAVE"})));
  EXPECT_FALSE(asks_for_the_end(command({"SHUTDOWN", "abort"})));
  EXPECT_FALSE(asks_for_the_end(command({"SAVE"})));
}

TEST(Judge, learns_only_from_moved_and_asks_only_for_ask) {
  for (int code = 1; code <= static_cast<int>(Errc::busy_group); ++code) {
    const Verdict verdict = judge(error(static_cast<Errc>(code)), RetryClass::read_only, Resend::everything);
    EXPECT_EQ(verdict.learn, static_cast<Errc>(code) == Errc::moved) << to_string(static_cast<Errc>(code));
    EXPECT_EQ(verdict.asking, static_cast<Errc>(code) == Errc::ask) << to_string(static_cast<Errc>(code));
    EXPECT_EQ(verdict.execution, no);
  }
}

}  // namespace
}  // namespace rediscluster::routing
