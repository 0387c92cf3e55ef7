/// Commands as text: cut, printable, and without secrets.
#include "commands/shown_command.hpp"

#include <gtest/gtest.h>

#include "commands/key_finder.hpp"
#include "commands/command_table.hpp"

namespace rediscluster {
namespace {

std::string shown_words(const std::vector<std::string_view>& words) {
  const CommandFacts* facts = find_command(words[0], words.size() > 1 ? words[1] : std::string_view());
  const Result<EncodedCommand> command = encode_words(*facts, words);
  return command ? shown(*command) : command.error().message;
}

TEST(ShownCommand, has_name_and_arguments) { EXPECT_EQ(shown_words({"set", "k", "v"}), "SET k v"); }

TEST(ShownCommand, is_one_line_of_bounded_length) {
  const std::string huge(100'000, 'x');
  const std::string text = shown_words({"MSET", "k\r\n\0", huge, "a", huge, "b", huge, "c", huge, "d", huge, "e", huge});
  EXPECT_LT(text.size(), 600u);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_NE(text.find("... (4 more)"), std::string::npos) << text;
}

TEST(ShownCommand, hides_what_may_be_a_secret) {
  EXPECT_EQ(shown_words({"AUTH", "secret"}), "AUTH ***");
  EXPECT_EQ(shown_words({"auth", "user", "secret"}), "AUTH *** ***");
  EXPECT_EQ(shown_words({"HELLO", "3", "auth", "user", "secret", "SETNAME", "me"}), "HELLO 3 auth *** *** SETNAME me");
  EXPECT_EQ(shown_words({"ACL", "SETUSER", "alice", "on", ">secret"}), "ACL SETUSER alice *** ***");
  EXPECT_EQ(shown_words({"CONFIG", "SET", "requirepass", "secret", "maxmemory", "1"}), "CONFIG SET requirepass *** maxmemory ***");
  EXPECT_EQ(shown_words({"MIGRATE", "host", "7000", "k", "0", "100", "AUTH", "secret"}), "MIGRATE host 7000 k 0 100 AUTH ***");
  EXPECT_EQ(shown_words({"MIGRATE", "host", "7000", "k", "0", "100", "AUTH2", "user", "secret"}), "MIGRATE host 7000 k 0 100 AUTH2 *** ***");
  EXPECT_EQ(shown_words({"MODULE", "LOAD", "/m.so", "token"}), "MODULE LOAD /m.so ***");
}

}  // namespace
}  // namespace rediscluster
