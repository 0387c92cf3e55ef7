/// The functions of module commands: their words, and their keys as keys.
#include <rediscluster/modules.hpp>

#include "unit/commands/words.hpp"

namespace rediscluster {
namespace {

TEST(ModuleCommands, have_their_keys_as_keys) {
  EXPECT_EQ(sentence_of(cmd::json_get("k", {"$"})), "JSON.GET k $");
  EXPECT_EQ(sentence_of(cmd::json_set("k", "$", "{\"a\":1}", {"NX"})), "JSON.SET k $ {\"a\":1} NX");
  EXPECT_EQ(sentence_of(cmd::cms_merge("{t}d", {"{t}a", "{t}b"}, {"WEIGHTS", 1, 2})), "CMS.MERGE {t}d 2 {t}a {t}b WEIGHTS 1 2");
  EXPECT_EQ(sentence_of(cmd::topk_incrby("k", {{"a", 2}, {"b", 3}})), "TOPK.INCRBY k a 2 b 3");
  EXPECT_EQ(sentence_of(cmd::ft_search("index", "@a:b", {"LIMIT", 0, 5})), "FT.SEARCH index @a:b LIMIT 0 5");
  EXPECT_EQ(cmd::json_mget({"a", "b"}, "$").slot(), EncodedCommand::several_slots);
  EXPECT_EQ(cmd::ft_search("index", "x").slot(), EncodedCommand::no_slot);
}

TEST(ModuleCommands, find_keys_among_their_words) {
  const int slot = cmd::json_get("{t}").slot();
  EXPECT_EQ(cmd::json_mset({"{t}a", "$", "1", "{t}b", "$", "2"}).slot(), slot);
  EXPECT_EQ(cmd::ts_madd({"{t}a", 1, 2, "{t}b", 1, 2}).slot(), slot);
  EXPECT_EQ(cmd::json_mset({"a", "$", "1", "b", "$", "2"}).slot(), EncodedCommand::several_slots);
}

}  // namespace
}  // namespace rediscluster
