/// scan_iter and hscan_iter against servers that are odd: cursors that make no sense, nodes that restart, move or refuse.
#include "play.hpp"

#include <future>
#include <set>

namespace {

using namespace play;
using rediscluster::KeyScan;
using rediscluster::ScanIterOptions;
using Names = std::vector<std::string>;

RawReply page(const std::string& cursor, const Names& keys) {
  std::vector<RawReply> elements;
  for (const std::string& key : keys) elements.push_back(RawReply::bulk(key));
  return RawReply::array({RawReply::bulk(cursor), RawReply::array(std::move(elements))});
}

/// Says of itself that it has these slots, and has no keys unless a newer rule says otherwise.
void play_primary(ScriptedNode& node, const std::string& slots, const std::string& run_id = "run-1") {
  const std::string line = node.id() + " " + node.address_text() + "@0 myself,master - 0 0 1 connected " + slots + "\n";
  node.always("CLUSTER", "NODES").answer_bulk(line);
  node.always("INFO", "server").answer_bulk("# Server\r\nrun_id:" + run_id + "\r\n");
  node.always(starts_with({"SCAN"})).answer(page("0", {}));
}

/// One node with all slots; what SCAN answers at each cursor.
struct OneNode {
  OneNode() { play_primary(node, "0-16383"); }
  void pages(std::vector<std::pair<std::string, RawReply>> answers) {
    node.always(starts_with({"SCAN"})).answer_with([answers](const CommandWords& words) {
      for (const auto& [cursor, answer] : answers) {
        if (words.at(1) == cursor) return answer;
      }
      return RawReply::error("ERR a cursor nobody gave: " + words.at(1));
    });
  }

  ScriptedNode node;
  RedisCluster client{{.startup_nodes = {node.address()}, .command_timeout = 2s}};
};

struct Walked {
  Names keys;
  Error error{Errc{}, {}, {}, 0, {}};
};

template <class Scan>
Walked run(Scan scan) {
  Walked outcome;
  for (;;) {
    auto next = scan.next();
    if (!next) {
      outcome.error = next.error();
      return outcome;
    }
    if (!*next) return outcome;
    if constexpr (std::is_same_v<typename Scan::value_type, std::string>) {
      outcome.keys.push_back(**next);
    } else {
      outcome.keys.push_back((*next)->first);
    }
  }
}

TEST(Scan, sends_cursors_of_all_64_bits_back_as_they_came) {
  OneNode play;
  play.pages({{"0", page("18446744073709551615", {"a"})}, {"18446744073709551615", page("9223372036854775808", {"b"})}, {"9223372036854775808", page("0", {"c"})}});
  const Walked outcome = run(play.client.scan_iter());
  EXPECT_EQ(outcome.keys, (Names{"a", "b", "c"})) << to_string(outcome.error);
}

TEST(Scan, goes_on_over_empty_pages) {
  OneNode play;
  play.node.always(starts_with({"SCAN"})).answer_with([](const CommandWords& words) {
    const int cursor = std::stoi(words.at(1));
    return cursor == 200 ? page("0", {"last"}) : page(std::to_string(cursor + 1), {});
  });
  EXPECT_EQ(run(play.client.scan_iter({.patience = 1ms})).keys, Names{"last"}) << "a page without keys is a page";
}

TEST(Scan, ends_with_an_error_when_cursors_go_round_in_a_circle) {
  OneNode play;
  play.pages({{"0", page("5", {})}, {"5", page("6", {})}, {"6", page("5", {})}});
  const Walked outcome = run(play.client.scan_iter());
  EXPECT_EQ(outcome.error.code, Errc::unexpected_reply);
  EXPECT_TRUE(contains(outcome.error.message, "came twice")) << outcome.error.message;
  EXPECT_EQ(outcome.error.node, play.node.address());
}

TEST(Scan, ends_with_an_error_at_what_is_no_page) {
  const std::vector<RawReply> odd{page("-1", {}),       page("x\r\n", {}),        page("", {}),
                                  page("00", {}),       RawReply::status("OK"),   RawReply::null(),
                                  RawReply::array({}),  RawReply::bulk("0"),      page("18446744073709551616", {})};
  for (const RawReply& answer : odd) {
    OneNode play;
    play.pages({{"0", answer}});
    const Walked outcome = run(play.client.scan_iter());
    EXPECT_EQ(outcome.error.code, Errc::unexpected_reply) << to_string(answer) << ": " << to_string(outcome.error);
    EXPECT_TRUE(outcome.keys.empty());
  }
}

TEST(Scan, drops_keys_of_slots_that_the_node_does_not_own) {
  ScriptedCluster cluster(2);
  play_primary(cluster[0], "0-8191");
  play_primary(cluster[1], "8192-16383");
  cluster[0].always(starts_with({"SCAN"})).answer(page("0", {"foo", "bar"}));  // foo is a stray: it lives on node 1
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(run(client.scan_iter()).keys, Names{"bar"});
}

TEST(Scan, asks_for_the_same_page_again_when_the_connection_was_cut) {
  OneNode play;
  play.pages({{"0", page("7", {"a"})}, {"7", page("0", {"b"})}});
  KeyScan scan = play.client.scan_iter();
  EXPECT_EQ(scan.next().value(), "a");
  play.node.cut_after(5);
  EXPECT_EQ(run(std::move(scan)).keys, Names{"b"});
  EXPECT_EQ(play.node.received(CommandWords{"SCAN", "0"}), 1) << "the process is the same, the cursor is good";
}

TEST(Scan, reads_a_node_again_that_was_restarted_under_it) {
  OneNode play;
  play.pages({{"0", page("7", {"a"})}, {"7", page("0", {"b"})}});
  KeyScan scan = play.client.scan_iter();
  EXPECT_EQ(scan.next().value(), "a");
  play_primary(play.node, "0-16383", "run-2");
  play.pages({{"0", page("9", {"b"})}, {"7", page("0", {})}, {"9", page("0", {"a"})}});
  EXPECT_EQ(run(std::move(scan)).keys, (Names{"b", "a"}));
}

TEST(Scan, waits_while_a_node_is_loading) {
  OneNode play;
  int asked = 0;
  play.node.always(starts_with({"SCAN"})).answer_with([&asked](const CommandWords&) {
    return ++asked <= 3 ? RawReply::error("LOADING Redis is loading the dataset in memory") : page("0", {"a"});
  });
  EXPECT_EQ(run(play.client.scan_iter()).keys, Names{"a"});
}

TEST(Scan, gives_up_on_a_node_that_sends_it_away_and_names_the_slots_and_the_reason) {
  OneNode play;
  play.node.always(starts_with({"SCAN"})).answer_error("MOVED 0 " + play.node.address_text());
  const Walked outcome = run(play.client.scan_iter({.patience = 100ms}));
  EXPECT_EQ(outcome.error.code, Errc::slot_not_covered);
  EXPECT_TRUE(contains(outcome.error.message, "slots 0-16383 were not covered")) << outcome.error.message;
  EXPECT_TRUE(contains(outcome.error.message, "MOVED")) << outcome.error.message;
}

TEST(Scan, gives_up_on_slots_that_move_away_again_and_again) {
  OneNode play;
  int asked = 0;
  const std::string myself = play.node.id() + " " + play.node.address_text() + "@0 myself,master - 0 0 ";
  play.node.always("CLUSTER", "NODES").answer_with([&asked, myself](const CommandWords&) {
    return RawReply::bulk(myself + std::to_string(++asked) + " connected 0-16383\n");
  });
  const Walked outcome = run(play.client.scan_iter({.patience = 60s}));
  EXPECT_EQ(outcome.error.code, Errc::slot_not_covered);
  EXPECT_TRUE(contains(outcome.error.message, "8 times in vain")) << outcome.error.message;
}

TEST(Scan, is_refused_at_once_without_the_permission) {
  OneNode play;
  play.node.always("INFO", "server").answer_error("NOPERM this user has no permissions to run the 'info' command");
  const Walked outcome = run(play.client.scan_iter({.patience = 60s}));
  EXPECT_EQ(outcome.error.code, Errc::no_permission) << to_string(outcome.error);
  EXPECT_EQ(outcome.error.node, play.node.address());
}

TEST(Scan, asks_several_shards_at_the_same_time) {
  ScriptedCluster cluster(3);
  const std::vector<std::string> slots{"0-5460", "5461-10922", "10923-16383"};
  Gate gate;
  for (int i = 0; i < 3; ++i) {
    play_primary(cluster[i], slots[static_cast<std::size_t>(i)]);
    cluster[i].always(starts_with({"SCAN"})).after(gate).answer(page("0", {}));
  }
  RedisCluster client({.startup_nodes = cluster.seeds()});
  auto outcome = std::async(std::launch::async, [&] { return run(client.scan_iter({.parallel = true})); });
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(cluster[i].wait_for_command({"SCAN"}, 5s)) << "node " << i << " waits for the others";
  gate.open();
  EXPECT_EQ(outcome.get().error.code, Errc{});
}

TEST(Scan, asks_no_more_shards_at_the_same_time_than_it_may) {
  ScriptedCluster cluster(2);
  play_primary(cluster[0], "0-8191");
  play_primary(cluster[1], "8192-16383");
  Gate gate;
  cluster[0].always(starts_with({"SCAN"})).after(gate).answer(page("0", {}));
  RedisCluster client({.startup_nodes = cluster.seeds()});
  auto outcome = std::async(std::launch::async, [&] { return run(client.scan_iter({.parallel = 1})); });
  EXPECT_TRUE(cluster[0].wait_for_command({"SCAN"}, 5s));
  EXPECT_EQ(cluster[1].received("SCAN"), 0);
  gate.open();
  EXPECT_EQ(outcome.get().error.code, Errc{});
  EXPECT_EQ(cluster[1].received("SCAN"), 1);
}

// Both nodes say of themselves that they have the first half; the client was told of the old one, and the others know better.
TEST(Scan, reads_the_successor_of_a_primary_that_does_not_know_it_was_replaced) {
  ScriptedCluster cluster(2, 1);
  ScriptedNode &replaced = cluster[0], &other = cluster[1], &successor = cluster[2];
  play_primary(replaced, "0-8191");
  play_primary(other, "8192-16383");
  play_primary(successor, "0-8191");
  replaced.always(starts_with({"SCAN"})).answer(page("0", {"bar"}));
  successor.always(starts_with({"SCAN"})).answer(page("0", {"bar", "bar:{bar}"}));
  const auto line = [](ScriptedNode& of, const char* flags, const char* rest) { return of.id() + " " + of.address_text() + "@0 " + flags + " - 0 0 " + rest + "\n"; };
  other.always("CLUSTER", "NODES").answer_bulk(line(other, "myself,master", "1 connected 8192-16383") + line(successor, "master", "2 connected 0-8191"));
  RedisCluster client({.startup_nodes = cluster.seeds()});
  KeyScan scan = client.scan_iter({.parallel = 1});
  EXPECT_EQ(scan.next().value(), "bar");
  EXPECT_EQ(replaced.received("SCAN"), 1);
  std::vector<rediscluster::testing::ScriptedRange> ranges = cluster.ranges();
  ranges.front().primary = successor;
  ranges.front().replicas.clear();
  cluster.serve_slots(std::move(ranges));
  EXPECT_EQ(run(std::move(scan)).keys, (Names{"bar", "bar:{bar}"}));
}

TEST(Scan, believes_a_node_where_nobody_else_answers) {
  ScriptedCluster cluster(2);
  play_primary(cluster[0], "0-8191");
  play_primary(cluster[1], "8192-16383");
  cluster[0].always(starts_with({"SCAN"})).answer(page("0", {"bar"}));
  cluster[1].always("CLUSTER", "NODES").answer_error("LOADING Redis is loading the dataset in memory");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const Walked outcome = run(client.scan_iter({.patience = 100ms}));
  EXPECT_EQ(outcome.keys, Names{"bar"});
  EXPECT_TRUE(contains(outcome.error.message, "slots 8192-16383 were not covered")) << outcome.error.message;
}

TEST(Scan, ends_when_the_client_is_closed) {
  OneNode play;
  play.node.always("CLUSTER", "NODES").answer_bulk(play.node.id() + " :0@0 myself,master - 0 0 1 connected\n");
  auto outcome = std::async(std::launch::async, [&] { return run(play.client.scan_iter({.patience = 60s})); });
  EXPECT_TRUE(play.node.wait_for_command({"CLUSTER", "NODES"}, 5s, 3)) << "it looks again for whoever has the slots";
  play.client.close();
  EXPECT_EQ(outcome.get().error.code, Errc::client_closed);
}

RawReply hash_page(const std::string& cursor, const Names& fields) {
  std::vector<RawReply> elements;
  for (const std::string& field : fields) {
    elements.push_back(RawReply::bulk(field));
    elements.push_back(RawReply::bulk("v"));
  }
  return RawReply::array({RawReply::bulk(cursor), RawReply::array(std::move(elements))});
}

TEST(HashScan, of_one_page_costs_one_command) {
  OneNode play;
  play.node.always("HSCAN", "h", "0").answer(hash_page("0", {"a", "b"}));
  EXPECT_EQ(run(play.client.hscan_iter("h")).keys, (Names{"a", "b"}));
  EXPECT_EQ(play.node.received("INFO"), 0);
}

TEST(HashScan, starts_over_when_the_node_was_restarted) {
  OneNode play;
  play.node.always("ASKING").answer_status("OK");
  play.node.always("HSCAN", "h", "0").answer(hash_page("7", {"a"}));
  play.node.always("HSCAN", "h", "7").answer(hash_page("0", {"b"}));
  auto scan = play.client.hscan_iter("h");
  EXPECT_EQ(scan.next().value()->first, "a");
  play_primary(play.node, "0-16383", "run-2");
  EXPECT_EQ(run(std::move(scan)).keys, (Names{"b", "a", "b"}));
}

TEST(HashScan, starts_over_at_the_node_that_the_key_has_moved_to) {
  ScriptedCluster cluster(2);
  play_primary(cluster[0], "0-8191");
  play_primary(cluster[1], "8192-16383");
  for (int i = 0; i < 2; ++i) cluster[i].always("ASKING").answer_status("OK");
  cluster[1].always("HSCAN", "foo", "0").answer(hash_page("7", {"a"}));
  cluster[1].always("HSCAN", "foo", "7").answer_error(moved_to(cluster[0]));
  cluster[0].always("HSCAN", "foo", "0").answer(hash_page("9", {"b"}));
  cluster[0].always("HSCAN", "foo", "9").answer(hash_page("0", {"a"}));
  RedisCluster client({.startup_nodes = cluster.seeds()});
  auto scan = client.hscan_iter("foo");
  EXPECT_EQ(scan.next().value()->first, "a");
  cluster[1].always("HSCAN", "foo", "0").answer_error(moved_to(cluster[0]));
  EXPECT_EQ(run(std::move(scan)).keys, (Names{"b", "a"}));
}

TEST(HashScan, gives_up_on_a_key_that_never_stays) {
  OneNode play;
  play.node.always("ASKING").answer_status("OK");
  play.node.always("HSCAN", "h", "0").answer(hash_page("7", {}));
  play.node.always("HSCAN", "h", "7").answer_error("MOVED 1 " + play.node.address_text());
  const Walked outcome = run(play.client.hscan_iter("h"));
  EXPECT_EQ(outcome.error.code, Errc::moved);
  EXPECT_TRUE(contains(outcome.error.message, "started over 8 times")) << outcome.error.message;
}

TEST(HashScan, ends_with_an_error_at_a_cursor_without_sense) {
  for (const char* cursor : {"x", "-1"}) {
    OneNode play;
    play.node.always("ASKING").answer_status("OK");
    play.node.always("HSCAN", "h", "0").answer(hash_page(cursor, {}));
    EXPECT_EQ(run(play.client.hscan_iter("h")).error.code, Errc::unexpected_reply) << cursor;
  }
  OneNode play;
  play.node.always("ASKING").answer_status("OK");
  play.node.always(starts_with({"HSCAN"})).answer(hash_page("7", {}));
  EXPECT_EQ(run(play.client.hscan_iter("h")).error.code, Errc::unexpected_reply) << "a circle";
}

}  // namespace
