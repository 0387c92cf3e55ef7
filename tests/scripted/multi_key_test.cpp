/// Commands over several slots: a part that failed is never a nil or a zero, and is sent again alone where that is
/// safe.
#include <atomic>

#include "play.hpp"

namespace {

using namespace play;

// "bar" lives on node 0, "foo" on node 1.

TEST(MultiKey, values_come_in_the_order_of_the_keys_repeats_included) {
  ScriptedCluster cluster(2);
  cluster[0].expect("MGET", "bar", "bar").answer_array({"of bar", "of bar"});
  cluster[1].expect("MGET", "foo").answer_array({RawReply::null()});
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const std::vector<std::optional<std::string>> expected{"of bar", std::nullopt, "of bar"};
  EXPECT_EQ(client.mget({"bar", "foo", "bar"}), expected);
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(MultiKey, all_nodes_are_written_to_before_the_first_reply_is_awaited) {
  ScriptedCluster cluster(2);
  Gate gate;
  cluster[0].expect("MGET", "bar").after(gate).answer_array({"1"});
  cluster[1].expect("MGET", "foo").after(gate).answer_array({"2"});
  RedisCluster client({.startup_nodes = cluster.seeds()});
  Crowd opener(1, [&](int) {
    EXPECT_TRUE(cluster[0].wait_until_met(2s) && cluster[1].wait_until_met(2s));
    gate.open();
  });
  EXPECT_EQ(client.mget({"bar", "foo"}).size(), 2u);
}

TEST(MultiKey, a_part_that_is_refused_makes_the_whole_call_an_error_that_says_how_much_failed) {
  ScriptedCluster cluster(2);
  cluster[0].expect("MGET", "bar").answer_array({"1"});
  cluster[1].expect("MGET", "foo").answer_error("NOPERM this user has no permissions to access one of the keys");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const Error error = error_of(client.nothrow().mget({"bar", "foo"}));
  EXPECT_EQ(error.code, Errc::no_permission);
  EXPECT_EQ(error.node, cluster[1].address());
  EXPECT_TRUE(contains(error.message, "1 of 2 parts of MGET failed")) << error.message;
  EXPECT_EQ(cluster.received("MGET"), 2);
}

TEST(MultiKey, a_part_without_an_answer_is_a_timeout_and_never_a_nil) {
  ScriptedCluster cluster(2);
  cluster[0].always("MGET", "bar").answer_array({"1"});
  cluster[1].always("MGET", "foo").silence();
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 120ms});
  Error error;
  EXPECT_LT(time_of([&] { error = error_of(client.nothrow().mget({"bar", "foo"})); }), 120ms + worst_overrun);
  EXPECT_EQ(error.code, Errc::timed_out);
}

TEST(MultiKey, a_moved_part_is_sent_again_alone) {
  ScriptedCluster cluster(2);
  cluster[0].expect("MGET", "bar").answer_array({"of bar"});
  cluster[1].expect("MGET", "foo").answer_error(moved_to(cluster[0]));
  cluster[0].expect("MGET", "foo").answer_array({"of foo"});
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const std::vector<std::optional<std::string>> expected{"of foo", "of bar"};
  EXPECT_EQ(client.mget({"foo", "bar"}), expected);
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(MultiKey, an_asked_part_is_sent_again_alone_with_asking) {
  ScriptedCluster cluster(2);
  cluster[0].expect("DEL", "bar").answer_integer(1);
  cluster[1].expect("DEL", "foo").answer_error(ask_at(cluster[0]));
  cluster[0].expect("ASKING").answer_status("OK");
  cluster[0].expect("DEL", "foo").answer_integer(1);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client.del({"foo", "bar"}), 2);
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(MultiKey, parts_that_should_try_again_are_tried_again) {
  ScriptedCluster cluster(2);
  cluster[0].expect("DEL", "bar").answer_integer(1);
  cluster[1].expect("DEL", "foo").answer_error("TRYAGAIN Multiple keys request during rehashing of slot").times(3);
  cluster[1].expect("DEL", "foo").answer_integer(1);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client.del({"foo", "bar"}), 2);
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(MultiKey, a_write_part_whose_connection_is_lost_is_in_doubt_and_sent_once) {
  ScriptedCluster cluster(2);
  cluster[0].always(starts_with({"MSET"})).answer_status("OK");
  cluster[1].always(starts_with({"MSET"})).close();
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const Error error = error_of(client.nothrow().mset({{"bar", "1"}, {"foo", "2"}}));
  EXPECT_EQ(error.code, Errc::connection_lost);
  EXPECT_EQ(error.execution, Execution::maybe_executed);
  EXPECT_EQ(cluster[1].received("MSET"), 1);
}

TEST(MultiKey, a_write_that_ran_in_part_says_maybe_executed_even_when_the_failed_part_did_not_run) {
  ScriptedCluster cluster(2);
  cluster[0].expect("MSET", "bar", "1").answer_status("OK");
  cluster[1].expect("MSET", "foo", "2").answer_error("OOM command not allowed when used memory > 'maxmemory'.");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const Error error = error_of(client.nothrow().mset({{"bar", "1"}, {"foo", "2"}}));
  EXPECT_EQ(error.code, Errc::out_of_memory);
  EXPECT_EQ(error.execution, Execution::maybe_executed);
}

TEST(MultiKey, a_deleting_part_whose_connection_is_lost_is_not_a_zero) {
  ScriptedCluster cluster(2);
  cluster[0].always("DEL", "bar").answer_integer(1);
  cluster[1].always("DEL", "foo").close();
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(error_of(client.nothrow().del({"bar", "foo"})).execution, Execution::maybe_executed);
  EXPECT_EQ(cluster[1].received("DEL"), 1);
}

TEST(MultiKey, a_read_part_whose_connection_is_lost_is_sent_again) {
  ScriptedCluster cluster(2);
  cluster[0].expect("MGET", "bar").answer_array({"1"});
  cluster[1].expect("MGET", "foo").close();
  cluster[1].expect("MGET", "foo").answer_array({"2"});
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client.mget({"bar", "foo"})[1], "2");
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(MultiKey, a_node_that_refuses_connections_for_a_moment_is_waited_for) {
  ScriptedCluster cluster(2);
  cluster[0].always("DEL", "bar").answer_integer(1);
  cluster[1].always("DEL", "foo").answer_integer(1);
  RedisCluster client({.startup_nodes = {cluster[0].address()}});
  cluster[1].refuse_new(true);
  Crowd healer(1, [&](int) {
    EXPECT_TRUE(cluster[0].wait_for_command({"DEL"}, 2s));
    cluster[1].refuse_new(false);
  });
  EXPECT_EQ(client.del({"foo", "bar"}), 2);
  EXPECT_EQ(cluster.received("DEL"), 2);
}

// Two slots on one node travel in one write; the connection may end between them.

TEST(MultiKey, a_part_that_arrived_whole_is_in_doubt_although_the_one_behind_it_did_not_arrive) {
  const std::string first = key_in_slot(1), second = key_in_slot(2);
  const std::string large(16 << 20, 'v');  // more than the kernel takes at once, so that the write stops half-way
  ScriptedCluster cluster(1);
  Gate never;
  cluster[0].always(starts_with({"MSET"})).after(never).answer_status("OK");
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 2s, .lanes_per_node = 1});
  cluster[0].cut_after_received(large.size() + 1000, Cut::reset);  // the first part is in, the second is not
  const Error error = error_of(client.nothrow().mset({{first, large}, {second, large}}));
  EXPECT_EQ(error.execution, Execution::maybe_executed) << to_string(error);
  EXPECT_EQ(cluster[0].received(CommandWords{"MSET", first}), 1) << "a write that may have run was sent twice";
}

TEST(MultiKey, a_batch_cut_at_any_byte_of_its_answers_gives_each_part_one_outcome) {
  const std::vector<std::string> keys{key_in_slot(1), key_in_slot(2), key_in_slot(3)};
  const std::string answers = ":1\r\n:1\r\n:1\r\n";
  for (std::size_t cut = 0; cut <= answers.size(); ++cut) {
    SCOPED_TRACE(cut);
    ScriptedCluster cluster(1);
    cluster[0].always(starts_with({"DEL"})).answer_integer(1);
    RedisCluster client({.startup_nodes = cluster.seeds(), .lanes_per_node = 1});
    cluster[0].cut_after(cut, Cut::fin);
    const auto deleted = client.nothrow().del(keys);
    if (cut == answers.size()) {
      EXPECT_EQ(deleted.value_or(-1), 3);
    } else {
      EXPECT_EQ(error_of(deleted).execution, Execution::maybe_executed);
    }
    for (const std::string& key : keys) EXPECT_LE(cluster[0].received(CommandWords{"DEL", key}), 1) << "sent twice";
  }
}

TEST(MultiKey, a_read_batch_cut_at_any_byte_of_its_answers_is_whole_in_the_end) {
  const std::vector<std::string> keys{key_in_slot(1), key_in_slot(2), key_in_slot(3)};
  const std::size_t answer_size = std::string("*1\r\n$3\r\n{x}\r\n").size() * 3;
  for (std::size_t cut = 0; cut <= answer_size; cut += 2) {
    SCOPED_TRACE(cut);
    ScriptedCluster cluster(1);
    cluster[0].always(starts_with({"MGET"})).answer_with([](const CommandWords& words) {
      return RawReply::array({RawReply::bulk(words.at(1))});
    });
    RedisCluster client({.startup_nodes = cluster.seeds(), .lanes_per_node = 1});
    cluster[0].cut_after(cut, Cut::reset);
    const std::vector<std::optional<std::string>> expected(keys.begin(), keys.end());
    EXPECT_EQ(client.mget(keys), expected);
  }
}

TEST(MultiKey, a_part_of_the_wrong_shape_is_an_error_and_never_a_nil) {
  for (const std::string shape : {"*0\r\n", "*2\r\n$1\r\na\r\n$1\r\nb\r\n", ":1\r\n", "_\r\n", "+OK\r\n"}) {
    SCOPED_TRACE(shape);
    ScriptedCluster cluster(2);
    cluster[0].expect("MGET", "bar").answer_array({"1"});
    cluster[1].expect("MGET", "foo").answer_raw(shape);
    RedisCluster client({.startup_nodes = cluster.seeds()});
    EXPECT_EQ(error_of(client.nothrow().mget({"bar", "foo"})).code, Errc::unexpected_reply);
  }
}

TEST(MultiKey, an_uncovered_part_is_an_error_that_names_the_slot) {
  ScriptedCluster cluster(2);
  cluster[0].always("MGET", "bar").answer_array({"1"});
  cluster.serve_slots({{0, 8191, cluster[0]}});
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 150ms});
  const Error error = error_of(client.nothrow().mget({"bar", "foo"}));
  EXPECT_EQ(error.code, Errc::slot_not_covered);
  EXPECT_TRUE(contains(error.message, "12182")) << error.message;
}

TEST(MultiKey, a_command_for_all_shards_fails_when_one_shard_does) {
  ScriptedCluster cluster(2);
  cluster[0].expect("DBSIZE").answer_integer(3);
  cluster[1].expect("DBSIZE").answer_integer(4);
  cluster[0].expect("DBSIZE").answer_integer(3);
  cluster[1].expect("DBSIZE").answer_error("NOPERM this user has no permissions to run the 'dbsize' command");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client.dbsize(), 7);
  EXPECT_EQ(error_of(client.nothrow().dbsize()).code, Errc::no_permission);
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(MultiKey, a_connection_killed_by_its_address_is_counted_over_all_nodes) {
  ScriptedCluster cluster(3);
  for (int i = 0; i < 3; ++i) cluster[i].always("CLIENT", "KILL", "ADDR", "10.0.0.1:5", "SKIPME", "NO").answer_integer(i == 1 ? 1 : 0);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client.client_kill("10.0.0.1:5"), 1);
  EXPECT_EQ(client.execute_command("CLIENT", "KILL", "10.0.0.1:5").as_integer(), 1);
  EXPECT_EQ(client.on(cluster[1].address()).client_kill("10.0.0.1:5"), 1);
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(MultiKey, many_callers_over_many_slots_get_their_own_values) {
  constexpr int callers = 8;
  constexpr int calls = 60;
  ScriptedCluster cluster(3);
  echo_mgets(cluster);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  std::atomic<int> wrong{0};
  Crowd(callers, [&](int caller) {
    for (int i = 0; i < calls; ++i) {
      std::vector<std::string> keys;
      for (int k = 0; k < 20; ++k) keys.push_back(std::to_string(caller) + ":" + std::to_string(i * k));
      const auto values = client.mget(keys);
      for (std::size_t k = 0; k < keys.size(); ++k) wrong += values[k] == keys[k] ? 0 : 1;
    }
  }).join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
