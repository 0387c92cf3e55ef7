/// Commands under which connections end, in the company of others: these are not pulled into it again and again.
#include "scripted/play.hpp"

namespace {

using namespace play;

/// One node, where GET of "bar" ends the connection, and all other keys are answered.
class BadNeighbour : public ::testing::Test {
 protected:
  BadNeighbour() {
    echo_gets(cluster_[0]);
    cluster_[0].always(starts_with({"INCR"})).answer_integer(1);
    cluster_[0].always("GET", "bar").close();
  }

  int sent(const char* key) { return cluster_[0].received(CommandWords{"GET", key}); }

  ScriptedCluster cluster_{1};
  RedisCluster client_{{.startup_nodes = cluster_.seeds(), .command_timeout = 5s}};
};

TEST_F(BadNeighbour, in_a_pipeline_is_tried_again_by_itself_while_the_others_go_on) {
  auto pipe = client_.pipeline();
  pipe.get("before");
  pipe.get("bar");
  for (int i = 0; i < 20; ++i) pipe.get("k" + std::to_string(i));
  const auto replies = pipe.execute({.raise_on_error = false});
  EXPECT_EQ(replies[0].as_string(), "before");
  const Error error = replies.error(1).value_or(Error{});
  EXPECT_EQ(error.code, Errc::connection_lost);
  EXPECT_EQ(error.attempts, 4);
  EXPECT_TRUE(contains(error.message, "4 connections have ended under this command")) << error.message;
  for (int i = 0; i < 20; ++i) EXPECT_EQ(replies[static_cast<std::size_t>(i) + 2].as_string(), "k" + std::to_string(i));
  EXPECT_EQ(sent("before"), 1);
  EXPECT_EQ(sent("bar"), 4);
  for (int i = 0; i < 20; ++i) EXPECT_LE(sent(("k" + std::to_string(i)).c_str()), 2) << i;
}

TEST_F(BadNeighbour, puts_writes_of_its_pipeline_in_doubt_once) {
  auto pipe = client_.pipeline();
  pipe.get("bar");
  for (int i = 0; i < 5; ++i) pipe.incr("n" + std::to_string(i));
  const auto replies = pipe.execute({.raise_on_error = false});
  for (std::size_t i = 1; i < 6; ++i) EXPECT_EQ(replies.error(i).value_or(Error{}).execution, Execution::maybe_executed);
  EXPECT_EQ(cluster_[0].received("INCR"), 0) << "the node closed before it read them, and they were not sent again";
}

TEST_F(BadNeighbour, among_the_keys_of_mget_fails_that_call_alone) {
  echo_mgets(cluster_[0]);
  cluster_[0].always(starts_with({"MGET", "bar"})).close();
  EXPECT_EQ(error_of(client_.nothrow().mget({"bar", "foo"})).code, Errc::connection_lost);
  EXPECT_EQ(cluster_[0].received(CommandWords{"MGET", "bar"}) + sent("bar"), 4);
}

TEST_F(BadNeighbour, that_recovers_is_read) {
  cluster_[0].clear_rules();
  cluster_[0].expect("GET", "bar").close();
  cluster_[0].expect("GET", "bar").close();
  cluster_[0].expect("GET", "bar").close();
  cluster_[0].expect("GET", "bar").answer_bulk("at last");
  EXPECT_EQ(client_.get("bar"), "at last");
  EXPECT_EQ(cluster_.complaints(), "");
}

TEST_F(BadNeighbour, whose_reply_is_above_the_limits_is_asked_once_and_says_which_limit) {
  RedisCluster client({.startup_nodes = cluster_.seeds(), .max_bulk_bytes = 1000});
  cluster_[0].always("GET", "long").answer_bulk(std::string(2000, 'x'));
  const Error error = error_of(client.nothrow().get("long"));
  EXPECT_EQ(error.code, Errc::protocol_error);
  EXPECT_EQ(error.execution, Execution::maybe_executed);
  EXPECT_TRUE(contains(error.message, "max_bulk_bytes")) << error.message;
  EXPECT_EQ(sent("long"), 1);
}

// A connection of its own needs a place; where there is none, it has to do with the shared ones.
TEST_F(BadNeighbour, is_bounded_with_a_single_connection_too) {
  RedisCluster client({.startup_nodes = cluster_.seeds(), .max_connections = 1, .command_timeout = 5s});
  const Error error = error_of(client.nothrow().get("bar"));
  EXPECT_EQ(error.code, Errc::connection_lost);
  EXPECT_LE(sent("bar"), 4);
}

TEST_F(BadNeighbour, of_many_in_one_pipeline_make_few_connections_at_a_time) {
  cluster_[0].always([](const CommandWords& words) { return words.size() == 2 && words[1].starts_with("x"); }).close();
  auto pipe = client_.pipeline();
  for (int i = 0; i < 40; ++i) pipe.get("x" + std::to_string(i));
  const auto replies = pipe.execute({.raise_on_error = false});
  for (std::size_t i = 0; i < replies.size(); ++i) EXPECT_TRUE(replies.error(i));
  EXPECT_LE(cluster_[0].received("GET"), 4 * 40);
  EXPECT_LE(cluster_[0].open_connections(), 8);
}

// What was lost behind an earlier command, and what stands in front of a later one.

TEST(Overtaken, a_write_in_front_of_one_that_is_not_repeated_is_not_repeated) {
  ScriptedCluster cluster(1);
  cluster[0].expect("DEL", "k").answer_raw("");
  cluster[0].expect("RPUSH", "k", "x").close();
  cluster[0].always("DEL", "k").answer_integer(1);
  RedisCluster client({.startup_nodes = cluster.seeds(), .resend = Resend::idempotent_writes});
  auto pipe = client.pipeline();
  pipe.del("k");
  pipe.rpush("k", {"x"});
  const auto replies = pipe.execute({.raise_on_error = false});
  const Error error = replies.error(0).value_or(Error{});
  EXPECT_EQ(error.execution, Execution::maybe_executed);
  EXPECT_TRUE(contains(error.message, "would undo")) << error.message;
  EXPECT_EQ(cluster[0].received("DEL"), 1) << "it would take away what RPUSH has written";
  EXPECT_EQ(cluster[0].received("RPUSH"), 1);
}

TEST(Overtaken, writes_that_may_all_be_repeated_are_in_their_order) {
  ScriptedCluster cluster(1);
  cluster[0].expect("DEL", "k").answer_raw("");
  cluster[0].expect("SET", "k", "x").close();
  cluster[0].expect("DEL", "k").answer_integer(0);
  cluster[0].expect("SET", "k", "x").answer_status("OK");
  RedisCluster client({.startup_nodes = cluster.seeds(), .resend = Resend::idempotent_writes});
  auto pipe = client.pipeline();
  pipe.del("k");
  pipe.set("k", "x");
  EXPECT_EQ(pipe.execute().size(), 2u);
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Overtaken, a_read_in_front_of_a_write_of_all_keys_is_not_repeated) {
  ScriptedCluster cluster(1);
  cluster[0].expect("GET", "k").answer_raw("");
  cluster[0].expect("FLUSHALL").close();
  RedisCluster client({.startup_nodes = cluster.seeds()});
  auto pipe = client.pipeline();
  pipe.get("k");
  pipe.flushall();
  const auto replies = pipe.execute({.raise_on_error = false});
  EXPECT_EQ(replies.error(0).value_or(Error{}).execution, Execution::maybe_executed);
  EXPECT_EQ(cluster[0].received("GET"), 1) << "it would say that there is nothing";
}

TEST(Overtaken, a_count_of_all_keys_in_front_of_a_write_is_not_repeated) {
  ScriptedCluster cluster(1);
  cluster[0].expect("DBSIZE").answer_raw("");
  cluster[0].expect("SET", "k", "x").close();
  RedisCluster client({.startup_nodes = cluster.seeds()});
  auto pipe = client.pipeline();
  pipe.dbsize();
  pipe.set("k", "x");
  const auto replies = pipe.execute({.raise_on_error = false});
  EXPECT_TRUE(replies.error(0).has_value());
  EXPECT_EQ(cluster[0].received("DBSIZE"), 1);
}

// Commands that servers answer by ending.

TEST(Shutdown, has_done_what_it_should_when_the_connection_ends) {
  for (const Cut how : {Cut::fin, Cut::reset}) {
    ScriptedCluster cluster(2);
    if (how == Cut::fin) {
      cluster[0].always(starts_with({"SHUTDOWN"})).close();
    } else {
      cluster[0].always(starts_with({"SHUTDOWN"})).close_with_reset();
    }
    RedisCluster client({.startup_nodes = cluster.seeds(), .resend = Resend::everything});
    auto node = client.on(cluster[0].address());
    EXPECT_TRUE(node.shutdown({.save = rediscluster::ShutdownSave::no_save}));
    EXPECT_EQ(cluster[0].received("SHUTDOWN"), 1);
  }
}

TEST(Shutdown, that_is_taken_back_is_no_success_when_the_connection_ends) {
  ScriptedCluster cluster(1);
  cluster[0].always(starts_with({"SHUTDOWN"})).close();
  RedisCluster client({.startup_nodes = cluster.seeds(), .resend = Resend::everything});
  EXPECT_EQ(error_of(client.nothrow().on(cluster[0].address()).shutdown({.abort = true})).execution, Execution::maybe_executed);
  EXPECT_EQ(cluster[0].received("SHUTDOWN"), 1);
}

TEST(Shutdown, and_its_like_are_never_sent_twice) {
  const std::vector<CommandWords> words{{"DEBUG", "RESTART"}, {"FAILOVER"}, {"CLIENT", "KILL", "TYPE", "normal"}, {"CLUSTER", "RESET"}, {"CLUSTER", "FAILOVER"}};
  for (const CommandWords& each : words) {
    ScriptedCluster cluster(1);
    cluster[0].always(each).close();
    RedisCluster client({.startup_nodes = cluster.seeds(), .resend = Resend::everything});
    const auto& facts = each[0] == "DEBUG"      ? rediscluster::facts::debug
                        : each[0] == "FAILOVER" ? rediscluster::facts::failover
                        : each[0] == "CLIENT"   ? rediscluster::facts::client_kill
                        : each[1] == "RESET"    ? rediscluster::facts::cluster_reset
                                                : rediscluster::facts::cluster_failover;
    rediscluster::Command<rediscluster::Reply> value(facts);
    for (std::size_t i = static_cast<std::size_t>(facts.words); i < each.size(); ++i) value.arg(each[i]);
    const Error error = error_of(client.nothrow().on(cluster[0].address()).run(value));
    EXPECT_EQ(error.execution, Execution::maybe_executed) << each[0];
    EXPECT_EQ(cluster[0].received(each), 1) << each[0];
  }
}

}  // namespace
