// Streams and places against a real cluster, through both surfaces and both protocols.
#include <future>

#include "support/commands_fixture.hpp"
#include "support/messages.hpp"

namespace {

using namespace rediscluster;
using namespace std::chrono_literals;
using namespace test_support;
using Strings = std::vector<std::string>;

class StreamCommands : public Commands {};
INSTANTIATE_TEST_SUITE_P(Protocol, StreamCommands, ::testing::Values(3, 2),
                         [](const auto& each) { return "RESP" + std::to_string(each.param); });

TEST_P(StreamCommands, entries_are_added_read_and_cut) {
  on_both_surfaces([](auto& c) {
    EXPECT_EQ(value(c.xadd("s", {{"a", 1}, {"a", 2}}, {.id = "1-1"})), "1-1");
    EXPECT_EQ(value(c.xadd("s", {{"b", "x"}}, {.id = "2-*"})), "2-0");
    EXPECT_EQ(value(c.xadd("none", {{"b", "x"}}, {.only_if_exists = true})), std::nullopt);
    EXPECT_EQ(value(c.xlen("s")), 2);

    const StreamEntry first{"1-1", {{"a", "1"}, {"a", "2"}}}, second{"2-0", {{"b", "x"}}};
    EXPECT_EQ(value(c.xrange("s", "-", "+")), (std::vector<StreamEntry>{first, second}));
    EXPECT_EQ(value(c.xrange("s", "(1-1", "+", 1)), (std::vector<StreamEntry>{second}));
    EXPECT_EQ(value(c.xrevrange("s", "+", "-", 1)), (std::vector<StreamEntry>{second}));
    EXPECT_TRUE(value(c.xrange("none", "-", "+")).empty());

    EXPECT_EQ(value(c.xdel("s", {"1-1", "9-9"})), 1);
    EXPECT_EQ(value(c.xtrim("s", StreamTrim::max_length(0))), 1);
    EXPECT_TRUE(value(c.xsetid("s", "7-7")));
    EXPECT_EQ(value(c.xadd("s", {{"b", "x"}}, {.id = "8-1", .trim = StreamTrim::min_id("8").approximately()})), "8-1");
  });
}

TEST_P(StreamCommands, streams_of_one_slot_are_read_together) {
  on_both_surfaces([](auto& c) {
    value(c.xadd("{t}a", {{"f", "1"}}, {.id = "1-1"}));
    value(c.xadd("{t}b", {{"f", "2"}}, {.id = "5-1"}));
    EXPECT_EQ(value(c.xread({{"{t}b", "0"}, {"{t}a", "0"}, {"{t}none", "0"}})),
              (std::vector<StreamBatch>{{"{t}b", {{"5-1", {{"f", "2"}}}}}, {"{t}a", {{"1-1", {{"f", "1"}}}}}}));
    EXPECT_TRUE(value(c.xread({{"{t}a", "1-1"}})).empty());
    EXPECT_TRUE(value(c.xread({{"{t}a", "$"}}, {.block = 20ms})).empty());
  });
}

TEST_P(StreamCommands, streams_of_several_slots_are_refused_with_their_slots) {
  const std::string message = message_of<ClusterCrossSlotError>([&] { client_.xread({{"foo", "0"}, {"bar", "0"}}); });
  for (const char* part : {"foo", "bar", "12182", "5061"}) EXPECT_TRUE(contains(message, part)) << message;
  const auto refused = client_.nothrow().xreadgroup("g", "c", {{"foo", ">"}, {"bar", ">"}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::cross_slot);
  EXPECT_EQ(refused.error().execution, Execution::not_executed);
}

TEST_P(StreamCommands, a_waiting_read_gets_the_entry_that_another_thread_adds) {
  client_.xadd("s", {{"f", "old"}}, {.id = "1-1"});
  auto reader = std::async(std::launch::async, [&] { return client_.xread({{"s", "1-1"}}, {.block = 10s}); });
  client_.xadd("s", {{"f", "new"}}, {.id = "2-1"});
  EXPECT_EQ(reader.get(), (std::vector<StreamBatch>{{"s", {{"2-1", {{"f", "new"}}}}}}));
}

TEST_P(StreamCommands, groups_deliver_claim_and_forget) {
  on_both_surfaces([](auto& c) {
    EXPECT_TRUE(value(c.xgroup_create("s", "g", "$", {.mkstream = true})));
    EXPECT_TRUE(value(c.xgroup_createconsumer("s", "g", "alice")));
    EXPECT_FALSE(value(c.xgroup_createconsumer("s", "g", "alice")));
    for (const char* id : {"1-1", "2-1", "3-1"}) value(c.xadd("s", {{"f", id}}, {.id = id}));
    const StreamEntry first{"1-1", {{"f", "1-1"}}}, second{"2-1", {{"f", "2-1"}}};
    EXPECT_EQ(value(c.xreadgroup("g", "alice", {{"s", ">"}}, {.count = 2})), (std::vector<StreamBatch>{{"s", {first, second}}}));
    EXPECT_EQ(value(c.xreadgroup("g", "bob", {{"s", ">"}}, {.count = 5, .no_ack = true}))[0].entries.size(), 1u);
    EXPECT_TRUE(value(c.xreadgroup("g", "bob", {{"s", ">"}})).empty());

    EXPECT_EQ(value(c.xpending("s", "g")), (PendingSummary{2, "1-1", "2-1", {{"alice", 2}}}));
    const auto pending = value(c.xpending_range("s", "g", {.end = "1", .consumer = "alice", .min_idle = 0ms}));
    ASSERT_EQ(pending.size(), 1u);
    EXPECT_EQ(pending[0].consumer, "alice");
    EXPECT_EQ(pending[0].deliveries, 1);

    EXPECT_EQ(value(c.xclaim("s", "g", "bob", 0ms, {"1-1"})), (std::vector<StreamEntry>{first}));
    EXPECT_TRUE(value(c.xclaim("s", "g", "alice", 1h, {"1-1"})).empty());
    EXPECT_EQ(value(c.xclaim_justid("s", "g", "bob", 0ms, {"2-1"}, {.deliveries = 7})), (Strings{"2-1"}));
    EXPECT_EQ(value(c.xack("s", "g", {"1-1", "9-9"})), 1);
    EXPECT_EQ(value(c.xautoclaim("s", "g", "alice", 0ms, "0")), (ClaimedEntries{"0-0", {second}, {}}));
    EXPECT_EQ(value(c.xautoclaim_justid("s", "g", "bob", 0ms, "0", 5)), (ClaimedIds{"0-0", {"2-1"}, {}}));

    EXPECT_EQ(value(c.xgroup_delconsumer("s", "g", "bob")), 1);
    EXPECT_TRUE(value(c.xgroup_setid("s", "g", 0)));
    EXPECT_TRUE(value(c.xgroup_destroy("s", "g")));
    EXPECT_FALSE(value(c.xgroup_destroy("s", "g")));
  });
}

TEST_P(StreamCommands, a_pending_entry_that_was_deleted_is_told) {
  on_both_surfaces([](auto& c) {
    value(c.xgroup_create("s", "g", 0, {.mkstream = true}));
    for (const char* id : {"1-1", "2-1"}) value(c.xadd("s", {{"f", id}}, {.id = id}));
    value(c.xreadgroup("g", "alice", {{"s", ">"}}));
    value(c.xdel("s", "1-1"));
    const auto history = value(c.xreadgroup("g", "alice", {{"s", "0"}}));
    ASSERT_EQ(history.size(), 1u);
    ASSERT_EQ(history[0].entries.size(), 2u);
    EXPECT_EQ(history[0].entries[0].id, "1-1");
    EXPECT_TRUE(history[0].entries[0].is_deleted());
    EXPECT_FALSE(history[0].entries[1].is_deleted());
    EXPECT_EQ(value(c.xautoclaim("s", "g", "bob", 0ms, "0")).deleted, (Strings{"1-1"}));
  });
}

TEST_P(StreamCommands, streams_tell_about_themselves) {
  on_both_surfaces([](auto& c) {
    value(c.xgroup_create("s", "g", 0, {.mkstream = true}));
    EXPECT_EQ(value(c.xinfo_stream("s")).first_entry, std::nullopt);
    for (const char* id : {"1-1", "2-1"}) value(c.xadd("s", {{"f", id}}, {.id = id}));
    value(c.xreadgroup("g", "alice", {{"s", ">"}}, {.count = 1}));

    const StreamInfo info = value(c.xinfo_stream("s"));
    EXPECT_EQ(info.length, 2);
    EXPECT_EQ(info.groups, 1);
    EXPECT_EQ(info.last_generated_id, "2-1");
    EXPECT_EQ(info.entries_added, 2);
    EXPECT_EQ(info.recorded_first_entry_id, "1-1");
    EXPECT_EQ(info.last_entry, (StreamEntry{"2-1", {{"f", "2-1"}}}));

    const auto groups = value(c.xinfo_groups("s"));
    ASSERT_EQ(groups.size(), 1u);
    EXPECT_EQ(groups[0].name, "g");
    EXPECT_EQ(groups[0].pending, 1);
    EXPECT_EQ(groups[0].lag, 1);
    const auto consumers = value(c.xinfo_consumers("s", "g"));
    ASSERT_EQ(consumers.size(), 1u);
    EXPECT_EQ(consumers[0].name, "alice");
    EXPECT_EQ(consumers[0].pending, 1);

    const StreamDetail detail = value(c.xinfo_stream_full("s", 1));
    EXPECT_EQ(detail.length, 2);
    EXPECT_EQ(detail.entries.size(), 1u);
    ASSERT_EQ(detail.groups.size(), 1u);
    ASSERT_EQ(detail.groups[0].pending.size(), 1u);
    EXPECT_EQ(detail.groups[0].pending[0].consumer, "alice");
    ASSERT_EQ(detail.groups[0].consumers.size(), 1u);
    EXPECT_EQ(detail.groups[0].consumers[0].pending[0].id, "1-1");
    EXPECT_GT(detail.groups[0].consumers[0].seen_at.time_since_epoch(), 0ms);
    EXPECT_FALSE(value(c.xinfo_help()).empty());
    EXPECT_FALSE(value(c.xgroup_help()).empty());
  });
}

TEST_P(StreamCommands, places_are_found_again) {
  on_both_surfaces([](auto& c) {
    EXPECT_EQ(value(c.geoadd("{g}", {{13.361389, 38.115556, "Palermo"}, {15.087269, 37.502669, "Catania"}})), 2);
    EXPECT_EQ(value(c.geoadd("{g}", {{15.0873, 37.5027, "Catania"}}, {.only_if = Exists::yes, .count_changed = true})), 1);
    EXPECT_NEAR(*value(c.geodist("{g}", "Palermo", "Catania", GeoUnit::km)), 166.27, 0.05);
    EXPECT_EQ(value(c.geodist("{g}", "Palermo", "no")), std::nullopt);
    EXPECT_EQ(value(c.geohash("{g}", {"Palermo", "no"}))[0], "sqc8b49rny0");
    EXPECT_EQ(value(c.geohash("{g}", {"Palermo", "no"}))[1], std::nullopt);
    const auto places = value(c.geopos("{g}", {"Palermo", "no"}));
    ASSERT_TRUE(places.size() == 2 && places[0]);
    EXPECT_NEAR(places[0]->longitude, 13.361389, 1e-5);
    EXPECT_NEAR(places[0]->latitude, 38.115556, 1e-5);
    EXPECT_FALSE(places[1]);
  });
}

TEST_P(StreamCommands, places_are_searched) {
  on_both_surfaces([](auto& c) {
    value(c.geoadd("{g}", {{13.361389, 38.115556, "Palermo"}, {15.087269, 37.502669, "Catania"}}));
    const GeoCenter center = GeoCenter::position(15, 37);
    const auto found = value(c.geosearch("{g}", center, GeoShape::circle(200, GeoUnit::km),
                                         {.order = GeoOrder::nearest_first, .with_distance = true, .with_hash = true, .with_position = true}));
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].member, "Catania");
    EXPECT_NEAR(found[0].distance.value(), 56.44, 0.01);
    EXPECT_EQ(found[1].hash, 3479099956230698);
    EXPECT_NEAR(found[1].position.value().latitude, 38.115556, 1e-5);
    EXPECT_EQ(value(c.geosearch("{g}", GeoCenter::member("Catania"), GeoShape::box(10, 10, GeoUnit::km))),
              (std::vector<GeoMatch>{{"Catania", {}, {}, {}}}));
    EXPECT_TRUE(value(c.geosearch("none", center, GeoShape::circle(1))).empty());
    EXPECT_EQ(value(c.georadius("{g}", 15, 37, 200, GeoUnit::km, {.limit = GeoLimit{1}})).size(), 1u);
    EXPECT_EQ(value(c.georadius_ro("{g}", 15, 37, 100, GeoUnit::km))[0].member, "Catania");
    EXPECT_EQ(value(c.georadiusbymember("{g}", "Palermo", 100, GeoUnit::km))[0].member, "Palermo");
    EXPECT_EQ(value(c.georadiusbymember_ro("{g}", "Palermo", 200, GeoUnit::mi)).size(), 2u);
  });
}

TEST_P(StreamCommands, what_is_found_is_stored) {
  on_both_surfaces([](auto& c) {
    value(c.geoadd("{g}", {{13.361389, 38.115556, "Palermo"}, {15.087269, 37.502669, "Catania"}}));
    const GeoCenter center = GeoCenter::position(15, 37);
    EXPECT_EQ(value(c.geosearchstore("{g}1", "{g}", center, GeoShape::circle(100, GeoUnit::km))), 1);
    EXPECT_EQ(value(c.geosearchstore_dist("{g}2", "{g}", center, GeoShape::circle(100, GeoUnit::km))), 1);
    EXPECT_NEAR(*value(c.zscore("{g}2", "Catania")), 56.44, 0.01);
    EXPECT_EQ(value(c.georadius_store("{g}3", 15, 37, 1, GeoUnit::m, "{g}4")), 0);
    EXPECT_EQ(value(c.georadius_storedist("{g}", 15, 37, 200, GeoUnit::km, "{g}4")), 2);
    EXPECT_EQ(value(c.georadiusbymember_store("{g}", "Palermo", 10, GeoUnit::km, "{g}5", {.limit = GeoLimit{1}})), 1);
    EXPECT_EQ(value(c.georadiusbymember_storedist("{g}", "Palermo", 10, GeoUnit::km, "{g}6")), 1);
    EXPECT_EQ(value(c.zscore("{g}6", "Palermo")), 0.0);
  });
}

TEST_P(StreamCommands, migrate_says_whether_there_was_a_key) {
  // Nobody listens on port 1: the node says so only when there is a key to send.
  client_.set("{t}k", "v");
  EXPECT_EQ(client_.migrate("127.0.0.1", 1, "{t}none", 0, 100ms), "NOKEY");
  EXPECT_EQ(client_.migrate_keys("127.0.0.1", 1, {"{t}none", "{t}other"}, 0, 100ms), "NOKEY");
  EXPECT_TRUE(contains(message_of<ResponseError>([&] { client_.migrate("127.0.0.1", 1, "{t}k", 0, 100ms); }), "IOERR"));
  EXPECT_TRUE(contains(message_of<ResponseError>([&] { client_.move("{t}k", 1); }), "cluster mode"));
  EXPECT_FALSE(client_.object_help().empty());
}

TEST_P(StreamCommands, registers_of_hyperloglogs_can_be_looked_at) {
  client_.pfadd("h", {"a", "b", "c"});
  EXPECT_EQ(client_.pfdebug_encoding("h"), "sparse");
  EXPECT_FALSE(client_.pfdebug_decode("h").empty());
  EXPECT_TRUE(client_.pfdebug_todense("h"));
  EXPECT_FALSE(client_.pfdebug_todense("h"));
  EXPECT_EQ(client_.pfdebug_getreg("h").size(), 16384u);
}

}  // namespace
