/// What error replies prove of commands that may fail half-way. The texts are those of Redis 7.0.15, 8.0.2 and Valkey 8.1.1.
#include "routing/refusal.hpp"

#include <gtest/gtest.h>

#include <string>

#include "command_play.hpp"

namespace rediscluster::routing {
namespace {

constexpr const char* own_slot_of_k = "7629";

bool proves(const std::string& text, const std::vector<std::string>& words) { return proves_not_run(text, command(words)); }

TEST(Refusal, of_a_plain_command_every_error_proves_that_it_has_not_run) {
  for (const char* text : {"ERR no", "MOVED 1 h:1", "BUSY x", "whatever"}) {
    EXPECT_TRUE(proves(text, {"SET", "k", "v"})) << text;
    EXPECT_TRUE(proves(text, {"EVAL_RO", "return 1", "1", "k"})) << text;
    EXPECT_TRUE(proves(text, {"FCALL_RO", "f", "1", "k"})) << text;
  }
}

TEST(Refusal, of_a_script_only_the_words_that_servers_say_before_its_first_line) {
  for (const std::string text :
       {"TRYAGAIN Multiple keys request during rehashing of slot", "CLUSTERDOWN The cluster is down", "CLUSTERDOWN Hash slot not served",
        "CLUSTERDOWN The cluster is down and only accepts read commands", "CROSSSLOT Keys in request don't hash to the same slot",
        "LOADING Redis is loading the dataset in memory", "LOADING Valkey is loading the dataset in memory",
        "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
        "BUSY Valkey is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.",
        "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", "NOAUTH Authentication required.",
        "READONLY Can not run script with write flag on readonly replica.", "NOPERM this user has no permissions to run the 'eval' command",
        "NOPERM User app has no permissions to run the 'eval' command", "NOPERM No permissions to access a key",
        "ERR unknown command 'EVAL', with args beginning with: 'x'", "ERR wrong number of arguments for 'eval' command",
        "ERR Number of keys can't be greater than number of args", "ERR Error compiling script (new function): user_script:1: '=' expected"}) {
    EXPECT_TRUE(proves(text, {"EVAL", "return 1", "1", "k"})) << text;
    EXPECT_TRUE(proves("-" + text + "\r\n", {"FCALL", "f", "1", "k"})) << text;
  }
  EXPECT_TRUE(proves("ERR Function not found", {"FCALL", "f", "1", "k"}));
}

TEST(Refusal, of_a_script_nothing_that_it_may_say_itself) {
  for (const char* text :
       {"BUSY x", "TRYAGAIN x", "CLUSTERDOWN x", "LOADING x", "READONLY x", "MASTERDOWN x", "NOREPLICAS x", "UNBLOCKED x", "NOAUTH x", "NOPERM x",
        "NOSCRIPT x", "MOVED x", "MOVED", "ASK", "ERR x", "OOM x", "WRONGTYPE Operation against a key holding the wrong kind of value",
        "OOM command not allowed when used memory > 'maxmemory'. script: 7f92, on @user_script:1.",
        "OOM command not allowed when used memory > 'maxmemory'.", "READONLY You can't write against a read only replica.",
        "NOPERM ACL failure in script: User app has no permissions to run the 'set' command",
        "NOPERM The user executing the script can't run this command or subcommand script: 7f92, on @user_script:1.",
        "NOREPLICAS Not enough good replicas to write. script: 7f92, on @user_script:1.",
        "ERR wrong number of arguments for 'set' command script: 7f92, on @user_script:1.",
        "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)", ""}) {
    for (const char* name : {"EVAL", "EVALSHA", "FCALL"}) EXPECT_FALSE(proves(text, {name, "x", "1", "k"})) << name << ' ' << text;
  }
}

TEST(Refusal, a_redirect_is_believed_for_the_slot_of_the_scripts_own_keys) {
  const std::vector<std::string> script{"EVAL", "return 1", "1", "k"};
  EXPECT_TRUE(proves(std::string("MOVED ") + own_slot_of_k + " 127.0.0.1:7001", script));
  EXPECT_TRUE(proves(std::string("ASK ") + own_slot_of_k + " 127.0.0.1:7001", script));
  EXPECT_FALSE(proves("MOVED 100 127.0.0.1:7001", script));
  EXPECT_FALSE(proves(std::string("MOVED ") + own_slot_of_k, script));
  EXPECT_FALSE(proves("MOVED 0 127.0.0.1:7001", {"EVAL", "return 1", "0"})) << "a script without keys is never sent elsewhere";
}

TEST(Refusal, noscript_is_only_what_a_server_says_that_lacks_the_script) {
  for (const char* text : {"NOSCRIPT No matching script. Please use EVAL.", "NOSCRIPT No matching script."}) {
    const Error error = error_of_refusal(command({"EVALSHA", "x", "1", "k"}), text);
    EXPECT_EQ(error.code, Errc::no_script);
    EXPECT_EQ(error.execution, Execution::not_executed);
  }
  const Error own_words = error_of_refusal(command({"EVALSHA", "x", "1", "k"}), "NOSCRIPT mine");
  EXPECT_EQ(own_words.code, Errc::response_error);
  EXPECT_EQ(own_words.execution, Execution::maybe_executed);
}

TEST(Refusal, migrate_may_have_moved_some_of_its_keys) {
  const std::vector<std::string> migrate{"MIGRATE", "h", "7000", "", "0", "100", "KEYS", "k"};
  for (const char* text : {"IOERR error or timeout reading to target instance", "IOERR error or timeout writing to target instance",
                           "ERR Target instance replied with error: BUSYKEY Target key name already exists."}) {
    EXPECT_FALSE(proves(text, migrate)) << text;
  }
  for (const char* text : {"IOERR error or timeout connecting to the client", "ERR Can't connect to target node: refused", "ERR syntax error",
                           "READONLY You can't write against a read only replica.", "MOVED 7629 127.0.0.1:7001"}) {
    EXPECT_TRUE(proves(text, migrate)) << text;
  }
}

TEST(Refusal, of_a_write_that_only_a_server_knows_nothing_more_is_known) {
  const CommandFacts learnt{.name = "MODULE.WRITE", .flags = flag_write | flag_learnt};
  const CommandFacts learnt_read{.name = "MODULE.READ", .flags = flag_read_only | flag_learnt};
  const auto proves_of = [](const CommandFacts& facts, const char* text) { return proves_not_run(text, CommandView(facts, "*1\r\n$1\r\nx\r\n", 3)); };
  EXPECT_FALSE(proves_of(learnt, "ERR half of it"));
  EXPECT_FALSE(proves_of(learnt, "BUSY x"));
  EXPECT_TRUE(proves_of(learnt, "READONLY You can't write against a read only replica."));
  EXPECT_TRUE(proves_of(learnt, "MOVED 3 127.0.0.1:7001"));
  EXPECT_TRUE(proves_of(learnt_read, "ERR half of it"));
}

}  // namespace
}  // namespace rediscluster::routing
