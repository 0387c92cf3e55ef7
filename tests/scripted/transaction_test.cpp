/// Transactions against scripted nodes: what is sent, the outcomes of EXEC told apart, and blocks that are sent again
/// only as a whole and only when nothing of them can have run.
#include "scripted/transaction_play.hpp"

namespace {

using namespace play;
using rediscluster::Replies;

TEST_F(Transactions, are_sent_as_one_block_and_give_typed_replies) {
  expect_block(home_, {{"SET", "foo", "1"}, {"INCR", "foo"}, {"GET", "foo"}}, ran({RawReply::status("OK"), RawReply::number(2), RawReply::bulk("2")}));
  auto tx = client_.transaction();
  const auto stored = tx.set("foo", 1);
  const auto number = tx.incr("foo");
  const auto text = tx.execute_command("GET", "foo");
  EXPECT_EQ(tx.size(), 3u);
  EXPECT_EQ(error_of(number.result()).code, Errc::not_allowed) << "not executed yet";
  const Replies replies = tx.execute();
  EXPECT_TRUE(stored.value());
  EXPECT_EQ(number.value(), 2);
  EXPECT_EQ(text.value().as_string(), "2");
  EXPECT_EQ(replies.size(), 3u);
  EXPECT_EQ(tx.size(), 0u);
  EXPECT_TRUE(tx.execute().empty()) << "nothing queued: nothing sent";
}

// F35
TEST_F(Transactions, give_each_command_its_own_error) {
  expect_block(home_, {{"INCR", "foo"}, {"LPUSH", "foo", "x"}, {"GET", "foo"}},
               ran({RawReply::number(1), RawReply::error("WRONGTYPE Operation against a key"), RawReply::bulk("1")}));
  auto tx = client_.transaction();
  const auto number = tx.incr("foo");
  const auto wrong = tx.lpush("foo", {"x"});
  const auto text = tx.get("foo");
  try {
    tx.execute();
    FAIL() << "no error";
  } catch (const rediscluster::ResponseError& error) {
    EXPECT_TRUE(contains(error.what(), "Command # 2 (LPUSH foo x) of transaction caused error: ")) << error.what();
    EXPECT_EQ(error.error().node, home_.address());
  }
  EXPECT_EQ(number.value(), 1);
  EXPECT_EQ(error_of(wrong.result()).code, Errc::wrong_type);
  EXPECT_EQ(text.value(), "1");
}

TEST_F(Transactions, over_several_slots_are_refused_before_anything_is_sent) {
  auto tx = client_.nothrow().transaction();
  const auto first = tx.set("foo", 1);
  tx.set("bar", 2);
  const Error error = error_of(tx.execute());
  EXPECT_EQ(error.code, Errc::cross_slot);
  EXPECT_TRUE(contains(error.message, "# 1 SET: \"foo\" is in slot 12182")) << error.message;
  EXPECT_TRUE(contains(error.message, "# 2 SET: \"bar\" is in slot 5061")) << error.message;
  EXPECT_EQ(error_of(first.result()).code, Errc::cross_slot);
  EXPECT_EQ(cluster_.received("MULTI"), 0);
}

TEST_F(Transactions, with_a_command_that_has_no_place_in_them_are_refused_as_a_whole) {
  auto tx = client_.nothrow().transaction();
  for (const char* name : {"MULTI", "WATCH", "FLUSHALL", "DBSIZE"}) {
    tx.set("foo", 1);
    if (std::string_view(name) == "WATCH") tx.execute_command(name, "foo");
    if (std::string_view(name) != "WATCH") tx.execute_command(name);
    const Error error = error_of(tx.execute());
    EXPECT_EQ(error.code, Errc::not_allowed) << name;
    EXPECT_TRUE(contains(error.message, "Command # 2 (" + std::string(name))) << error.message;
  }
  EXPECT_EQ(cluster_.received("MULTI"), 0);
}

TEST_F(Transactions, may_hold_blocking_commands_because_they_do_not_block_there) {
  expect_block(home_, {{"BLPOP", "foo", "0"}}, ran({RawReply::null()}));
  auto tx = client_.transaction();
  const auto popped = tx.blpop({"foo"}, 0s);
  tx.execute();
  EXPECT_FALSE(popped.value());
}

// F32: the four tests from here
TEST_F(Transactions, go_as_a_whole_to_the_new_home_when_a_queued_command_is_moved) {
  home_.expect("MULTI").answer_status("OK");
  home_.expect("INCR", "foo").answer_error(moved_to(other_));
  home_.expect("INCR", "foo").answer_error(moved_to(other_));
  home_.expect("EXEC").answer_error("EXECABORT Transaction discarded because of previous errors.");
  expect_block(other_, {{"INCR", "foo"}, {"INCR", "foo"}}, ran({RawReply::number(1), RawReply::number(2)}));
  auto tx = client_.transaction();
  tx.incr("foo");
  const auto second = tx.incr("foo");
  tx.execute();
  EXPECT_EQ(second.value(), 2);
}

TEST_F(Transactions, go_as_a_whole_to_the_new_home_when_exec_is_moved) {
  expect_block(home_, {{"INCR", "foo"}}, RawReply::error(moved_to(other_)));
  expect_block(other_, {{"INCR", "foo"}}, ran({RawReply::number(1)}));
  auto tx = client_.transaction();
  const auto number = tx.incr("foo");
  tx.execute();
  EXPECT_EQ(number.value(), 1);
}

TEST_F(Transactions, begin_with_asking_where_ask_sends_them) {
  expect_block(home_, {{"INCR", "foo"}}, RawReply::error(ask_at(other_)));
  other_.expect("ASKING").answer_status("OK");
  expect_block(other_, {{"INCR", "foo"}}, ran({RawReply::number(1)}));
  expect_block(home_, {{"INCR", "foo"}}, ran({RawReply::number(7)}));
  auto tx = client_.transaction();
  const auto number = tx.incr("foo");
  tx.execute();
  EXPECT_EQ(number.value(), 1);
  const auto later = tx.incr("foo");
  tx.execute();
  EXPECT_EQ(later.value(), 7) << "ASK is for once";
}

TEST_F(Transactions, name_the_right_that_is_missing_where_asking_is_forbidden) {
  expect_block(home_, {{"INCR", "foo"}}, RawReply::error(ask_at(other_)));
  other_.expect("ASKING").answer_error("NOPERM this user has no permissions to run the 'asking' command");
  other_.expect("MULTI").answer_status("OK");
  other_.expect("INCR", "foo").answer_error(moved_to(home_));
  other_.expect("EXEC").answer_error("EXECABORT Transaction discarded because of previous errors.");
  auto tx = client_.nothrow().transaction();
  tx.incr("foo");
  const Error error = error_of(tx.execute());
  EXPECT_EQ(error.code, Errc::exec_abort) << to_string(error);
  EXPECT_TRUE(contains(error.message, "+asking")) << error.message;
  EXPECT_EQ(error.execution, Execution::not_executed);
}

TEST_F(Transactions, are_tried_again_as_a_whole_when_the_slot_is_not_ready) {
  home_.expect("MULTI").answer_status("OK");
  home_.expect("INCR", "foo").answer_error("TRYAGAIN Multiple keys request during rehashing of slot");
  home_.expect("EXEC").answer_error("EXECABORT Transaction discarded because of previous errors.");
  expect_block(home_, {{"INCR", "foo"}}, RawReply::error("EXECABORT Transaction discarded because of: READONLY You can't write against a read only replica."));
  expect_block(home_, {{"INCR", "foo"}}, RawReply::error("CLUSTERDOWN The cluster is down"));
  expect_block(home_, {{"INCR", "foo"}}, ran({RawReply::number(1)}));
  auto tx = client_.transaction();
  const auto number = tx.incr("foo");
  tx.execute();
  EXPECT_EQ(number.value(), 1);
}

TEST_F(Transactions, refused_for_good_name_the_command_that_was_refused) {
  home_.expect("MULTI").answer_status("OK");
  home_.expect("INCR", "foo").answer_status("QUEUED");
  home_.expect("SET", "foo", "2").answer_error("OOM command not allowed when used memory > 'maxmemory'.");
  home_.expect("EXEC").answer_error("EXECABORT Transaction discarded because of previous errors.");
  auto tx = client_.transaction();
  tx.incr("foo");
  tx.set("foo", 2);
  try {
    tx.execute();
    FAIL() << "no error";
  } catch (const rediscluster::ExecAbortError& error) {
    EXPECT_TRUE(contains(error.what(), "command # 2 (SET foo 2) was refused")) << error.what();
    EXPECT_TRUE(contains(error.what(), "OOM command not allowed")) << error.what();
    EXPECT_EQ(error.execution(), Execution::not_executed);
  }
}

TEST_F(Transactions, whose_exec_is_refused_do_not_leave_others_within_their_multi) {
  expect_block(home_, {{"INCR", "foo"}}, RawReply::error("NOPERM this user has no permissions to run the 'exec' command"));
  home_.always("GET", "foo").answer_bulk("value");
  auto tx = client_.nothrow().transaction();
  tx.incr("foo");
  EXPECT_EQ(error_of(tx.execute()).code, Errc::exec_abort);
  EXPECT_EQ(client_.get("foo"), "value");
  int of_exec = 0, of_get = 0;
  for (const ScriptedLogEntry& entry : home_.log()) {
    if (entry.words.front() == "EXEC") of_exec = entry.connection;
    if (entry.words.front() == "GET") of_get = entry.connection;
  }
  EXPECT_NE(of_exec, of_get);
}

TEST_F(Transactions, whose_multi_alone_was_refused_may_have_run_in_part) {
  home_.expect("MULTI").answer_error("NOPERM this user has no permissions to run the 'multi' command");
  home_.expect("INCR", "foo").answer_integer(1);
  home_.expect("EXEC").answer_error("ERR EXEC without MULTI");
  auto tx = client_.nothrow().transaction();
  tx.incr("foo");
  const Error error = error_of(tx.execute());
  EXPECT_EQ(error.execution, Execution::maybe_executed);
  EXPECT_TRUE(contains(error.message, "MULTI was refused")) << error.message;
}

// F33, and its other half below
TEST_F(Transactions, lost_after_exec_was_written_may_have_run_and_are_not_sent_again) {
  home_.expect("MULTI").answer_status("OK");
  home_.expect("INCR", "foo").answer_status("QUEUED");
  home_.expect("EXEC").close();
  auto tx = client_.nothrow().transaction();
  const auto number = tx.incr("foo");
  const Error error = error_of(tx.execute());
  EXPECT_EQ(error.code, Errc::connection_lost);
  EXPECT_EQ(error.execution, Execution::maybe_executed);
  EXPECT_EQ(error_of(number.result()).execution, Execution::maybe_executed);
  EXPECT_EQ(home_.received("EXEC"), 1);
}

TEST_F(Transactions, of_reads_alone_are_sent_again_when_the_answer_is_lost) {
  home_.expect("MULTI").answer_status("OK");
  home_.expect("GET", "foo").answer_status("QUEUED");
  home_.expect("EXEC").close();
  expect_block(home_, {{"GET", "foo"}}, ran({RawReply::bulk("v")}));
  auto tx = client_.transaction();
  const auto value = tx.get("foo");
  tx.execute();
  EXPECT_EQ(value.value(), "v");
}

TEST_F(Transactions, cut_before_exec_was_written_are_sent_again_as_a_whole) {
  const std::string large(24u << 20, 'x');  // far beyond what the kernels hold for a peer that does not read
  home_.cut_after_received(100'000, Cut::reset);
  home_.expect("MULTI").answer_status("OK");
  home_.expect("INCR", "foo").answer_status("QUEUED");
  expect_block(home_, {{"INCR", "foo"}, {"SET", "foo", large}}, ran({RawReply::number(1), RawReply::status("OK")}));
  auto tx = client_.transaction();
  const auto number = tx.incr("foo");
  tx.set("foo", large);
  tx.execute();
  EXPECT_EQ(number.value(), 1);
}

}  // namespace
