/// The oracle sees what may not be: for each invariant the least that breaks it, beside what does not.
#include "simulation/oracle.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace rediscluster::simulation {
namespace {

using namespace std::chrono_literals;

class OracleTest : public testing::Test {
 protected:
  Call& write(std::vector<std::string> keys = {"k"}) {
    Call& call = oracle.begin("RPUSH", std::move(keys), 1s);
    call.writes = true;
    return call;
  }
  void runs(const Call& call, std::size_t part = 0, std::uint64_t block = 0) { ledger.ran(call.token(part), world.now(), 0, 1, block); }
  void succeeds(Call& call) { oracle.end(call, Result<int>(1)); }
  void fails(Call& call, Execution execution, Errc code = Errc::timed_out) { oracle.end(call, Result<int>(fail(Error{code, "no", {}, 1, execution}))); }
  std::pair<Call*, Call*> two_of_a_pipeline() {
    std::pair<Call*, Call*> both{&write(), &write()};
    both.first->pipeline = both.second->pipeline = 1;
    return both;
  }
  // Two that were written one behind the other, a while ago.
  std::pair<Call*, Call*> two_texts() {
    std::pair<Call*, Call*> both{&oracle.begin("SET", {"k"}, 1s), &oracle.begin("SET", {"k"}, 1s)};
    for (Call* each : {both.first, both.second}) runs(*each);
    for (Call* each : {both.first, both.second}) succeeds(*each);
    world.rest_until(world.now() + 1ms);
    return both;
  }
  std::string seen() {
    oracle.judge_all();
    return oracle.violations().empty() ? "" : oracle.violations().front().substr(0, oracle.violations().front().find(':'));
  }

  World world{1};
  Ledger ledger;
  Oracle oracle{world, ledger};
};

TEST_F(OracleTest, has_nothing_against_what_is_as_it_was_told) {
  Call& done = write();
  runs(done);
  succeeds(done);
  Call& refused = write();
  fails(refused, Execution::not_executed);
  Call& lost = write();
  fails(lost, Execution::maybe_executed);
  Call& found = write();
  runs(found);
  fails(found, Execution::maybe_executed);
  oracle.check_text(done, "k", done.token(0).text());
  oracle.check_text(done, "k", std::nullopt);
  EXPECT_EQ(seen(), "");
  EXPECT_EQ(oracle.in_doubt(), 2u);
  EXPECT_EQ(oracle.failed(), 3u);
}

TEST_F(OracleTest, sees_a_call_without_an_end) {
  write();
  EXPECT_EQ(seen(), "I1");
}

TEST_F(OracleTest, sees_a_call_that_ends_twice) {
  Call& call = oracle.begin("GET", {"k"}, 1s);
  succeeds(call);
  succeeds(call);
  EXPECT_EQ(seen(), "I1");
}

TEST_F(OracleTest, sees_an_end_behind_the_deadline) {
  Call& call = oracle.begin("GET", {"k"}, 1s);
  world.rest_until(world.now() + 1100ms);
  fails(call, Execution::not_executed);
  EXPECT_EQ(seen(), "I2");
}

TEST_F(OracleTest, sees_a_success_that_nobody_has_run) {
  succeeds(write());
  EXPECT_EQ(seen(), "I3");
}

TEST_F(OracleTest, sees_a_success_that_was_run_twice) {
  Call& call = write();
  runs(call);
  runs(call);
  succeeds(call);
  EXPECT_EQ(seen(), "I3");
}

TEST_F(OracleTest, sees_that_what_is_said_not_to_have_run_has) {
  Call& call = write();
  fails(call, Execution::not_executed);
  runs(call);
  EXPECT_EQ(seen(), "I4");
}

TEST_F(OracleTest, sees_that_what_may_have_run_has_run_twice) {
  Call& call = write();
  runs(call);
  runs(call);
  fails(call, Execution::maybe_executed);
  EXPECT_EQ(seen(), "I5");
}

TEST_F(OracleTest, sees_a_redirect_that_was_not_followed) {
  fails(oracle.begin("GET", {"k"}, 1s), Execution::not_executed, Errc::moved);
  EXPECT_EQ(seen(), "I6");
}

TEST_F(OracleTest, sees_a_pipeline_out_of_order) {
  Call& first = write({"{s}1"});
  Call& second = write({"{s}2"});
  first.pipeline = second.pipeline = 1;
  runs(second);
  runs(first);
  succeeds(first);
  succeeds(second);
  EXPECT_EQ(seen(), "I7");
}

TEST_F(OracleTest, sees_one_that_is_run_on_the_same_connection_though_it_was_given_up) {
  auto [first, second] = two_of_a_pipeline();
  runs(*second);
  runs(*first);
  succeeds(*second);
  fails(*first, Execution::maybe_executed);
  EXPECT_EQ(seen(), "I7");
}

TEST_F(OracleTest, forgives_one_that_was_given_up_and_is_run_late_on_another_connection) {
  auto [first, second] = two_of_a_pipeline();
  runs(*second);
  ledger.ran(first->token(0), world.now(), 1, 2, 0);
  succeeds(*second);
  fails(*first, Execution::maybe_executed);
  EXPECT_EQ(seen(), "");
}

TEST_F(OracleTest, sees_a_cancelled_call_that_goes_on) {
  Call& call = oracle.begin("GET", {"k"}, 1s);
  call.cancelled = world.now();
  world.rest_until(world.now() + 26ms);
  succeeds(call);
  EXPECT_EQ(seen(), "I13");
}

TEST_F(OracleTest, sees_a_reply_of_somebody_else) {
  Call& other = write({"other"});
  runs(other);
  succeeds(other);
  Call& call = oracle.begin("GET", {"k"}, 1s);
  succeeds(call);
  oracle.check_text(call, "k", other.token(0).text());
  EXPECT_EQ(seen(), "I12");
}

TEST_F(OracleTest, sees_a_text_that_is_older_than_what_was_told) {
  const auto [first, second] = two_texts();
  Call& read = oracle.begin("GET", {"k"}, 1s);
  succeeds(read);
  oracle.check_newest(read, "k", second->token(0).text());
  EXPECT_TRUE(oracle.violations().empty());
  oracle.check_newest(read, "k", first->token(0).text());
  EXPECT_EQ(seen(), "I23");
}

TEST_F(OracleTest, forgives_an_older_text_where_a_failover_has_lost_the_newer) {
  const auto [first, second] = two_texts();
  ledger.lost("k", world.now());
  Call& read = oracle.begin("GET", {"k"}, 1s);
  succeeds(read);
  oracle.check_newest(read, "k", first->token(0).text());
  EXPECT_EQ(seen(), "");
}

TEST_F(OracleTest, sees_an_element_that_nobody_was_given) {
  ledger.popped();
  succeeds(oracle.begin("BLPOP", {"k"}, 1s));
  EXPECT_EQ(seen(), "I14");
}

TEST_F(OracleTest, lets_a_call_in_doubt_have_taken_an_element) {
  ledger.popped();
  fails(oracle.begin("BLPOP", {"k"}, 1s), Execution::maybe_executed);
  EXPECT_EQ(seen(), "");
}

TEST_F(OracleTest, tells_what_servers_complain_of) {
  ledger.complain("I8", "ASKING was followed by PING");
  EXPECT_EQ(seen(), "I8");
}

TEST_F(OracleTest, sees_half_a_transaction) {
  Call& call = write({"{s}1", "{s}2"});
  call.is_block = true;
  runs(call, 0, 7);
  succeeds(call);
  EXPECT_EQ(seen(), "I15");
}

TEST_F(OracleTest, sees_a_transaction_in_two_pieces) {
  Call& call = write({"{s}1", "{s}2"});
  call.is_block = true;
  runs(call, 0, 7);
  runs(call, 1, 8);
  succeeds(call);
  EXPECT_EQ(seen(), "I15");
}

TEST_F(OracleTest, sees_a_failure_when_nothing_goes_wrong_any_more) {
  Call& call = oracle.begin("GET", {"k"}, 1s);
  call.is_last = true;
  fails(call, Execution::not_executed);
  EXPECT_EQ(seen(), "liveness");
}

}  // namespace
}  // namespace rediscluster::simulation
