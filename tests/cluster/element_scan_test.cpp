// hscan_iter, sscan_iter and zscan_iter on real clusters: every element that is there from start to end.
#include "support/commands_fixture.hpp"

#include <algorithm>
#include <set>

namespace {

using namespace std::chrono_literals;
using namespace test_support;
using rediscluster::Errc;
using rediscluster::RedisError;
using rediscluster::testing::key_in_slot;
using rediscluster::testing::LocalCluster;
using Names = std::set<std::string>;

constexpr int elements = 10'000;

std::string name_of(int i) { return std::string("e\0\r\n", 4) + std::to_string(i); }  // names are any bytes

class ElementScanCommands : public Commands {};
INSTANTIATE_TEST_SUITE_P(Protocols, ElementScanCommands, ::testing::Values(3, 2));

TEST_P(ElementScanCommands, hscan_iter_gives_every_field_that_stays_while_others_come_and_go) {
  std::vector<std::pair<std::string, std::string>> fields;
  for (int i = 0; i < elements; ++i) fields.emplace_back(name_of(i), std::to_string(i));
  client_.hset("h", fields);
  Names seen;
  int given = 0;
  for (const auto& [field, value] : client_.hscan_iter("h", {.count = 100})) {
    if (field.starts_with("e")) {
      EXPECT_EQ(field, name_of(std::stoi(value)));
      seen.insert(field);
    }
    if (++given % 50 != 0) continue;
    client_.hset("h", "new" + std::to_string(given), "x");          // the table grows
    client_.hdel("h", {"new" + std::to_string(given - 50)});
  }
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(elements));
}

TEST_P(ElementScanCommands, sscan_iter_and_zscan_iter_give_every_member) {
  std::vector<std::string> members;
  std::vector<std::pair<std::string, double>> scored;
  for (int i = 0; i < elements; ++i) {
    members.push_back(name_of(i));
    scored.emplace_back(name_of(i), i / 2.0);
  }
  client_.sadd("s", members);
  client_.zadd("z", scored);
  Names seen;
  int given = 0;
  for (const std::string& member : client_.sscan_iter("s", {.count = 500})) {
    seen.insert(member);
    if (++given == elements / 2) client_.sadd("s", {"one more"});
  }
  seen.erase("one more");
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(elements));
  seen.clear();
  auto scan = client_.nothrow().zscan_iter("z", {.count = 500});
  for (auto next = scan.next(); next && *next; next = scan.next()) {
    EXPECT_EQ((*next)->first, name_of(static_cast<int>((*next)->second * 2)));
    seen.insert((*next)->first);
  }
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(elements));
}

TEST_P(ElementScanCommands, element_scans_filter_and_take_small_and_missing_keys) {
  client_.hset("h", {{"a1", "x"}, {"a2", "y"}, {"b", "z"}});
  client_.sadd("numbers", {"1", "2", "3"});
  Names seen;
  for (const auto& [field, value] : client_.hscan_iter("h", {.match = "a*"})) seen.insert(field + value);
  EXPECT_EQ(seen, (Names{"a1x", "a2y"}));
  seen.clear();
  for (const std::string& member : client_.sscan_iter("numbers", {.match = "[12]"})) seen.insert(member);
  EXPECT_EQ(seen, (Names{"1", "2"}));
  for (const auto& entry : client_.zscan_iter("nothing here")) ADD_FAILURE() << entry.first;
}

TEST_P(ElementScanCommands, element_scans_of_another_type_are_the_servers_error) {
  client_.set("text", "v");
  EXPECT_THROW(client_.hscan_iter("text").begin(), rediscluster::ResponseError);
  const auto next = client_.nothrow().sscan_iter("text").next();
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().code, Errc::wrong_type);
}

TEST(ElementScan, misses_nothing_when_the_key_moves_and_its_primary_fails_over_in_the_middle) {
  LocalCluster cluster({.primaries = 2, .replicas_per_primary = 1});
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const std::string key = key_in_slot(77);
  std::vector<std::string> members;
  for (int i = 0; i < elements; ++i) members.push_back(name_of(i));
  client.sadd(key, members);
  Names seen;
  int given = 0;
  for (const std::string& member : client.sscan_iter(key, {.count = 100})) {
    seen.insert(member);
    if (++given == elements / 3) cluster.move_slots(77, 77, 0, 1);
    if (given == elements) {
      cluster.wait_until_ok();  // the replica has the key
      cluster.failover(3);
    }
  }
  EXPECT_GT(given, elements + elements / 3) << "it did not start over: the test tests nothing";
  EXPECT_EQ(seen, Names(members.begin(), members.end()));
}

TEST(ElementScan, follows_a_key_that_is_served_with_asking_only) {
  LocalCluster cluster({.primaries = 2, .replicas_per_primary = 0});
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const std::string key = key_in_slot(77);
  std::vector<std::string> members;
  for (int i = 0; i < 2000; ++i) members.push_back(name_of(i));
  client.sadd(key, members);
  auto move = cluster.begin_move(77, 0, 1);
  ASSERT_EQ(move.move_keys(10), 1);
  Names seen;
  for (const std::string& member : client.sscan_iter(key, {.count = 50})) seen.insert(member);
  EXPECT_EQ(seen, Names(members.begin(), members.end()));
}

}  // namespace
