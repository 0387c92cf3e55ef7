/// The words that the options of geo, arrays and the younger commands of other groups become.
#include <rediscluster/commands/all.hpp>

#include "unit/commands/words.hpp"

namespace rediscluster {
namespace {

using namespace std::chrono_literals;

TEST(GeoOptions, of_geoadd) {
  EXPECT_EQ(sentence_of(cmd::geoadd("k", {{13.5, 38.25, "Palermo"}, {15, 37.5, "Catania"}})),
            "GEOADD k 13.5 38.25 Palermo 15 37.5 Catania");
  EXPECT_EQ(sentence_of(cmd::geoadd("k", {{1, 2, "m"}}, {.only_if = Exists::no, .count_changed = true})), "GEOADD k NX CH 1 2 m");
  const std::vector<GeoMember> many{{1, 2, "m"}};
  EXPECT_EQ(sentence_of(cmd::geoadd("k", many, {.only_if = Exists::yes})), "GEOADD k XX 1 2 m");
}

TEST(GeoOptions, of_searches) {
  const GeoCenter here = GeoCenter::position(15, 37.5);
  EXPECT_EQ(sentence_of(cmd::geosearch("k", here, GeoShape::circle(200, GeoUnit::km))), "GEOSEARCH k FROMLONLAT 15 37.5 BYRADIUS 200 KM");
  EXPECT_EQ(sentence_of(cmd::geosearch("k", GeoCenter::member("m"), GeoShape::box(4, 3, GeoUnit::mi),
                                       {.order = GeoOrder::farthest_first, .limit = GeoLimit{5, true}, .with_distance = true,
                                        .with_hash = true, .with_position = true})),
            "GEOSEARCH k FROMMEMBER m BYBOX 4 3 MI DESC COUNT 5 ANY WITHCOORD WITHDIST WITHHASH");
  EXPECT_EQ(sentence_of(cmd::geosearchstore("d", "k", here, GeoShape::circle(2), {.order = GeoOrder::nearest_first})),
            "GEOSEARCHSTORE d k FROMLONLAT 15 37.5 BYRADIUS 2 M ASC");
  EXPECT_EQ(sentence_of(cmd::geosearchstore_dist("d", "k", here, GeoShape::circle(2, GeoUnit::ft), {.limit = GeoLimit{3}})),
            "GEOSEARCHSTORE d k FROMLONLAT 15 37.5 BYRADIUS 2 FT COUNT 3 STOREDIST");
}

TEST(GeoOptions, of_georadius) {
  EXPECT_EQ(sentence_of(cmd::georadius("k", 15, 37, 200)), "GEORADIUS k 15 37 200 M");
  EXPECT_EQ(sentence_of(cmd::georadius_store("k", 15, 37, 200, GeoUnit::km, "d", {.limit = GeoLimit{3}})),
            "GEORADIUS k 15 37 200 KM COUNT 3 STORE d");
  EXPECT_EQ(sentence_of(cmd::georadiusbymember_storedist("k", "m", 200, GeoUnit::km, "d")), "GEORADIUSBYMEMBER k m 200 KM STOREDIST d");
  EXPECT_EQ(cmd::georadius_store("a", 15, 37, 200, GeoUnit::km, "b").slot(), EncodedCommand::several_slots);
}

TEST(ArrayOptions, of_elements_and_ranges) {
  EXPECT_EQ(sentence_of(cmd::armset("k", {{0, "a"}, {18446744073709551614u, "b"}})), "ARMSET k 0 a 18446744073709551614 b");
  EXPECT_EQ(sentence_of(cmd::ardelrange("k", {{0, 9}, {20, 29}})), "ARDELRANGE k 0 9 20 29");
  EXPECT_EQ(sentence_of(cmd::arset("k", 5, {"a", "b"})), "ARSET k 5 a b");
  EXPECT_EQ(sentence_of(cmd::arlastitems("k", 3, ArrayItemOrder::newest_first)), "ARLASTITEMS k 3 REV");
  EXPECT_EQ(sentence_of(cmd::arscan("k", 0, 9, 3)), "ARSCAN k 0 9 LIMIT 3");
}

TEST(ArrayOptions, of_searches_and_sums) {
  EXPECT_EQ(sentence_of(cmd::argrep("k", "-", "+", ArrayPattern::exactly("x"))), "ARGREP k - + EXACT x");
  EXPECT_EQ(sentence_of(cmd::argrep_with_values("k", 9, 0, {ArrayPattern::glob("a*"), ArrayPattern::expression("b$")},
                                                {.match_all = true, .limit = 4, .ignore_case = true})),
            "ARGREP k 9 0 GLOB a* RE b$ AND LIMIT 4 NOCASE WITHVALUES");
  EXPECT_EQ(sentence_of(cmd::arop("k", 0, 9, ArrayAggregate::max)), "AROP k 0 9 MAX");
  EXPECT_EQ(sentence_of(cmd::arop_bits("k", 0, 9, ArrayBits::bit_xor)), "AROP k 0 9 XOR");
  EXPECT_EQ(sentence_of(cmd::arop_match("k", 0, 9, "x")), "AROP k 0 9 MATCH x");
  EXPECT_EQ(sentence_of(cmd::arinfo_full("k")), "ARINFO k FULL");
}

TEST(YoungerOptions, of_strings) {
  EXPECT_EQ(sentence_of(cmd::delex("k")), "DELEX k");
  EXPECT_EQ(sentence_of(cmd::delex("k", DeleteIf::digest_differs("00ff"))), "DELEX k IFDNE 00ff");
  EXPECT_EQ(sentence_of(cmd::increx("k")), "INCREX k BYINT 1");
  EXPECT_EQ(sentence_of(cmd::increx("k", 5, {.saturate = true, .lower_bound = -1, .upper_bound = 9, .expire_in = 1s, .only_if_no_expiry = true})),
            "INCREX k BYINT 5 SATURATE LBOUND -1 UBOUND 9 PX 1000 ENX");
  EXPECT_EQ(sentence_of(cmd::increx_float("k", 1.5, {.upper_bound = 2.5, .persist = true})), "INCREX k BYFLOAT 1.5 UBOUND 2.5 PERSIST");
  EXPECT_EQ(sentence_of(cmd::msetex({{"{t}a", "1"}, {"{t}b", "2"}}, {.expire_in = 1s, .only_if = Exists::no})),
            "MSETEX 2 {t}a 1 {t}b 2 NX PX 1000");
  EXPECT_EQ(sentence_of(cmd::msetex({{"a", "1"}}, {.keep_ttl = true})), "MSETEX 1 a 1 KEEPTTL");
}

TEST(YoungerOptions, that_exclude_each_other_are_refused) {
  EXPECT_EQ(cmd::increx("k", 5, {.expire_in = 1s}).refusal(), nullptr);
  EXPECT_NE(cmd::increx("k", 5, {.expire_in = 1s, .persist = true}).refusal(), nullptr);
  EXPECT_NE(cmd::increx("k", 5, {.only_if_no_expiry = true}).refusal(), nullptr);
  EXPECT_NE(cmd::msetex({{"a", "1"}}, {.expire_in = 1s, .keep_ttl = true}).refusal(), nullptr);
  const std::chrono::system_clock::time_point then{1500ms};
  EXPECT_NE(cmd::xclaim("s", "g", "c", 0ms, "1-1", {.idle = 1s, .delivered_at = then}).refusal(), nullptr);
  EXPECT_NE(cmd::xcfgset("s").refusal(), nullptr);
}

TEST(YoungerOptions, of_lists_and_sets) {
  EXPECT_EQ(sentence_of(cmd::lmovem("a", "b", ListEnd::left, ListEnd::right)), "LMOVEM a b LEFT RIGHT");
  EXPECT_EQ(sentence_of(cmd::lmovem("a", "b", ListEnd::left, ListEnd::right, MoveCount::up_to(5))), "LMOVEM a b LEFT RIGHT COUNT 5 BULK");
  const auto waiting = cmd::blmovem("a", "b", ListEnd::right, ListEnd::left, 1500ms, MoveCount::exactly(2, MoveOrder::one_by_one));
  EXPECT_EQ(sentence_of(waiting), "BLMOVEM a b RIGHT LEFT 1.5 EXACTLY 2 OBO");
  EXPECT_EQ(waiting.block_for(), 1500ms);
  EXPECT_EQ(sentence_of(cmd::sdiffcard({"a", "b"}, 5)), "SDIFFCARD 2 a b LIMIT 5");
  EXPECT_EQ(sentence_of(cmd::sunioncard({"a", "b"}, {.approximate = true, .limit = 5})), "SUNIONCARD 2 a b APPROX LIMIT 5");
}

TEST(YoungerOptions, of_migrate) {
  EXPECT_EQ(sentence_of(cmd::migrate("h", 7000, "k", 0, 5s, {.copy = true, .replace = true})), "MIGRATE h 7000 k 0 5000 COPY REPLACE");
  EXPECT_EQ(sentence_of(cmd::migrate_keys("h", 7000, {"{t}a", "{t}b"}, 0, 5s, {.login = MigrateLogin{.user = "u", .password = "p"}})),
            "MIGRATE h 7000  0 5000 AUTH2 u p KEYS {t}a {t}b");
  EXPECT_EQ(sentence_of(cmd::migrate("h", 7000, "k", 0, 5s, {.login = MigrateLogin{.password = "p"}})), "MIGRATE h 7000 k 0 5000 AUTH p");
  EXPECT_EQ(cmd::migrate_keys("{u}", 7000, {"{t}a"}, 0, 5s).slot(), encode("GET {t}a")->slot());
}

}  // namespace
}  // namespace rediscluster
