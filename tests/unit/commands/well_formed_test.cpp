/// What is refused before anything is sent.
#include "commands/well_formed.hpp"

#include <gtest/gtest.h>

#include <rediscluster/commands/all.hpp>
#include <rediscluster/options.hpp>

namespace rediscluster {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t longest = 1000;

std::string refusal(const EncodedCommand& command, Errc expected) {
  const Result<void> checked = check_well_formed(command, longest);
  if (checked) return "(nothing)";
  EXPECT_EQ(checked.error().code, expected);
  EXPECT_EQ(checked.error().execution, Execution::not_executed);
  return checked.error().message;
}

const std::vector<std::string> none;

TEST(WellFormed, an_empty_list_is_a_wrong_number_of_arguments) {
  EXPECT_EQ(refusal(cmd::sadd("k", none), Errc::wrong_arity), "SADD takes at least 2 arguments, but got 1");
  EXPECT_EQ(refusal(cmd::sinter(none), Errc::wrong_arity), "SINTER takes at least 1 argument, but got 0");
  EXPECT_EQ(refusal(cmd::hmget("k", none), Errc::wrong_arity), "HMGET takes at least 2 arguments, but got 1");
}

TEST(WellFormed, a_command_that_lacks_its_keys_is_left_to_routing) {
  EXPECT_TRUE(check_well_formed(cmd::mget(none), longest));
}

TEST(WellFormed, arguments_may_be_as_long_as_the_limit_and_no_longer) {
  EXPECT_TRUE(check_well_formed(cmd::set("k", std::string(longest, 'v')), longest));
  EXPECT_EQ(refusal(cmd::set("k", std::string(longest + 1, 'v')), Errc::too_large).substr(0, 70),
            "SET: argument 2 has 1001 bytes, more than max_argument_bytes (1000). S");
  EXPECT_EQ(refusal(cmd::get(std::string(longest + 1, 'k')), Errc::too_large).substr(0, 34), "GET: argument 1 has 1001 bytes, mo");
}

TEST(WellFormed, many_arguments_may_be_longer_together) {
  EXPECT_TRUE(check_well_formed(cmd::sadd("k", std::vector<std::string>(100, std::string(900, 'm'))), longest));
}

TEST(WellFormed, the_limit_is_the_servers_own_by_default) { EXPECT_EQ(Options().max_argument_bytes, 512u << 20); }

TEST(WellFormed, options_that_exclude_each_other_are_named) {
  const std::string one_expiry = "expire_in, expire_at, keep_ttl and persist exclude each other: give one of them";
  EXPECT_EQ(refusal(cmd::set("k", "v", {.expire_in = 5s, .keep_ttl = true}), Errc::bad_option), "SET: " + one_expiry);
  EXPECT_EQ(refusal(cmd::getex("k", {.expire_in = 5s, .persist = true}), Errc::bad_option), "GETEX: " + one_expiry);
  EXPECT_EQ(refusal(cmd::set("k", "v", {.expire_in = 0s}), Errc::bad_option),
            "SET: expire_in has to be positive; to remove a key, use del");
  EXPECT_EQ(refusal(cmd::zrange("k", "0", "1", {.limit = Limit{0, 1}}), Errc::bad_option),
            "ZRANGE: limit goes with by = score or lex; ranks are their own limit");
}

TEST(WellFormed, a_refusal_survives_copies_and_another_reply_type) {
  const auto command = cmd::set("k", "v", {.expire_in = -1s});
  EXPECT_NE(refusal(command.as<Reply>(), Errc::bad_option), "(nothing)");
  EncodedCommand copy = command;
  const EncodedCommand moved = std::move(copy);
  EXPECT_NE(refusal(moved, Errc::bad_option), "(nothing)");
}

TEST(WellFormed, a_life_that_servers_cannot_add_to_their_clock_is_refused) {
  const auto words = [](std::chrono::milliseconds ttl) { return cmd::words("restore", "k", ttl.count(), "dump"); };
  for (const auto ttl : {std::chrono::milliseconds::max(), std::chrono::milliseconds::max() / 2 + 1ms}) {
    for (const EncodedCommand& command : {EncodedCommand(cmd::restore("k", ttl, "dump")), EncodedCommand(cmd::restore_asking("k", ttl, "dump")), EncodedCommand(words(ttl))}) {
      EXPECT_NE(refusal(command, Errc::bad_option).find("146 million years"), std::string::npos) << command.facts().name;
    }
  }
  for (const auto ttl : {std::chrono::milliseconds::max() / 2, 1ms, 0ms}) {
    EXPECT_EQ(refusal(cmd::restore("k", ttl, "dump"), Errc::bad_option), "(nothing)");
    EXPECT_EQ(refusal(words(ttl), Errc::bad_option), "(nothing)");
  }
}

}  // namespace
}  // namespace rediscluster
