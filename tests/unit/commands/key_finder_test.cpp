/// Where keys stand, command by command; arity; slots of words.
#include <rediscluster/key_slot.hpp>

#include "unit/commands/words.hpp"

namespace rediscluster {
namespace {

struct KeyCase {
  std::string_view sentence;
  std::vector<int> positions;
};

std::ostream& operator<<(std::ostream& out, const KeyCase& play) { return out << play.sentence; }

class KeyFinder : public ::testing::TestWithParam<KeyCase> {};

TEST_P(KeyFinder, finds_the_keys) {
  const Words words = split(GetParam().sentence);
  const auto keys = find_keys(facts_of(words), words);
  ASSERT_TRUE(keys) << keys.error().message;
  EXPECT_EQ(std::vector<int>(keys->begin(), keys->end()), GetParam().positions);
}

INSTANTIATE_TEST_SUITE_P(by_index, KeyFinder,
                         ::testing::Values(KeyCase{"GET k", {1}}, KeyCase{"MGET a b c", {1, 2, 3}},
                                         KeyCase{"MSET a 1 b 2", {1, 3}}, KeyCase{"OBJECT ENCODING k", {2}},
                                         KeyCase{"BITOP AND d a b", {2, 3, 4}}, KeyCase{"BLPOP a b 0", {1, 2}},
                                         KeyCase{"JSON.MGET a b $", {1, 2}}, KeyCase{"JSON.MSET a $ 1 b $ 2", {1, 4}},
                                         KeyCase{"RENAME a b", {1, 2}}, KeyCase{"XGROUP CREATE s g $", {2}},
                                         KeyCase{"MEMORY USAGE k", {2}}, KeyCase{"PING", {}},
                                         KeyCase{"CONFIG GET x", {}}, KeyCase{"COMMAND", {}}));

INSTANTIATE_TEST_SUITE_P(by_number_of_keys, KeyFinder,
                         ::testing::Values(KeyCase{"EVAL s 2 a b c", {3, 4}}, KeyCase{"EVAL s 0", {}},
                                         KeyCase{"EVAL s 0 x", {}}, KeyCase{"FCALL f 1 a x", {3}},
                                         KeyCase{"ZUNIONSTORE d 2 a b WEIGHTS 1 2", {1, 3, 4}},
                                         KeyCase{"LMPOP 2 a b LEFT", {2, 3}}, KeyCase{"BLMPOP 0 2 a b LEFT", {3, 4}},
                                         KeyCase{"SINTERCARD 1 a LIMIT 2", {2}},
                                         KeyCase{"MSETEX 2 a 1 b 2 NX", {2, 4}}));

INSTANTIATE_TEST_SUITE_P(of_sort, KeyFinder,
                         ::testing::Values(KeyCase{"SORT k", {1}}, KeyCase{"SORT k BY w_* GET o_* STORE d", {1, 7}},
                                         KeyCase{"SORT k STORE a STORE b", {1, 5}},
                                         KeyCase{"SORT k BY STORE LIMIT 0 1", {1}},
                                         KeyCase{"SORT k GET STORE store d", {1, 5}},
                                         KeyCase{"SORT k LIMIT STORE x ALPHA", {1}}, KeyCase{"SORT_RO k BY w_*", {1}},
                                         KeyCase{"SORT k STORE", {1}}));

INSTANTIATE_TEST_SUITE_P(of_migrate, KeyFinder,
                         ::testing::Values(KeyCase{"MIGRATE h 1 k 0 5", {3}},
                                         KeyCase{"MIGRATE h 1  0 5 KEYS a b", {7, 8}},
                                         KeyCase{"MIGRATE h 1  0 5 COPY AUTH KEYS KEYS a", {10}},
                                         KeyCase{"MIGRATE h 1  0 5 AUTH2 KEYS KEYS REPLACE keys a b", {11, 12}}));

INSTANTIATE_TEST_SUITE_P(of_georadius, KeyFinder,
                         ::testing::Values(KeyCase{"GEORADIUS k 1 2 3 m", {1}},
                                         KeyCase{"GEORADIUS k 1 2 3 m STORE d", {1, 7}},
                                         KeyCase{"GEORADIUS k 1 2 3 m STORE d storedist e", {1, 9}},
                                         KeyCase{"GEORADIUSBYMEMBER k STORE 3 m", {1}},
                                         KeyCase{"GEORADIUSBYMEMBER k m 3 m COUNT 1 STOREDIST d", {1, 8}}));

INSTANTIATE_TEST_SUITE_P(of_streams, KeyFinder,
                         ::testing::Values(KeyCase{"XREAD STREAMS a b 0 0", {2, 3}},
                                         KeyCase{"XREAD COUNT 1 BLOCK 0 streams a 0", {6}},
                                         KeyCase{"XREAD STREAMS STREAMS 0", {2}},
                                         KeyCase{"XREADGROUP GROUP STREAMS STREAMS NOACK STREAMS a >", {6}},
                                         KeyCase{"XREADGROUP GROUP g c COUNT 1 NOACK STREAMS a b > >", {8, 9}}));

INSTANTIATE_TEST_SUITE_P(of_channels, KeyFinder,
                         ::testing::Values(KeyCase{"SPUBLISH c m", {1}}, KeyCase{"SSUBSCRIBE a b", {1, 2}},
                                         KeyCase{"SUNSUBSCRIBE", {}}));

TEST(KeyFinderList, holds_more_keys_than_fit_inside) {
  Words words{"DEL"};
  for (int i = 0; i < 1000; ++i) words.push_back("k");
  const auto keys = find_keys(facts_of(words), words).value();
  ASSERT_EQ(keys.size(), 1000u);
  EXPECT_EQ(keys[999], 1000);
}

TEST(KeyFinderList, says_that_channels_only_route) {
  const Words words = split("SPUBLISH c m");
  EXPECT_TRUE(find_keys(facts_of(words), words)->only_route);
}

struct ErrorCase {
  std::string_view sentence;
  Errc code;
  std::string_view message;
};

std::ostream& operator<<(std::ostream& out, const ErrorCase& play) { return out << play.sentence; }

class EncodeErrors : public ::testing::TestWithParam<ErrorCase> {};

TEST_P(EncodeErrors, are_found_before_anything_is_sent) {
  const auto command = encode(GetParam().sentence);
  ASSERT_FALSE(command);
  EXPECT_EQ(command.error().code, GetParam().code);
  EXPECT_EQ(command.error().message, GetParam().message);
  EXPECT_EQ(command.error().execution, Execution::not_executed);
}

INSTANTIATE_TEST_SUITE_P(
    all, EncodeErrors,
    ::testing::Values(
        ErrorCase{"GET", Errc::wrong_arity, "GET takes 1 argument, but got 0"},
        ErrorCase{"get a b", Errc::wrong_arity, "GET takes 1 argument, but got 2"},
        ErrorCase{"MGET", Errc::wrong_arity, "MGET takes at least 1 argument, but got 0"},
        ErrorCase{"CONFIG GET", Errc::wrong_arity, "CONFIG GET takes at least 1 argument, but got 0"},
        ErrorCase{"CONFIG", Errc::wrong_arity, "CONFIG takes at least 1 argument, but got 0"},
        ErrorCase{"EVAL s 3 a b", Errc::wrong_arity, "EVAL: the number of keys is \"3\", but 2 arguments follow it"},
        ErrorCase{"EVAL s -1 a", Errc::wrong_arity, "EVAL: the number of keys is \"-1\", but 1 arguments follow it"},
        ErrorCase{"EVAL s x a", Errc::wrong_arity, "EVAL: the number of keys is \"x\", but 1 arguments follow it"},
        ErrorCase{"EVAL s 99999999999999999999 a", Errc::wrong_arity,
                  "EVAL: the number of keys is \"99999999999999999999\", but 1 arguments follow it"},
        ErrorCase{"ZUNION 0 a", Errc::missing_key, "ZUNION needs a key, and none was given"},
        ErrorCase{"XREAD COUNT 1 BLOCK 0", Errc::missing_key, "XREAD needs a key, and none was given"},
        ErrorCase{"XREAD STREAMS a b 0", Errc::wrong_arity,
                  "XREAD takes one id for each stream, but 3 arguments follow STREAMS"},
        ErrorCase{"MIGRATE h 1 k 0 5 KEYS a", Errc::wrong_arity,
                  "MIGRATE with KEYS takes an empty third argument, not a key"},
        ErrorCase{"MIGRATE h 1  0 5 KEYS", Errc::missing_key, "MIGRATE needs a key, and none was given"}));

TEST(EncodeWords, sends_the_name_in_upper_case_and_the_rest_as_it_is) {
  EXPECT_EQ(encode("config get MaxMemory")->bytes(), "*3\r\n$6\r\nCONFIG\r\n$3\r\nGET\r\n$9\r\nMaxMemory\r\n");
}

TEST(EncodeWords, sets_the_slot_of_the_keys) { EXPECT_EQ(encode("EVAL s 1 foo bar")->slot(), 12182); }

TEST(EncodeWords, knows_keys_of_several_slots) {
  EXPECT_EQ(encode("MGET foo bar")->slot(), EncodedCommand::several_slots);
}

TEST(EncodeWords, has_no_slot_without_keys) { EXPECT_EQ(encode("EVAL s 0 foo")->slot(), EncodedCommand::no_slot); }

TEST(EncodeWords, routes_sharded_channels_like_keys) { EXPECT_EQ(encode("SPUBLISH foo x")->slot(), 12182); }

TEST(EncodeWords, takes_a_slot_number_as_the_slot) {
  EXPECT_EQ(encode("CLUSTER GETKEYSINSLOT 16383 5")->slot(), 16383);
}

TEST(EncodeWords, leaves_a_wrong_slot_number_to_the_server) {
  EXPECT_EQ(encode("CLUSTER COUNTKEYSINSLOT 16384")->slot(), EncodedCommand::no_slot);
}

TEST(EncodeWords, reads_how_long_the_server_may_wait) {
  using std::chrono::milliseconds;
  EXPECT_EQ(encode("BLPOP a b 1.5")->block_for(), milliseconds(1500));
  EXPECT_EQ(encode("BLMPOP 2 1 a LEFT")->block_for(), milliseconds(2000));
  EXPECT_EQ(encode("BRPOPLPUSH a b 0")->block_for(), milliseconds(0));
  EXPECT_EQ(encode("XREAD COUNT 1 BLOCK 70 STREAMS a 0")->block_for(), milliseconds(70));
  EXPECT_EQ(encode("XREADGROUP GROUP BLOCK BLOCK BLOCK 7 STREAMS a >")->block_for(), milliseconds(7));
  EXPECT_EQ(encode("WAIT 1 30")->block_for(), milliseconds(30));
}

TEST(EncodeWords, waits_for_ever_where_the_timeout_is_in_a_spelling_that_only_servers_read) {
  for (const char* words : {"BLPOP a +0", "BLPOP a 0x10", "BLPOP a x"}) EXPECT_EQ(encode(words)->block_for(), std::chrono::milliseconds(0)) << words;
}

TEST(EncodeWords, does_not_wait_where_the_command_does_not) {
  EXPECT_FALSE(encode("XREAD STREAMS BLOCK 0")->block_for());
  EXPECT_FALSE(encode("GET a")->block_for());
}

}  // namespace
}  // namespace rediscluster
