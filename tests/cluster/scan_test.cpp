// scan_iter and its relatives on real clusters: nothing that lives from start to end is missed, whatever moves or dies.
#include "support/messages.hpp"

#include <rediscluster/rediscluster.hpp>
#include <rediscluster/testing/local_cluster.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

namespace {

using namespace std::chrono_literals;
using rediscluster::Errc;
using rediscluster::KeyScan;
using rediscluster::RedisCluster;
using rediscluster::Result;
using rediscluster::ScanIterOptions;
using rediscluster::Uncovered;
using rediscluster::testing::key_in_slot;
using rediscluster::testing::LocalCluster;
using rediscluster::testing::wait_until;
using Names = std::set<std::string>;

constexpr int many_keys = 20'000;

Names fill(RedisCluster& client, int count, const std::string& prefix = "scan:") {
  Names names;
  std::vector<std::pair<std::string, std::string>> batch;
  for (int i = 0; i < count; ++i) {
    batch.emplace_back(prefix + std::to_string(i), "v");
    names.insert(batch.back().first);
    if (batch.size() == 1000 || i + 1 == count) {
      client.mset(batch);
      batch.clear();
    }
  }
  return names;
}

// What of `expected` is not in `seen`.
Names missing(const Names& expected, const Names& seen) {
  Names names;
  std::set_difference(expected.begin(), expected.end(), seen.begin(), seen.end(), std::inserter(names, names.end()));
  return names;
}

// Reads on; calls `at_each(number of keys so far)` after each key.
Result<Names> read_all(KeyScan& scan, const std::function<void(std::size_t)>& at_each = [](std::size_t) {}) {
  Names names;
  for (std::size_t given = 1;; ++given) {
    Result<std::optional<std::string>> key = scan.next();
    if (!key) return rediscluster::fail(key.error());
    if (!*key) return names;
    names.insert(**key);
    at_each(given);
  }
}
Names names_or_fail(Result<Names> names) {
  if (!names) ADD_FAILURE() << to_string(names.error());
  return names ? *names : Names{};
}

LocalCluster& calm_cluster() {  // for tests that leave it as it was
  static LocalCluster cluster({.primaries = 3, .replicas_per_primary = 0});
  return cluster;
}

TEST(Scan, gives_every_key_once_on_a_calm_cluster_however_many_shards_at_a_time) {
  RedisCluster client({.startup_nodes = calm_cluster().seeds()});
  client.flushall();
  const Names all = fill(client, 5000);
  for (const rediscluster::ParallelShards parallel : {rediscluster::ParallelShards(1), {2}, {true}, {false}}) {
    KeyScan scan = client.scan_iter({.count = 100, .parallel = parallel});
    std::size_t given = 0;
    EXPECT_EQ(names_or_fail(read_all(scan, [&](std::size_t number) { given = number; })), all);
    EXPECT_EQ(given, all.size()) << "duplicates without a reason";
    EXPECT_TRUE(scan.uncovered().empty());
  }
}

TEST(Scan, filters_by_pattern_and_type_and_keeps_binary_names) {
  RedisCluster client({.startup_nodes = calm_cluster().seeds()});
  client.flushall();
  const std::string binary("bin\0\r\n\xff*", 8);
  client.set(binary, "v");
  client.set("", "empty");
  client.set("text:1", "v");
  client.rpush("text:list", {"a"});
  const auto names = [&](const ScanIterOptions& options) {
    KeyScan scan = client.scan_iter(options);
    return names_or_fail(read_all(scan));
  };
  EXPECT_EQ(names({}), (Names{binary, "", "text:1", "text:list"}));
  EXPECT_EQ(names({.match = "text:*"}), (Names{"text:1", "text:list"}));
  EXPECT_EQ(names({.match = "text:*", .count = 1, .type = "list"}), (Names{"text:list"}));
  EXPECT_EQ(names({.match = "nothing*"}), Names{});
}

TEST(Scan, refuses_options_without_meaning_before_it_asks_anybody) {
  RedisCluster client({.startup_nodes = calm_cluster().seeds()});
  for (const ScanIterOptions& options : {ScanIterOptions{.count = 0}, ScanIterOptions{.parallel = 0}, ScanIterOptions{.patience = -1ms}}) {
    KeyScan scan = client.nothrow().scan_iter(options);
    const auto key = scan.next();
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().code, Errc::bad_option);
  }
}

TEST(Scan, is_saved_and_resumed_by_another_client_at_any_point) {
  RedisCluster client({.startup_nodes = calm_cluster().seeds()});
  client.flushall();
  const Names all = fill(client, 1000);
  for (const int stop : {0, 1, 9, 333, 999, 1000}) {
    KeyScan first = client.scan_iter({.match = "scan:*", .count = 20, .parallel = stop % 2 + 1});
    Names seen;
    for (int i = 0; i < stop; ++i) seen.insert(first.next().value().value());
    RedisCluster other({.startup_nodes = {calm_cluster().seeds().back()}});
    KeyScan second = other.resume_scan(first.save());
    std::size_t given = 0;
    const Names rest = names_or_fail(read_all(second, [&](std::size_t number) { given = number; }));
    EXPECT_EQ(missing(missing(all, seen), rest), Names{}) << "stopped after " << stop;
    EXPECT_LT(given, all.size() - static_cast<std::size_t>(stop) + 300) << "it went on from the beginning";
  }
}

TEST(Scan, is_not_resumed_from_garbage_or_on_another_cluster) {
  RedisCluster client({.startup_nodes = calm_cluster().seeds()});
  fill(client, 100);
  KeyScan scan = client.scan_iter();
  ASSERT_TRUE(scan.next());
  EXPECT_THROW(client.resume_scan("scan1;garbage"), rediscluster::RedisClusterConfigError);
  EXPECT_EQ(client.nothrow().resume_scan("").error().code, Errc::bad_option);

  LocalCluster other({.primaries = 1, .replicas_per_primary = 0});
  RedisCluster stranger({.startup_nodes = other.seeds()});
  KeyScan resumed = stranger.resume_scan(scan.save());
  const auto key = resumed.next();
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().code, Errc::bad_option);
  EXPECT_TRUE(test_support::contains(key.error().message, "another cluster")) << key.error().message;
}

TEST(Scan, goes_on_after_its_connections_were_cut) {
  RedisCluster client({.startup_nodes = calm_cluster().seeds()});
  client.flushall();
  const Names all = fill(client, 2000);
  KeyScan scan = client.scan_iter({.count = 50, .parallel = true});
  const Names seen = names_or_fail(read_all(scan, [&](std::size_t given) {
    if (given % 500 != 250) return;
    for (int i = 0; i < calm_cluster().size(); ++i) calm_cluster().call(i, {"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
  }));
  EXPECT_EQ(missing(all, seen), Names{});
}

// T10
TEST(Scan, misses_no_key_while_500_slots_move) {
  LocalCluster cluster({.primaries = 3, .replicas_per_primary = 0});
  RedisCluster client({.startup_nodes = cluster.seeds()});
  constexpr int static_keys = 100'000;
  const Names all = fill(client, static_keys);
  for (const auto parallel : {rediscluster::ParallelShards(1), rediscluster::ParallelShards(true)}) {
    const bool back = parallel.count() != 1;
    KeyScan scan = client.scan_iter({.count = 500, .parallel = parallel});
    std::atomic<int> moved = 0;
    std::thread mover([&] {
      for (; moved < 500; moved += 10) cluster.move_slots(moved, moved + 9, back ? 1 : 0, back ? 0 : 1);
    });
    // Neither may run away from the other: the moves are spread over the whole of the first reading.
    const Names seen = names_or_fail(read_all(scan, [&](std::size_t given) {
      const int due = static_cast<int>(std::min<std::size_t>(given * 500 / static_keys, 500));
      EXPECT_TRUE(wait_until([&] { return moved >= due; }, 30s, 1ms));
    }));
    mover.join();
    EXPECT_EQ(missing(all, seen), Names{});
  }
}

TEST(Scan, reads_a_slot_that_stays_half_moved) {
  LocalCluster cluster({.primaries = 3, .replicas_per_primary = 0});
  RedisCluster client({.startup_nodes = cluster.seeds()});
  Names all = fill(client, 1000);
  for (int i = 0; i < 200; ++i) {
    const std::string key = key_in_slot(77, std::to_string(i));
    client.set(key, "v");
    all.insert(key);
  }
  auto move = cluster.begin_move(77, 0, 1);
  move.move_keys(80);
  for (const bool parallel : {false, true}) {
    KeyScan scan = client.scan_iter({.count = 50, .parallel = parallel, .patience = 3s});
    int carried = 0;
    const Names seen = names_or_fail(read_all(scan, [&](std::size_t given) {
      if (given % 40 == 0 && ++carried < 10) move.move_keys(5);
    }));
    EXPECT_EQ(missing(all, seen), Names{});
  }
  EXPECT_GT(move.keys_left(), 0) << "the slot was whole again: the test tests nothing";
}

// T11
TEST(Scan, is_complete_after_a_primary_was_killed_in_the_middle) {
  LocalCluster cluster({.primaries = 3, .replicas_per_primary = 1, .require_full_coverage = false});
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const Names all = fill(client, many_keys);
  cluster.wait_until_ok();  // replicas have everything
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(wait_until([&] {
    return cluster.call(i, {"DBSIZE"}).integer == cluster.call(i + 3, {"DBSIZE"}).integer;
  }, 10s));
  KeyScan scan = client.scan_iter({.count = 100, .parallel = true, .patience = 30s});
  const Names seen = names_or_fail(read_all(scan, [&](std::size_t given) {
    if (given == 3000) cluster.kill(0);
  }));
  EXPECT_EQ(missing(all, seen), Names{});
}

TEST(Scan, is_complete_after_graceful_failovers_in_the_middle_and_resumes_after_them) {
  LocalCluster cluster({.primaries = 3, .replicas_per_primary = 1});
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const Names all = fill(client, 5000);
  KeyScan scan = client.scan_iter({.count = 50, .parallel = 2});
  Names seen;
  for (int i = 0; i < 1500; ++i) seen.insert(scan.next().value().value());
  const std::string saved = scan.save();
  const Names before = seen;
  cluster.failover(3);
  cluster.failover(4);
  seen.merge(names_or_fail(read_all(scan)));
  EXPECT_EQ(missing(all, seen), Names{});
  KeyScan resumed = client.resume_scan(saved);
  Names together = before;
  together.merge(names_or_fail(read_all(resumed)));
  EXPECT_EQ(missing(all, together), Names{});
}

TEST(Scan, starts_over_on_a_node_that_was_restarted) {
  LocalCluster cluster({.primaries = 3, .replicas_per_primary = 0, .require_full_coverage = false, .extra_config = {"save \"\"", "appendonly no"}});
  RedisCluster client({.startup_nodes = cluster.seeds()});
  fill(client, 3000);
  KeyScan scan = client.scan_iter({.count = 20, .patience = 20s});
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(scan.next());
  cluster.kill(0);
  cluster.restart(0);
  cluster.wait_until_ok();
  const Names after = fill(client, 3000, "after:");  // in another table: the old cursor would skip some of them
  const Names seen = names_or_fail(read_all(scan));
  for (const std::string& name : after) {
    if (rediscluster::keyslot(name) <= 5460) {
      EXPECT_TRUE(seen.count(name) == 1) << name;
    }
  }
}

TEST(Scan, of_a_cluster_that_lost_a_primary_for_good_names_its_slots) {
  LocalCluster cluster({.primaries = 3, .replicas_per_primary = 0, .require_full_coverage = false});
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const Names all = fill(client, 1000);
  cluster.kill(0);
  KeyScan scan = client.scan_iter({.patience = 500ms});
  Names seen;
  Result<std::optional<std::string>> key = scan.next();
  for (; key && *key; key = scan.next()) seen.insert(**key);
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().code, Errc::slot_not_covered);
  EXPECT_TRUE(test_support::contains(key.error().message, "slots 0-5460 were not covered")) << key.error().message;
  EXPECT_EQ(key.error().node, cluster.node(0).address());
  for (const std::string& name : missing(all, seen)) EXPECT_LE(rediscluster::keyslot(name), 5460) << name;
  // The operator repairs it; the scan goes on.
  cluster.restart(0);
  cluster.wait_until_ok();
  EXPECT_TRUE(read_all(scan)) << "it went on where it stood";
  EXPECT_TRUE(scan.uncovered().empty());
}

// T12
TEST(Scan, with_uncovered_slots_names_exactly_them_or_goes_without_when_told_so) {
  LocalCluster cluster({.primaries = 3, .replicas_per_primary = 0, .require_full_coverage = false});
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const Names all = fill(client, 3000);
  ASSERT_TRUE(cluster.call(0, {"CLUSTER", "DELSLOTSRANGE", "0", "99"}).is_status("OK"));
  ASSERT_TRUE(cluster.call(0, {"CLUSTER", "DELSLOTS", "5460"}).is_status("OK"));
  const auto is_lost = [](const std::string& name) { return rediscluster::keyslot(name) < 100 || rediscluster::keyslot(name) == 5460; };
  Names expected;
  for (const std::string& name : all) {
    if (!is_lost(name)) expected.insert(name);
  }
  ASSERT_LT(expected.size(), all.size());

  KeyScan strict = client.scan_iter({.count = 100, .patience = 300ms});
  Names seen;
  const auto error = [&] {
    for (;;) {
      Result<std::optional<std::string>> key = strict.next();
      if (!key) return key.error();
      if (!*key) return rediscluster::Error{};
      seen.insert(**key);
    }
  }();
  EXPECT_EQ(error.code, Errc::slot_not_covered);
  EXPECT_TRUE(test_support::contains(error.message, "slots 0-99, 5460 were not covered")) << error.message;
  EXPECT_EQ(seen, expected);

  KeyScan partial = client.scan_iter({.count = 100, .parallel = true, .patience = 300ms, .uncovered = Uncovered::allow});
  EXPECT_EQ(names_or_fail(read_all(partial)), expected);
  EXPECT_EQ(partial.uncovered(), (std::vector<rediscluster::SlotRun>{{0, 99}, {5460, 5460}}));
}

}  // namespace
