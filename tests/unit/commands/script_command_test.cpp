/// A script by its hash and by its source.
#include <rediscluster/key_slot.hpp>
#include <rediscluster/script_source.hpp>

#include "commands/script_command.hpp"
#include "unit/commands/words.hpp"

namespace rediscluster {
namespace {

const std::string sha1_of_one = "e0e1f9fabfc9d4800c877a703b823ac0578ff8db";  // SCRIPT LOAD "return 1"

TEST(ScriptSource, knows_its_hash_as_servers_compute_it) {
  const ScriptSource script("return 1");
  EXPECT_EQ(script.sha1(), sha1_of_one);
  EXPECT_EQ(script.source(), "return 1");
}

TEST(ScriptSource, makes_commands_that_may_write_unless_told_otherwise) {
  const ScriptSource script("return 1");
  EXPECT_EQ(sentence_of(script.by_hash({"{k}1", "{k}2"}, {"x", 2})), "EVALSHA " + sha1_of_one + " 2 {k}1 {k}2 x 2");
  EXPECT_EQ(words_of(script.by_source({"k"})), (std::vector<std::string>{"EVAL", "return 1", "1", "k"}));
  const ScriptSource reading("return 1", {.read_only = true});
  EXPECT_EQ(sentence_of(reading.by_hash()), "EVALSHA_RO " + sha1_of_one + " 0");
  EXPECT_EQ(words_of(reading.by_source()), (std::vector<std::string>{"EVAL_RO", "return 1", "0"}));
}

TEST(WithSource, gives_the_same_command_as_encoding_it_anew) {
  for (const bool read_only : {false, true}) {
    const ScriptSource script("return ARGV[1]", {.read_only = read_only});
    const std::string binary("\r\n\0$", 4);
    const EncodedCommand expected = script.by_source({"{a}1", "{a}2"}, {binary});
    const EncodedCommand made = with_source(script.by_hash({"{a}1", "{a}2"}, {binary}), script.source());
    EXPECT_EQ(made.bytes(), expected.bytes());
    EXPECT_EQ(made.slot(), keyslot("a"));
    EXPECT_EQ(&made.facts(), &expected.facts());
    EXPECT_EQ(with_source(script.by_hash(), script.source()).slot(), EncodedCommand::no_slot);
  }
}

}  // namespace
}  // namespace rediscluster
