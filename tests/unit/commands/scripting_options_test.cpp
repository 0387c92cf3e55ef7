/// The scripting commands as sentences, and where their keys send them.
#include <rediscluster/commands/scripting.hpp>
#include <rediscluster/key_slot.hpp>

#include "unit/commands/words.hpp"

namespace rediscluster {
namespace {

TEST(ScriptingCommands, count_their_keys) {
  EXPECT_EQ(sentence_of(cmd::eval("s", {"a", "b"}, {1, "x"})), "EVAL s 2 a b 1 x");
  EXPECT_EQ(sentence_of(cmd::eval_ro("s", "k")), "EVAL_RO s 1 k");
  EXPECT_EQ(sentence_of(cmd::evalsha("0123", {}, {"x"})), "EVALSHA 0123 0 x");
  EXPECT_EQ(sentence_of(cmd::evalsha_ro("0123")), "EVALSHA_RO 0123 0");
  EXPECT_EQ(sentence_of(cmd::fcall("f", {"k"}, {"x", 2})), "FCALL f 1 k x 2");
  EXPECT_EQ(sentence_of(cmd::fcall_ro("f")), "FCALL_RO f 0");
}

TEST(ScriptingCommands, go_where_their_keys_are) {
  EXPECT_EQ(cmd::eval("s", {"{a}1", "{a}2"}, "other").slot(), keyslot("a"));
  EXPECT_EQ(cmd::eval("s", {}, {"a", "b"}).slot(), EncodedCommand::no_slot);
  EXPECT_EQ(cmd::fcall("f", {"a", "b"}).slot(), EncodedCommand::several_slots);
}

TEST(ScriptingCommands, of_scripts) {
  EXPECT_EQ(sentence_of(cmd::script_load("return 1")), "SCRIPT LOAD return 1");
  EXPECT_EQ(sentence_of(cmd::script_exists({"01", "02"})), "SCRIPT EXISTS 01 02");
  EXPECT_EQ(sentence_of(cmd::script_flush()), "SCRIPT FLUSH");
  EXPECT_EQ(sentence_of(cmd::script_flush(FlushMode::async)), "SCRIPT FLUSH ASYNC");
  EXPECT_EQ(sentence_of(cmd::script_debug(ScriptDebugMode::sync)), "SCRIPT DEBUG SYNC");
}

TEST(ScriptingCommands, of_functions) {
  EXPECT_EQ(sentence_of(cmd::function_load("code")), "FUNCTION LOAD code");
  EXPECT_EQ(sentence_of(cmd::function_load("code", {.replace = true})), "FUNCTION LOAD REPLACE code");
  EXPECT_EQ(sentence_of(cmd::function_list()), "FUNCTION LIST");
  EXPECT_EQ(sentence_of(cmd::function_list({.library = "l*", .with_code = true})), "FUNCTION LIST LIBRARYNAME l* WITHCODE");
  EXPECT_EQ(sentence_of(cmd::function_restore("dump")), "FUNCTION RESTORE dump");
  EXPECT_EQ(sentence_of(cmd::function_restore("dump", RestorePolicy::flush)), "FUNCTION RESTORE dump FLUSH");
  EXPECT_EQ(sentence_of(cmd::function_delete("lib")), "FUNCTION DELETE lib");
}

}  // namespace
}  // namespace rediscluster
