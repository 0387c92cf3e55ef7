/// Transactions with WATCH against scripted nodes: one connection from WATCH to EXEC, and what becomes of them when the
/// watch is lost.
#include "scripted/transaction_play.hpp"

namespace {

using namespace play;
using rediscluster::Replies;
using rediscluster::WatchError;

using Watches = Transactions;

TEST_F(Watches, with_watch_have_one_connection_from_watch_to_exec) {
  home_.expect("WATCH", "foo").answer_status("OK");
  home_.expect("GET", "foo").answer_bulk("41");
  expect_block(home_, {{"SET", "foo", "42"}}, ran({RawReply::status("OK")}));
  auto tx = client_.transaction();
  tx.watch({"foo"});
  const auto before = tx.now().get("foo");
  tx.set("foo", std::stoi(*before) + 1);
  tx.execute();
  EXPECT_FALSE(tx.is_watching());
  std::vector<int> connections;
  for (const ScriptedLogEntry& entry : home_.log()) {
    if (!entry.was_polite) connections.push_back(entry.connection);
  }
  EXPECT_EQ(connections, std::vector<int>(5, connections.front()));
}

TEST_F(Watches, whose_watched_key_changed_end_in_watch_error) {
  home_.expect("WATCH", "foo").answer_status("OK");
  expect_block(home_, {{"SET", "foo", "1"}}, RawReply::null());
  auto tx = client_.transaction();
  tx.watch({"foo"});
  const auto stored = tx.set("foo", 1);
  EXPECT_THROW(tx.execute(), WatchError);
  const Error error = error_of(stored.result());
  EXPECT_EQ(error.code, Errc::watch_lost);
  EXPECT_EQ(error.execution, Execution::not_executed);
}

TEST_F(Watches, watching_other_slots_are_refused) {
  home_.expect("WATCH", "foo").answer_status("OK");
  home_.always("UNWATCH").answer_status("OK");
  auto tx = client_.nothrow().transaction();
  EXPECT_EQ(error_of(tx.watch({"foo", "bar"})).code, Errc::cross_slot);
  ASSERT_TRUE(tx.watch({"foo"}));
  EXPECT_EQ(error_of(tx.watch({"bar"})).code, Errc::cross_slot);
  EXPECT_EQ(error_of(tx.now().get("bar")).code, Errc::cross_slot);
  tx.set("bar", 1);
  const Error error = error_of(tx.execute());
  EXPECT_EQ(error.code, Errc::cross_slot);
  EXPECT_TRUE(contains(error.message, "the watched keys are in slot 12182")) << error.message;
}

// F34, with those that run a function again below
TEST_F(Watches, that_lose_their_connection_never_go_on_with_another) {
  home_.expect("WATCH", "foo").answer_status("OK");
  auto tx = client_.nothrow().transaction();
  ASSERT_TRUE(tx.watch({"foo"}));
  home_.drop_connections();
  ASSERT_TRUE(wait_until([&] { return home_.open_connections() == 0; }, 2s));
  tx.set("foo", 1);
  const Error error = error_of(tx.execute());
  EXPECT_EQ(error.code, Errc::watch_lost) << to_string(error);
  EXPECT_EQ(error.execution, Execution::not_executed);
  EXPECT_EQ(home_.received("EXEC"), 0);
}

TEST_F(Watches, that_lose_their_connection_within_a_read_do_not_run_what_is_queued) {
  home_.expect("WATCH", "foo").answer_status("OK");
  home_.expect("GET", "foo").close();
  auto tx = client_.nothrow().transaction();
  ASSERT_TRUE(tx.watch({"foo"}));
  EXPECT_EQ(error_of(tx.now().get("foo")).code, Errc::watch_lost);
  tx.set("foo", 1);
  EXPECT_EQ(error_of(tx.execute()).code, Errc::watch_lost);
  EXPECT_EQ(home_.received("MULTI"), 0);
}

TEST_F(Watches, watched_and_lost_after_exec_was_written_may_have_run) {
  home_.expect("WATCH", "foo").answer_status("OK");
  home_.expect("MULTI").answer_status("OK");
  home_.expect("SET", "foo", "1").answer_status("QUEUED");
  home_.expect("EXEC").close();
  auto tx = client_.nothrow().transaction();
  ASSERT_TRUE(tx.watch({"foo"}));
  tx.set("foo", 1);
  const Error error = error_of(tx.execute());
  EXPECT_EQ(error.code, Errc::connection_lost) << to_string(error);
  EXPECT_EQ(error.execution, Execution::maybe_executed);
}

TEST_F(Watches, that_are_given_up_give_their_connection_back_unwatched) {
  home_.expect("WATCH", "foo").answer_status("OK");
  home_.expect("UNWATCH").answer_status("OK");
  home_.expect("WATCH", "foo").answer_status("OK");
  home_.expect("UNWATCH").answer_status("OK");
  const int before = home_.connections();
  for (int i = 0; i < 2; ++i) {
    auto tx = client_.transaction();
    tx.watch({"foo"});
    tx.set("foo", 1);
  }
  EXPECT_EQ(home_.connections(), before + 1) << "the second one used the connection of the first";
}

TEST_F(Watches, that_cannot_unwatch_close_their_connection) {
  home_.always("WATCH", "foo").answer_status("OK");
  home_.always("UNWATCH").silence();
  {
    auto tx = client_.transaction();
    tx.watch({"foo"});
  }
  auto tx = client_.transaction();
  tx.watch({"foo"});
  std::vector<int> connections;
  for (const ScriptedLogEntry& entry : home_.log()) {
    if (entry.words.front() == "WATCH") connections.push_back(entry.connection);
  }
  ASSERT_EQ(connections.size(), 2u);
  EXPECT_NE(connections[0], connections[1]);
}

TEST_F(Watches, need_watch_before_commands_at_once) {
  auto tx = client_.nothrow().transaction();
  EXPECT_TRUE(contains(error_of(tx.now().get("foo")).message, "call watch() first"));
}

// --- that run again by themselves

TEST_F(Watches, by_function_run_again_when_the_watch_was_lost) {
  for (int i = 0; i < 2; ++i) {
    home_.expect("WATCH", "foo").answer_status("OK");
    home_.expect("GET", "foo").answer_bulk(std::to_string(i));
    expect_block(home_, {{"SET", "foo", std::to_string(i + 10)}}, i == 0 ? RawReply::null() : ran({RawReply::status("OK")}));
  }
  int runs = 0;
  const Replies replies = client_.transaction({"foo"}, [&](auto& tx) {
    ++runs;
    const int seen = std::stoi(*tx.now().get("foo"));
    tx.set("foo", seen + 10);
  });
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(replies.size(), 1u);
}

TEST_F(Watches, by_function_run_again_where_the_slot_has_moved_to) {
  home_.expect("WATCH", "foo").answer_status("OK");
  home_.expect("GET", "foo").answer_error(moved_to(other_));
  other_.expect("WATCH", "foo").answer_status("OK");
  other_.expect("GET", "foo").answer_bulk("1");
  expect_block(other_, {{"SET", "foo", "2"}}, ran({RawReply::status("OK")}));
  const auto replies = client_.nothrow().transaction({"foo"}, [](auto& tx) {
    const auto seen = tx.now().get("foo");
    if (seen) tx.set("foo", std::stoi(**seen) + 1);
  });
  ASSERT_TRUE(replies) << to_string(replies.error());
  EXPECT_EQ(home_.received("EXEC"), 0);
}

TEST_F(Watches, by_function_run_again_when_exec_is_redirected_away_from_its_watch) {
  home_.expect("WATCH", "foo").answer_status("OK");
  expect_block(home_, {{"SET", "foo", "2"}}, RawReply::error(moved_to(other_)));
  other_.expect("WATCH", "foo").answer_status("OK");
  expect_block(other_, {{"SET", "foo", "2"}}, ran({RawReply::status("OK")}));
  int runs = 0;
  client_.transaction({"foo"}, [&](auto& tx) {
    ++runs;
    tx.set("foo", 2);
  });
  EXPECT_EQ(runs, 2);
}

TEST_F(Watches, by_function_end_by_the_deadline) {
  home_.always("WATCH", "foo").answer_status("OK");
  home_.always("MULTI").answer_status("OK");
  home_.always("SET", "foo", "1").answer_status("QUEUED");
  home_.always("EXEC").answer_nil();
  Error error;
  const milliseconds took = time_of([&] {
    error = error_of(client_.nothrow().transaction({"foo"}, [](auto& tx) { tx.set("foo", 1); }, {.timeout = 150ms}));
  });
  // The deadline most often comes between two attempts, or in a pause; on a busy machine it may come inside one.
  if (error.code != Errc::timed_out) {
    EXPECT_EQ(error.code, Errc::watch_lost) << error.message;
    EXPECT_TRUE(contains(error.message, "Gave up at the deadline")) << error.message;
  }
  EXPECT_LT(took, 150ms + worst_overrun);
}

TEST_F(Watches, by_function_that_throws_leave_nothing_behind) {
  home_.expect("WATCH", "foo").answer_status("OK");
  home_.expect("UNWATCH").answer_status("OK");
  EXPECT_THROW(client_.transaction({"foo"}, [](auto&) { throw std::runtime_error("the user's own"); }), std::runtime_error);
  EXPECT_EQ(home_.received("MULTI"), 0);
}

}  // namespace
