/// Errors of servers without the secrets of the commands that they answer.
#include "commands/secret_words.hpp"

#include <gtest/gtest.h>

#include "commands/command_table.hpp"
#include "commands/key_finder.hpp"

namespace rediscluster {
namespace {

Error refusal(const std::vector<std::string_view>& words, std::string_view text) {
  const CommandFacts* facts = find_command(words[0], words.size() > 1 ? words[1] : std::string_view());
  const Result<EncodedCommand> command = encode_words(*facts, words);
  return command ? refusal_of(*command, text) : command.error();
}

const std::string canary = "c4n4ry-p4ssw0rd";
const std::string rule = ">" + canary;

TEST(RefusalOf, shows_no_secret_of_the_command_whatever_the_server_quotes) {
  const std::vector<std::vector<std::string_view>> commands{
      {"AUTH", canary},
      {"HELLO", "3", "AUTH", "ann", canary},
      {"ACL", "SETUSER", "ann", "on", rule},
      {"CONFIG", "SET", "masterauth", canary},
      {"MIGRATE", "host", "7000", "k", "0", "100", "AUTH", canary},
      {"MIGRATE", "host", "7000", "k", "0", "100", "AUTH2", "ann", canary},
      {"MODULE", "LOAD", "/m.so", canary},
  };
  const std::string half = canary.substr(0, 9);
  for (const auto& command : commands) {
    for (const std::string& text : {"ERR Invalid argument '" + canary + "' for CONFIG SET 'x'", "ERR Unrecognized '" + rule + "'",
                                    canary + " is no word", "ERR " + canary + canary, "ERR '" + half + "...' is too long"}) {
      const Error error = refusal(command, text);
      EXPECT_EQ(error.message.find(half), std::string::npos) << error.message;
      EXPECT_NE(error.message.find("***"), std::string::npos) << error.message;
    }
  }
}

TEST(RefusalOf, keeps_code_and_words_that_happen_to_be_part_of_a_value) {
  const Error error = refusal({"CONFIG", "SET", "appendonly", "on"}, "NOPERM this config option is immutable");
  EXPECT_EQ(error.message, "NOPERM this config option is immutable");
  EXPECT_EQ(error.code, Errc::no_permission);
  EXPECT_EQ(refusal({"CONFIG", "SET", "appendonly", "NOPERM"}, "NOPERM no").code, Errc::no_permission);
  EXPECT_EQ(refusal({"CONFIG", "SET", "port", "1"}, "ERR port 10 is not 1").message, "ERR port 10 is not ***");
}

TEST(RefusalOf, leaves_other_commands_alone) {
  EXPECT_EQ(refusal({"XGROUP", "CREATE", "AUTH", "group", "$"}, "NOGROUP No such key 'group'").message, "NOGROUP No such key 'group'");
}

}  // namespace
}  // namespace rediscluster
