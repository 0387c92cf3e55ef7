/// Error replies: their codes, their text, and what must not be in it.
#include "wire/error_reply.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace rediscluster::wire {
namespace {

TEST(ErrorReply, knows_the_code_of_every_prefix) {
  const std::vector<std::pair<const char*, Errc>> table{
      {"MOVED 1 h:1", Errc::moved},
      {"ASK 1 h:1", Errc::ask},
      {"TRYAGAIN Multiple keys request during rehashing of slot", Errc::try_again},
      {"CLUSTERDOWN The cluster is down", Errc::cluster_down},
      {"CLUSTERDOWN Hash slot not served", Errc::cluster_down},
      {"MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", Errc::master_down},
      {"LOADING Redis is loading the dataset in memory", Errc::loading},
      {"BUSY Redis is busy running a script.", Errc::busy},
      {"READONLY You can't write against a read only replica.", Errc::read_only},
      {"NOREPLICAS Not enough good replicas to write.", Errc::no_replicas},
      {"OOM command not allowed when used memory > 'maxmemory'.", Errc::out_of_memory},
      {"MISCONF Redis is configured to save RDB snapshots", Errc::misconfigured},
      {"WRONGTYPE Operation against a key holding the wrong kind of value", Errc::wrong_type},
      {"NOSCRIPT No matching script. Please use EVAL.", Errc::no_script},
      {"NOAUTH Authentication required.", Errc::no_auth},
      {"WRONGPASS invalid username-password pair or user is disabled.", Errc::wrong_password},
      {"ERR invalid password", Errc::wrong_password},
      {"NOPERM this user has no permissions to run the 'get' command", Errc::no_permission},
      {"EXECABORT Transaction discarded because of previous errors.", Errc::exec_abort},
      {"UNBLOCKED force unblock from blocking operation", Errc::unblocked},
      {"NOPROTO unsupported protocol version", Errc::no_protocol},
      {"BUSYKEY Target key name already exists.", Errc::busy_key},
      {"NOGROUP No such key 'x' or consumer group 'g'", Errc::no_group},
      {"BUSYGROUP Consumer Group name already exists", Errc::busy_group},
      {"CROSSSLOT Keys in request don't hash to the same slot", Errc::cross_slot},
      {"ERR This instance has cluster support disabled", Errc::not_cluster_mode},
      {"ERR Error running script (call to f_0): @user_script:1: -READONLY You can't write against a read only replica.",
       Errc::read_only},
      {"ERR unknown command 'x'", Errc::response_error},
      {"MOVEDX 1 h:1", Errc::response_error},
      {"moved 1 h:1", Errc::response_error},
      {"", Errc::response_error},
      {"LOADING", Errc::loading},
  };
  for (const auto& [text, code] : table) EXPECT_EQ(classify_error(text), code) << text;
}

TEST(ErrorReply, tells_the_wish_of_somebody_from_a_demotion) {
  EXPECT_TRUE(was_unblocked_by_somebody("-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n"));
  EXPECT_TRUE(was_unblocked_by_somebody("UNBLOCKED client unblocked via CLIENT UNBLOCK"));
  EXPECT_FALSE(was_unblocked_by_somebody("UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)"));
  EXPECT_FALSE(was_unblocked_by_somebody("UNBLOCKED the stream key no longer exists"));
  EXPECT_FALSE(was_unblocked_by_somebody(""));
}

TEST(ErrorReply, takes_the_line_with_or_without_its_frame) {
  EXPECT_EQ(classify_error("-LOADING x\r\n"), Errc::loading);
  EXPECT_EQ(error_from_reply("-LOADING x\r\n").message, "LOADING x");
}

TEST(ErrorReply, says_that_nothing_was_executed_and_who_said_so) {
  const Error error = error_from_reply("ERR no", NodeAddress{"h", 1});
  EXPECT_EQ(error.execution, Execution::not_executed);
  EXPECT_EQ(error.node, (NodeAddress{"h", 1}));
  EXPECT_EQ(error.message, "ERR no");
}

TEST(ErrorReply, makes_control_bytes_printable) {
  EXPECT_EQ(error_from_reply("ERR a\nb\x1b[2J").message, "ERR a\\nb\\x1b[2J");
}

TEST(ErrorReply, cuts_long_texts) {
  for (const std::size_t size : {std::size_t{600}, std::size_t{1} << 20}) {
    const std::string message = error_from_reply("ERR " + std::string(size, 'x')).message;
    EXPECT_EQ(message.size(), 512U);
    EXPECT_EQ(message.substr(509), "...");
  }
}

TEST(ErrorReply, never_shows_what_follows_auth_or_is_quoted_of_an_unknown_command) {
  for (const char* text : {
           "ERR AUTH canary called without any password configured",
           "ERR auth default canary is wrong",
           "ERR unknown command 'AUTH', with args beginning with: 'canary' ",
           "ERR unknown command `HELLO`, with args beginning with: `3`, `AUTH`, `default`, `canary`, ",
           "ERR syntax error near AUTH2 user canary",
           "ERR Error in ACL SETUSER modifier '>canary': x",
           "ERR Syntax error in HELLO option 'canary'",
           "ERR unknown command 'CONFIG', with args beginning with: 'SET' 'requirepass' 'canary' ",
           "ERR Target instance replied with error: ERR unknown command 'SETT', with args beginning with: 'k' 'canary' ",
       }) {
    EXPECT_EQ(error_from_reply(text).message.find("canary"), std::string::npos) << error_from_reply(text).message;
  }
}

TEST(ErrorReply, keeps_texts_about_auth_that_hold_no_secret) {
  for (const char* text : {
           "ERR AUTH <password> called without any password configured for the default user.",
           "ERR wrong number of arguments for 'auth' command",
           "ERR Client sent AUTH, but no password is set",
           "ERR Client sent AUTH, but no username-password pair is set",
           "NOAUTH Authentication required.",
           "WRONGPASS invalid username-password pair or user is disabled.",
           "ERR unknown subcommand 'GETT'. Try CONFIG HELP.",
       }) {
    const std::string expected =
        std::string(text).find("<password>") != std::string::npos ? "ERR AUTH <password>" : text;
    EXPECT_EQ(error_from_reply(text).message.substr(0, expected.size()), expected);
  }
}

TEST(ErrorReply, finds_the_text_of_error_frames) {
  EXPECT_EQ(error_text("-ERR a\r\n"), "ERR a");
  EXPECT_EQ(error_text("!5\r\nERR b\r\n"), "ERR b");
  EXPECT_EQ(error_text("|1\r\n+k\r\n:1\r\n-ERR c\r\n"), "ERR c");
  EXPECT_EQ(error_text("+OK\r\n"), "");
}

}  // namespace
}  // namespace rediscluster::wire
