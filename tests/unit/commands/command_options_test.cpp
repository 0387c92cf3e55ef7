/// The words that options become, and the typed commands as sentences.
#include <rediscluster/commands/all.hpp>

#include "unit/commands/words.hpp"

namespace rediscluster {
namespace {

using namespace std::chrono_literals;

const std::chrono::system_clock::time_point valentines_day{1234567890123ms};

TEST(CommandOptions, of_set) {
  EXPECT_EQ(sentence_of(cmd::set("k", "v")), "SET k v");
  EXPECT_EQ(sentence_of(cmd::set("k", 7, {.expire_in = 10s, .only_if = Exists::no})), "SET k 7 PX 10000 NX");
  EXPECT_EQ(sentence_of(cmd::set("k", "v", {.expire_at = valentines_day, .only_if = Exists::yes})),
            "SET k v PXAT 1234567890123 XX");
  EXPECT_EQ(sentence_of(cmd::set("k", "v", {.keep_ttl = true, .if_equals = "old"})), "SET k v KEEPTTL IFEQ old");
  EXPECT_EQ(sentence_of(cmd::set_and_get("k", "v", {.keep_ttl = true})), "SET k v KEEPTTL GET");
}

TEST(CommandOptions, of_expiries) {
  EXPECT_EQ(sentence_of(cmd::expire("k", 10s)), "EXPIRE k 10");
  EXPECT_EQ(sentence_of(cmd::expire("k", 10s, ExpireIf::later)), "EXPIRE k 10 GT");
  EXPECT_EQ(sentence_of(cmd::pexpire("k", 10ms, ExpireIf::none_set)), "PEXPIRE k 10 NX");
  EXPECT_EQ(sentence_of(cmd::expireat("k", valentines_day, ExpireIf::some_set)), "EXPIREAT k 1234567891 XX") << "rounded up: it must not end sooner";
  EXPECT_EQ(sentence_of(cmd::pexpireat("k", valentines_day + std::chrono::microseconds(1))), "PEXPIREAT k 1234567890124");
  EXPECT_EQ(sentence_of(cmd::set("k", "v", {.expire_at = valentines_day + std::chrono::microseconds(1)})), "SET k v PXAT 1234567890124");
  EXPECT_EQ(sentence_of(cmd::pexpireat("k", valentines_day, ExpireIf::sooner)), "PEXPIREAT k 1234567890123 LT");
  EXPECT_EQ(sentence_of(cmd::getex("k", {.persist = true})), "GETEX k PERSIST");
  EXPECT_EQ(sentence_of(cmd::getex("k", {.expire_in = 1s})), "GETEX k PX 1000");
}

TEST(CommandOptions, of_copies) {
  EXPECT_EQ(sentence_of(cmd::copy("a", "b", {.replace = true})), "COPY a b REPLACE");
  EXPECT_EQ(sentence_of(cmd::restore("k", 5ms, "x", {.replace = true, .absolute_ttl = true, .idle_time = 3s})),
            "RESTORE k 5 x REPLACE ABSTTL IDLETIME 3");
  EXPECT_EQ(sentence_of(cmd::restore("k", 0ms, "x", {.frequency = 9})), "RESTORE k 0 x FREQ 9");
}

TEST(CommandOptions, of_scans_and_sorts) {
  EXPECT_EQ(sentence_of(cmd::scan(0, {.match = "a*", .count = 9, .type = "set"})), "SCAN 0 MATCH a* COUNT 9 TYPE set");
  EXPECT_EQ(sentence_of(cmd::hscan("h", "17", {.match = "a*", .count = 9})), "HSCAN h 17 MATCH a* COUNT 9");
  EXPECT_EQ(sentence_of(cmd::sort("l", {.by = "w*", .limit = Limit{1, 2}, .get = {"#", "o*"}, .descending = true})),
            "SORT l BY w* LIMIT 1 2 GET # GET o* DESC");
  EXPECT_EQ(sentence_of(cmd::sort_store("l", "d", {.alphabetical = true})), "SORT l ALPHA STORE d");
}

TEST(CommandOptions, of_bits) {
  EXPECT_EQ(sentence_of(cmd::bitcount("k", 1, -1)), "BITCOUNT k 1 -1");
  EXPECT_EQ(sentence_of(cmd::bitcount("k", 1, -1, BitUnit::bit)), "BITCOUNT k 1 -1 BIT");
  EXPECT_EQ(sentence_of(cmd::bitop(BitOperation::bit_not, "d", "a")), "BITOP NOT d a");
  const auto operations = BitfieldOperations()
                              .set("u8", 0, 200)
                              .overflow(BitfieldOperations::Overflow::saturate)
                              .incrby("i5", "#1", -1)
                              .get("u4", 3);
  EXPECT_EQ(sentence_of(cmd::bitfield("k", operations)),
            "BITFIELD k SET u8 0 200 OVERFLOW SAT INCRBY i5 #1 -1 GET u4 3");
}

TEST(CommandOptions, of_lists) {
  EXPECT_EQ(sentence_of(cmd::lmove("a", "b", ListEnd::left, ListEnd::right)), "LMOVE a b LEFT RIGHT");
  EXPECT_EQ(sentence_of(cmd::linsert("l", InsertPlace::after, "p", "e")), "LINSERT l AFTER p e");
  EXPECT_EQ(sentence_of(cmd::lpos("l", "e", {.rank = -1, .maxlen = 5})), "LPOS l e RANK -1 MAXLEN 5");
  EXPECT_EQ(sentence_of(cmd::lpos_all("l", "e", 0, {.rank = 2})), "LPOS l e COUNT 0 RANK 2");
  EXPECT_EQ(sentence_of(cmd::lmpop({"a", "b"}, ListEnd::right, 3)), "LMPOP 2 a b RIGHT COUNT 3");
  EXPECT_EQ(sentence_of(cmd::rpush("l", {"one", "", "three"})), "RPUSH l one  three");
}

TEST(CommandOptions, of_timeouts) {
  EXPECT_EQ(sentence_of(cmd::brpoplpush("a", "b", 1s)), "BRPOPLPUSH a b 1");
  EXPECT_EQ(sentence_of(cmd::brpoplpush("a", "b", 100ms)), "BRPOPLPUSH a b 0.1");
  EXPECT_EQ(sentence_of(cmd::blpop({"a", "b"}, 1001ms)), "BLPOP a b 1.001");
  EXPECT_EQ(sentence_of(cmd::blpop("a", 0ms)), "BLPOP a 0");
  EXPECT_EQ(sentence_of(cmd::blpop("a", -1ms)), "BLPOP a -1");
  EXPECT_EQ(sentence_of(cmd::bzmpop("a", ScoreEnd::max, 20ms)), "BZMPOP 0.02 1 a MAX COUNT 1");
}

TEST(CommandOptions, of_hashes) {
  EXPECT_EQ(sentence_of(cmd::hset("h", {{"a", 1}, {"b", "x"}})), "HSET h a 1 b x");
  EXPECT_EQ(sentence_of(cmd::hset("h", "a", 1)), "HSET h a 1");
  EXPECT_EQ(sentence_of(cmd::hexpire("h", 5s, {"a", "b"}, ExpireIf::none_set)), "HEXPIRE h 5 NX FIELDS 2 a b");
  EXPECT_EQ(sentence_of(cmd::hsetex("h", {{"a", 1}}, {.expire_in = 5ms, .only_if = Exists::no})),
            "HSETEX h FNX PX 5 FIELDS 1 a 1");
  EXPECT_EQ(sentence_of(cmd::hsetex("h", {{"a", 1}}, {.only_if = Exists::yes, .keep_ttl = true})),
            "HSETEX h FXX KEEPTTL FIELDS 1 a 1");
}

TEST(CommandOptions, of_sorted_sets) {
  EXPECT_EQ(sentence_of(cmd::zadd("z", {{"m", 1.5}}, {.only_if = Exists::no, .count_changed = true})),
            "ZADD z NX CH 1.5 m");
  EXPECT_EQ(sentence_of(cmd::zadd("z", {{"m", 2}}, {.only_if = Exists::yes, .update_if = ScoreChange::greater})),
            "ZADD z XX GT 2 m");
  EXPECT_EQ(sentence_of(cmd::zadd_incr("z", "m", 2, {.update_if = ScoreChange::less})), "ZADD z LT INCR 2 m");
  EXPECT_EQ(sentence_of(cmd::zrange("z", 0, -1)), "ZRANGE z 0 -1");
  EXPECT_EQ(sentence_of(cmd::zrange("z", "(1", "+inf", {.by = ZrangeBy::score, .limit = Limit{0, 5}})),
            "ZRANGE z (1 +inf BYSCORE LIMIT 0 5");
  EXPECT_EQ(sentence_of(cmd::zrange_with_scores("z", "+", "-", {.by = ZrangeBy::lex, .reverse = true})),
            "ZRANGE z + - BYLEX REV WITHSCORES");
  EXPECT_EQ(sentence_of(cmd::zunionstore("d", {"a", "b"}, {.weights = {1, 0.5}, .aggregate = Aggregate::max})),
            "ZUNIONSTORE d 2 a b WEIGHTS 1 0.5 AGGREGATE MAX");
  EXPECT_EQ(sentence_of(cmd::zrangebyscore("z", 1, 2, Limit{3, 4})), "ZRANGEBYSCORE z 1 2 LIMIT 3 4");
}

TEST(CommandOptions, of_servers) {
  EXPECT_EQ(sentence_of(cmd::flushall()), "FLUSHALL");
  EXPECT_EQ(sentence_of(cmd::flushall(FlushMode::async)), "FLUSHALL ASYNC");
  EXPECT_EQ(sentence_of(cmd::client_pause(5ms, PauseMode::write)), "CLIENT PAUSE 5 WRITE");
  EXPECT_EQ(sentence_of(cmd::memory_usage("k", 0)), "MEMORY USAGE k SAMPLES 0");
  EXPECT_EQ(sentence_of(cmd::cluster_setslot(5, SlotState::migrating, "id")), "CLUSTER SETSLOT 5 MIGRATING id");
  EXPECT_EQ(sentence_of(cmd::cluster_failover(FailoverMode::takeover)), "CLUSTER FAILOVER TAKEOVER");
  EXPECT_EQ(sentence_of(cmd::cluster_reset()), "CLUSTER RESET SOFT");
}

// Containers as arguments.
TEST(CommandArguments, come_from_any_container) {
  const std::vector<std::string> keys{"a", "b"};
  const std::map<std::string, std::string> values{{"a", "1"}, {"b", "2"}};
  const std::map<std::string, double> scores{{"m", 1.5}};
  EXPECT_EQ(sentence_of(cmd::del(keys)), "DEL a b");
  EXPECT_EQ(sentence_of(cmd::mset(values)), "MSET a 1 b 2");
  EXPECT_EQ(sentence_of(cmd::zadd("z", scores)), "ZADD z 1.5 m");
  EXPECT_EQ(sentence_of(cmd::sadd("s", std::set<int>{3, 1, 2})), "SADD s 1 2 3");
}

TEST(CommandOptions, a_connection_killed_by_its_address_is_named_by_a_filter_which_counts) {
  const std::string counted = "CLIENT KILL ADDR 10.0.0.1:7000 SKIPME NO";
  EXPECT_EQ(sentence_of(cmd::client_kill("10.0.0.1:7000")), counted);
  EXPECT_EQ(sentence_of(cmd::client_kill({std::string("10.0.0.1:7000")})), counted);
  EXPECT_EQ(sentence_of(encode("CLIENT KILL 10.0.0.1:7000").value()), counted);
  EXPECT_EQ(sentence_of(cmd::client_kill({"TYPE", "pubsub"})), "CLIENT KILL TYPE pubsub");
  EXPECT_EQ(sentence_of(encode("CLIENT KILL ID 5").value()), "CLIENT KILL ID 5");
}

}  // namespace
}  // namespace rediscluster
