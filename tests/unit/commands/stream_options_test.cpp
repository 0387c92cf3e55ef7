/// The words that the options of streams become, the keys of reads over several streams, and how long they may take.
#include <rediscluster/commands/stream.hpp>

#include "unit/commands/words.hpp"

namespace rediscluster {
namespace {

using namespace std::chrono_literals;

TEST(StreamOptions, of_xadd) {
  EXPECT_EQ(sentence_of(cmd::xadd("s", {{"f", "v"}, {"g", 7}})), "XADD s * f v g 7");
  EXPECT_EQ(sentence_of(cmd::xadd("s", {{"f", "v"}}, {.id = "5-*", .trim = StreamTrim::max_length(1000), .only_if_exists = true})),
            "XADD s NOMKSTREAM MAXLEN 1000 5-* f v");
  EXPECT_EQ(sentence_of(cmd::xadd("s", {{"f", "v"}}, {.trim = StreamTrim::min_id("5-1").approximately(50),
                                                       .references = StreamReferences::acknowledged})),
            "XADD s ACKED MINID ~ 5-1 LIMIT 50 * f v");
  EXPECT_EQ(sentence_of(cmd::xadd("s", {{"f", "v"}}, {.producer = StreamProducer{.id = "p", .message_id = "m"}})),
            "XADD s IDMP p m * f v");
  EXPECT_EQ(sentence_of(cmd::xadd("s", {{"f", "v"}}, {.producer = StreamProducer{.id = "p"}})), "XADD s IDMPAUTO p * f v");
}

TEST(StreamOptions, of_reads) {
  EXPECT_EQ(sentence_of(cmd::xread({{"a", "0"}, {"b", "$"}})), "XREAD STREAMS a b 0 $");
  EXPECT_EQ(sentence_of(cmd::xread({{"a", "0"}}, {.count = 5, .block = 250ms, .max_count = 9, .max_size = 7})),
            "XREAD COUNT 5 MAXCOUNT 9 MAXSIZE 7 BLOCK 250 STREAMS a 0");
  EXPECT_EQ(sentence_of(cmd::xreadgroup("g", "c", {{"a", ">"}}, {.count = 5, .block = 0ms, .claim = 1s, .no_ack = true})),
            "XREADGROUP GROUP g c COUNT 5 BLOCK 0 CLAIM 1000 NOACK STREAMS a >");
}

TEST(StreamOptions, tell_how_long_a_read_may_wait) {
  EXPECT_EQ(cmd::xread({{"a", "$"}}).block_for(), std::nullopt);
  EXPECT_EQ(cmd::xread({{"a", "$"}}, {.block = 250ms}).block_for(), 250ms);
  EXPECT_EQ(cmd::xreadgroup("g", "c", {{"a", ">"}}, {.block = 0ms}).block_for(), 0ms);
}

TEST(StreamReads, route_by_their_keys_and_never_by_their_ids) {
  const auto one = cmd::xread({{"{t}a", "{u}"}, {"{t}b", "0"}});
  EXPECT_EQ(one.slot(), encode("GET {t}a")->slot());
  EXPECT_EQ(cmd::xread({{"a", "0"}, {"b", "0"}}).slot(), EncodedCommand::several_slots);
  EXPECT_EQ(cmd::xreadgroup("{u}", "{v}", {{"{t}a", ">"}}).slot(), one.slot());
}

TEST(StreamOptions, of_groups) {
  EXPECT_EQ(sentence_of(cmd::xgroup_create("s", "g", "$")), "XGROUP CREATE s g $");
  EXPECT_EQ(sentence_of(cmd::xgroup_create("s", "g", 0, {.mkstream = true, .entries_read = 3})),
            "XGROUP CREATE s g 0 MKSTREAM ENTRIESREAD 3");
  EXPECT_EQ(sentence_of(cmd::xgroup_setid("s", "g", "$", 5)), "XGROUP SETID s g $ ENTRIESREAD 5");
}

TEST(StreamOptions, of_pending_entries) {
  EXPECT_EQ(sentence_of(cmd::xpending("s", "g")), "XPENDING s g");
  EXPECT_EQ(sentence_of(cmd::xpending_range("s", "g")), "XPENDING s g - + 10");
  EXPECT_EQ(sentence_of(cmd::xpending_range("s", "g", {.start = "(1-1", .end = "9", .count = 2, .consumer = "c", .min_idle = 5s})),
            "XPENDING s g IDLE 5000 (1-1 9 2 c");
  EXPECT_EQ(sentence_of(cmd::xclaim("s", "g", "c", 5s, {"1-1", "2-1"}, {.idle = 1s, .deliveries = 2, .force = true, .last_id = "3-1"})),
            "XCLAIM s g c 5000 1-1 2-1 IDLE 1000 RETRYCOUNT 2 FORCE LASTID 3-1");
  const std::chrono::system_clock::time_point then{1500ms};
  EXPECT_EQ(sentence_of(cmd::xclaim_justid("s", "g", "c", 0ms, "1-1", {.delivered_at = then})), "XCLAIM s g c 0 1-1 TIME 1500 JUSTID");
  EXPECT_EQ(sentence_of(cmd::xautoclaim("s", "g", "c", 1s, "0", 5)), "XAUTOCLAIM s g c 1000 0 COUNT 5");
  EXPECT_EQ(sentence_of(cmd::xautoclaim_justid("s", "g", "c", 1s, "0")), "XAUTOCLAIM s g c 1000 0 JUSTID");
  EXPECT_EQ(sentence_of(cmd::xnack("s", "g", NackMode::fatal, {"1-1", "2-1"}, {.deliveries = 3, .force = true})),
            "XNACK s g FATAL IDS 2 1-1 2-1 RETRYCOUNT 3 FORCE");
}

TEST(StreamOptions, of_what_deletes) {
  EXPECT_EQ(sentence_of(cmd::xdelex("s", {"1-1", "2-1"})), "XDELEX s IDS 2 1-1 2-1");
  EXPECT_EQ(sentence_of(cmd::xackdel("s", "g", "1-1", StreamReferences::remove)), "XACKDEL s g DELREF IDS 1 1-1");
  EXPECT_EQ(sentence_of(cmd::xtrim("s", StreamTrim::max_length(9))), "XTRIM s MAXLEN 9");
  EXPECT_EQ(sentence_of(cmd::xtrim("s", StreamTrim::min_id("9").approximately(0), StreamReferences::keep)),
            "XTRIM s MINID ~ 9 LIMIT 0 KEEPREF");
}

TEST(StreamOptions, of_settings_and_questions) {
  EXPECT_EQ(sentence_of(cmd::xcfgset("s", {.duration = 1min, .max_size = 50})), "XCFGSET s IDMP-DURATION 60 IDMP-MAXSIZE 50");
  EXPECT_EQ(sentence_of(cmd::xsetid("s", "9-9", {.entries_added = 4, .max_deleted_id = "3-1"})),
            "XSETID s 9-9 ENTRIESADDED 4 MAXDELETEDID 3-1");
  EXPECT_EQ(sentence_of(cmd::xinfo_stream_full("s", 5)), "XINFO STREAM s FULL COUNT 5");
  EXPECT_EQ(sentence_of(cmd::xrange("s", "-", "+", 5)), "XRANGE s - + COUNT 5");
}

}  // namespace
}  // namespace rediscluster
