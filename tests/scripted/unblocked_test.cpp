/// A server was told to end the wait of a connection (CLIENT UNBLOCK ... ERROR), by us or by anybody. Servers before 7.2 say
/// UNBLOCKED also to a command that is held up by CLIENT PAUSE, and run it all the same when the pause is over.
#include <atomic>
#include <future>
#include <stop_token>

#include "blocking_play.hpp"
#include "pubsub_play.hpp"
#include "transaction_play.hpp"

namespace {

using namespace play;
using rediscluster::RunOptions;
namespace cmd = rediscluster::cmd;

void introduce_as(ScriptedNode& node, const std::string& version) {
  node.always("HELLO", "3").answer(RawReply::map({RawReply::bulk("server"), RawReply::bulk("redis"), RawReply::bulk("version"), RawReply::bulk(version),
                                                  RawReply::bulk("proto"), RawReply::number(3)}));
}

int asked_for_life(ScriptedNode& node) { return node.received("PING"); }

/// Cancels a BLPOP of "q" once the node has it.
struct Cancelled {
  explicit Cancelled(ScriptedNode& node, RedisCluster& client) {
    std::stop_source source;
    auto call = std::async(std::launch::async, [&] { return client.nothrow().run(cmd::blpop("q", 0ms), RunOptions{.stop = source.get_token()}); });
    EXPECT_TRUE(node.wait_for_command({"BLPOP"}, 2s));
    took = time_of([&] {
      source.request_stop();
      result = call.get();
    });
  }
  Result<std::optional<std::pair<std::string, std::string>>> result{std::nullopt};
  milliseconds took{};
};

TEST(Unblocked, a_cancelled_call_whose_server_was_pausing_is_in_doubt_and_its_connection_ends) {
  ScriptedCluster cluster(1);
  Gate asked;
  answer_unblock(cluster[0], asked);
  cluster[0].expect("BLPOP", "q", "0").after(asked).answer_error(unblocked).silence();  // it is to run when the pause is over
  cluster[0].expect("BLPOP", "other", "1").answer_array({"other", "its own"});
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const Cancelled cancelled(cluster[0], client);
  EXPECT_EQ(error_of(cancelled.result).code, Errc::cancelled);
  EXPECT_EQ(error_of(cancelled.result).execution, Execution::maybe_executed);
  EXPECT_LT(cancelled.took, 600ms);
  EXPECT_TRUE(wait_until([&] { return cluster[0].open_connections() == 1; }, 2s)) << "the connection on which it may run is there still";
  EXPECT_EQ(client.blpop("other", 1s)->second, "its own");
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Unblocked, an_element_that_such_a_server_takes_all_the_same_is_given_to_the_caller) {
  ScriptedCluster cluster(1);
  Gate asked;
  answer_unblock(cluster[0], asked);
  cluster[0].always("BLPOP", "q", "0").after(asked).answer_error(unblocked).after_delay(30ms).answer_array({"q", "element"});
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const Cancelled cancelled(cluster[0], client);
  ASSERT_TRUE(cancelled.result) << to_string(cancelled.result.error());
  EXPECT_EQ((*cancelled.result)->second, "element");
  EXPECT_TRUE(wait_until([&] { return cluster[0].open_connections() == 1; }, 2s));
}

TEST(Unblocked, one_more_unblocked_proves_nothing) {
  ScriptedCluster cluster(1);
  Gate asked;
  answer_unblock(cluster[0], asked);
  cluster[0].always("BLPOP", "q", "0").after(asked).answer_error(unblocked).after_delay(30ms).answer_error(unblocked);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(error_of(Cancelled(cluster[0], client).result).execution, Execution::maybe_executed);
}

TEST(Unblocked, a_server_that_answers_the_next_question_has_taken_nothing) {
  ScriptedCluster cluster(1);
  Gate asked;
  answer_unblock(cluster[0], asked);
  cluster[0].always("BLPOP", "q", "0").after(asked).answer_error(unblocked);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const Cancelled cancelled(cluster[0], client);
  EXPECT_EQ(error_of(cancelled.result).code, Errc::cancelled);
  EXPECT_EQ(error_of(cancelled.result).execution, Execution::not_executed);
  EXPECT_EQ(asked_for_life(cluster[0]), 1);
  EXPECT_TRUE(wait_until([&] { return cluster[0].open_connections() == 1; }, 2s)) << "it is not used again";
}

TEST(Unblocked, servers_that_drop_the_command_are_not_asked_again) {
  for (const char* version : {"8.0.2", "8.1.1", "10.2.0"}) {
    ScriptedCluster cluster(1);
    Gate asked;
    introduce_as(cluster[0], version);
    answer_unblock(cluster[0], asked);
    cluster[0].always("BLPOP", "q", "0").after(asked).answer_error(unblocked).silence();
    RedisCluster client({.startup_nodes = cluster.seeds()});
    const Cancelled cancelled(cluster[0], client);
    EXPECT_EQ(error_of(cancelled.result).code, Errc::cancelled);
    EXPECT_EQ(error_of(cancelled.result).execution, Execution::not_executed) << version;
    EXPECT_EQ(asked_for_life(cluster[0]), 0);
    EXPECT_TRUE(wait_until([&] { return cluster[0].open_connections() == 1; }, 2s)) << "it is not used again";
  }
}

TEST(Unblocked, a_question_that_comes_too_late_meets_nobody) {
  ScriptedCluster cluster(1);
  Gate asked;
  answer_unblock(cluster[0], asked);
  cluster[0].always("BLPOP", "q", "0").after(asked).answer_array({"q", "element"});
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const Cancelled cancelled(cluster[0], client);
  ASSERT_TRUE(cancelled.result);
  EXPECT_EQ((*cancelled.result)->second, "element");
  EXPECT_TRUE(wait_until([&] { return cluster[0].open_connections() == 1; }, 2s)) << "the next to wait on it would be told to stop";
}

// The wish of somebody else.

TEST(Unblocked, the_wish_of_somebody_else_is_the_end_of_the_wait) {
  for (const bool is_stream : {false, true}) {
    ScriptedCluster cluster(1);
    cluster[0].always(starts_with({is_stream ? "XREAD" : "BLPOP"})).answer_error(unblocked);
    RedisCluster client({.startup_nodes = cluster.seeds()});
    const Error error = is_stream ? error_of(client.nothrow().xread({{"s", "0"}}, {.block = 3s})) : error_of(client.nothrow().blpop("q", 3s));
    EXPECT_EQ(error.code, Errc::unblocked) << to_string(error);
    EXPECT_EQ(error.execution, Execution::not_executed);
    EXPECT_EQ(error.attempts, 1);
    EXPECT_EQ(cluster[0].received("BLPOP") + cluster[0].received("XREAD"), 1) << "the wish was undone";
    EXPECT_TRUE(contains(error.message, "CLIENT UNBLOCK")) << error.message;
  }
}

TEST(Unblocked, such_a_wish_while_the_server_pauses_leaves_the_call_in_doubt) {
  ScriptedCluster cluster(1);
  cluster[0].always("BLPOP", "q", "3").answer_error(unblocked).silence();
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const Error error = error_of(client.nothrow().blpop("q", 3s));
  EXPECT_EQ(error.code, Errc::unblocked) << to_string(error);
  EXPECT_EQ(error.execution, Execution::maybe_executed);
}

// On a connection that many share: the command is held up, is told UNBLOCKED, and runs when the pause is over.

TEST(Unblocked, what_follows_on_a_shared_connection_gets_no_reply_of_others) {
  ScriptedCluster cluster(1);
  cluster[0].always("INCR", "n").answer_error(unblocked).answer_integer(1);
  cluster[0].always("GET", "y").answer_bulk("Y");
  cluster[0].always("GET", "none").answer_nil();
  RedisCluster client({.startup_nodes = cluster.seeds()});
  auto pipeline = client.nothrow().pipeline();
  auto n = pipeline.incr("n");
  auto y = pipeline.get("y");
  auto none = pipeline.get("none");
  static_cast<void>(pipeline.execute());
  EXPECT_EQ(error_of(n.result()).execution, Execution::maybe_executed);
  EXPECT_EQ(y.result().value(), "Y");
  EXPECT_EQ(none.result().value(), std::nullopt);
  EXPECT_EQ(cluster[0].received("INCR"), 1) << "it ran twice";
}

TEST(Unblocked, a_write_on_a_shared_connection_is_in_doubt_and_a_read_is_sent_again) {
  ScriptedCluster cluster(1);
  cluster[0].expect("INCR", "n").answer_error(unblocked).answer_integer(1);
  cluster[0].expect("GET", "k").answer_error(unblocked).answer_bulk("late");
  cluster[0].expect("GET", "k").answer_bulk("v");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const Error error = error_of(client.nothrow().incr("n"));
  EXPECT_EQ(error.execution, Execution::maybe_executed);
  EXPECT_TRUE(contains(error.message, "CLIENT UNBLOCK")) << error.message;
  EXPECT_EQ(client.get("k"), "v");
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Unblocked, a_script_that_says_so_runs_once) {
  ScriptedCluster cluster(1);
  cluster[0].always(starts_with({"EVAL"})).answer_error(unblocked);
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 500ms});
  EXPECT_EQ(error_of(client.nothrow().execute_command("EVAL", "return 1", 1, "k")).execution, Execution::maybe_executed);
  EXPECT_EQ(cluster[0].received("EVAL"), 1);
}

class UnblockedTransactions : public Transactions {};

TEST_F(UnblockedTransactions, are_in_doubt_wherever_it_hits_them) {
  for (const char* where : {"MULTI", "SET", "EXEC"}) {
    home_.clear_rules();
    const auto answer = [&](const char* name, const std::string& usual) {
      home_.always(starts_with({name})).answer(std::string_view(name) == where ? RawReply::error(unblocked) : RawReply::status(usual));
    };
    answer("MULTI", "OK");
    answer("SET", "QUEUED");
    answer("EXEC", "OK");
    auto transaction = client_.nothrow().transaction();
    transaction.set("foo", "bar");
    const auto replies = transaction.execute();
    ASSERT_FALSE(replies) << where;
    EXPECT_EQ(replies.error().execution, Execution::maybe_executed) << where << ": " << to_string(replies.error());
  }
}

TEST_F(UnblockedTransactions, that_watch_are_in_doubt_too) {
  home_.expect("WATCH", "foo").answer_status("OK");
  home_.expect("MULTI").answer_status("OK");
  home_.expect("SET", "foo", "bar").answer_status("QUEUED");
  home_.expect("EXEC").answer_error(unblocked).answer_array({"OK"});
  auto transaction = client_.nothrow().transaction();
  ASSERT_TRUE(transaction.watch({"foo"}));
  transaction.set("foo", "bar");
  EXPECT_EQ(error_of(transaction.execute()).execution, Execution::maybe_executed);
}

TEST(UnblockedSubscription, is_made_anew_on_another_connection) {
  ScriptedCluster cluster(1);
  confirm_subscriptions(cluster[0]);
  cluster[0].expect("SUBSCRIBE", "news").answer_error(unblocked);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  auto pubsub = client.nothrow().pubsub();
  const auto subscribed = pubsub.subscribe("news");
  EXPECT_TRUE(subscribed) << to_string(subscribed.error());
  EXPECT_EQ(cluster[0].received("SUBSCRIBE"), 2);
}

}  // namespace
