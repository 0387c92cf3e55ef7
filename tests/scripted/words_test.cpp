/// Any command as words: on every surface, and what is done about those that no table of the library knows.
#include "scripted/async_play.hpp"
#include "scripted/transaction_play.hpp"

namespace {

using namespace play;
namespace cmd = rediscluster::cmd;

TEST(Words, are_sent_to_the_place_that_was_named) {
  ScriptedCluster cluster(2);
  for (int i = 0; i < cluster.size(); ++i) {
    cluster[i].always("OBJECT", "ENCODING", "foo").answer_bulk("node " + std::to_string(i));
    cluster[i].always(starts_with({"COMMAND", "INFO"})).answer(RawReply::array({RawReply::null()}));
    cluster[i].always("MODULE.NEW", "x").answer_bulk("module at " + std::to_string(i));
  }
  const RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client.on(cluster[0].address()).execute_command("OBJECT", "ENCODING", "foo").as_string(), "node 0");
  EXPECT_EQ(client.on_slot(slot_of_foo).execute_command("OBJECT", "ENCODING", "foo").as_string(), "node 1");
  EXPECT_EQ(client.nothrow().on(cluster[0].address()).execute_command("MODULE.NEW", "x")->as_string(), "module at 0");
  EXPECT_EQ(client.on(cluster[1].address()).execute_command("MODULE.NEW", "x").as_string(), "module at 1");
  const auto each = client.on_all_nodes().execute_command("MODULE.NEW", "x");
  ASSERT_EQ(each.size(), 2u);
  for (const auto& one : each) EXPECT_EQ(one.value().as_string(), one.node == cluster[0].address() ? "module at 0" : "module at 1");
}

TEST(Words, are_values_with_a_type_on_every_surface) {
  ScriptedCluster cluster(2);
  echo_gets(cluster);
  ScriptedNode& home = cluster[1];
  home.always("WATCH", "foo").answer_status("OK");
  home.always("UNWATCH").answer_status("OK");
  const RedisCluster client({.startup_nodes = cluster.seeds()});
  const auto get = cmd::words("get", "foo").as<std::string>();
  EXPECT_EQ(get.slot(), slot_of_foo);
  EXPECT_EQ(client.run(get), "foo");
  EXPECT_EQ(client.run(get, {.timeout = 5s}), "foo");
  EXPECT_EQ(client.nothrow().run(get).value(), "foo");
  auto pipeline = client.pipeline();
  const auto queued = pipeline.run(get);
  pipeline.execute();
  EXPECT_EQ(queued.value(), "foo");
  auto transaction = client.transaction();
  transaction.watch({"foo"});
  EXPECT_EQ(transaction.now().run(get), "foo");
  const rediscluster::Arg args[] = {"GET", "foo"};
  EXPECT_EQ(client.run(cmd::words(args)).as_string(), "foo");
  EXPECT_EQ(transaction.now().execute_words(args).as_string(), "foo");
}

TEST(Words, that_mean_no_command_say_so_when_they_are_run) {
  ScriptedCluster cluster(2);
  const RedisCluster client({.startup_nodes = cluster.seeds()});
  const auto incomplete = cmd::words("GET");
  const Error error = error_of(client.nothrow().run(incomplete));
  EXPECT_EQ(error.code, Errc::wrong_arity);
  EXPECT_TRUE(contains(error.message, "GET")) << error.message;
  EXPECT_EQ(error_of(client.nothrow().on_slot(1).run(incomplete)).code, Errc::wrong_arity);
  EXPECT_EQ(error_of(client.nothrow().on_all_nodes().run(incomplete)).code, Errc::wrong_arity);
  auto pipeline = client.nothrow().pipeline();
  const auto queued = pipeline.run(incomplete);
  EXPECT_FALSE(pipeline.execute());
  EXPECT_EQ(error_of(queued.result()).code, Errc::wrong_arity);
  auto transaction = client.nothrow().transaction();
  transaction.run(incomplete);
  EXPECT_EQ(error_of(transaction.execute()).code, Errc::wrong_arity);
  EXPECT_TRUE(contains(client.explain(incomplete), "refused"));
  EXPECT_EQ(cluster.received("GET"), 0);
}

/// MODULE.GET and MODULE.SET, of one key each, are known to the two nodes alone.
class ForeignWords : public AsyncPlay {
 protected:
  ForeignWords() {
    for (int i = 0; i < nodes.size(); ++i) {
      tell_facts(nodes[i], "module.get", 2, "readonly");
      tell_facts(nodes[i], "module.set", 3, "write");
      nodes[i].always(starts_with({"MODULE.GET"})).answer_bulk("node " + std::to_string(i));
      nodes[i].always(starts_with({"MODULE.SET"})).answer_status("OK");
      nodes[i].always("MULTI").answer_status("OK");
    }
  }
  static void tell_facts(ScriptedNode& node, const std::string& name, int arity, const char* flag) {
    std::string upper = name;
    for (char& letter : upper) letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
    const auto one = RawReply::number(1);
    node.always("COMMAND", "INFO", upper)
        .answer_array({RawReply::array({RawReply::bulk(name), RawReply::number(arity), RawReply::array({RawReply::status(flag)}), one, one, one})});
  }
  Fiber queue_two_pipelines() {
    EXPECT_TRUE(co_await redis.get("foo"));  // on a reactor's thread from here on
    auto pipe = redis.pipeline();
    const auto set = pipe.run(set_foo);
    const auto get = pipe.run(get_foo);
    const auto executed = co_await pipe.execute();
    EXPECT_TRUE(executed) << to_string(executed.error());
    EXPECT_EQ(set.value(), "OK");
    EXPECT_EQ(get.value(), "node 1");
    auto again = redis.pipeline();
    const auto known = again.run(get_foo);
    EXPECT_TRUE(co_await again.execute());
    EXPECT_EQ(known.value(), "node 1");
  }
  Fiber queue_transaction() {
    EXPECT_TRUE(co_await redis.get("foo"));
    auto tx = redis.transaction();
    const auto set = tx.run(set_foo);
    const auto executed = co_await tx.execute();
    EXPECT_TRUE(executed) << to_string(executed.error());
    EXPECT_EQ(set.value(), "OK");
  }

  const RedisCluster client{options_for(nodes)};
  const rediscluster::Command<std::string> get_foo = cmd::words("MODULE.GET", "foo").as<std::string>();
  const rediscluster::Command<std::string> set_foo = cmd::words("MODULE.SET", "foo", "x").as<std::string>();
};

TEST_F(ForeignWords, are_asked_for_once) {
  EXPECT_EQ(client.run(get_foo), "node 1");
  auto pipeline = client.pipeline();
  const auto queued = pipeline.run(get_foo);
  pipeline.execute();
  EXPECT_EQ(queued.value(), "node 1");
  EXPECT_EQ(nodes.received("COMMAND"), 1);
}

TEST_F(ForeignWords, are_queued_without_a_word_to_a_server) {
  auto pipeline = client.pipeline();
  const auto before = pipeline.get("foo");
  const auto set = pipeline.run(set_foo);
  const auto get = pipeline.run(get_foo);
  EXPECT_EQ(nodes.received("COMMAND"), 0);
  EXPECT_EQ(pipeline.execute().size(), 3u);
  EXPECT_EQ(before.value(), "foo");
  EXPECT_EQ(set.value(), "OK");
  EXPECT_EQ(get.value(), "node 1");
  EXPECT_EQ(nodes.received("COMMAND"), 2);
}

// Who runs on a reactor's thread must not wait there, so that the question is asked with the execution.
TEST_F(ForeignWords, are_queued_by_coroutines) {
  queue_two_pipelines().wait();
  EXPECT_EQ(nodes.received("COMMAND"), 2);
}

TEST_F(ForeignWords, are_queued_in_a_transaction_by_coroutines) {
  nodes[1].expect("EXEC").answer_array({RawReply::status("OK")});
  queue_transaction().wait();
  EXPECT_TRUE(nodes[1].wait_for_command({"MULTI"}, 5s));
}

// However the question ended: the command itself was not sent.
TEST_F(ForeignWords, have_not_run_when_the_question_had_no_answer) {
  ScriptedCluster silent(1);
  silent[0].always(starts_with({"COMMAND"})).silence();
  const RedisCluster asking(options_for(silent));
  const auto ended_well = [&](const Error& error) {
    EXPECT_EQ(error.code, Errc::timed_out);
    EXPECT_EQ(error.execution, Execution::not_executed);
    EXPECT_TRUE(contains(error.message, "what MODULE.SET is could not be asked")) << error.message;
  };
  Error error;
  const milliseconds taken = time_of([&] { error = error_of(asking.nothrow().run(set_foo, {.timeout = 100ms})); });
  ended_well(error);
  EXPECT_LT(taken, 100ms + worst_overrun);
  auto pipeline = asking.nothrow().pipeline();
  const auto queued = pipeline.run(set_foo);
  const milliseconds of_pipeline = time_of([&] { EXPECT_FALSE(pipeline.execute({.timeout = 100ms})); });
  ended_well(error_of(queued.result()));
  EXPECT_LT(of_pipeline, 100ms + worst_overrun);
  auto transaction = asking.nothrow().transaction();
  transaction.run(set_foo);
  ended_well(error_of(transaction.execute({.timeout = 100ms})));
}

TEST_F(ForeignWords, that_are_no_command_are_refused_in_their_places) {
  auto pipeline = client.nothrow().pipeline();
  const auto missing = pipeline.run(cmd::words("GET"));
  const auto wrong = pipeline.run(cmd::words("MODULE.GET"));
  const auto good = pipeline.run(get_foo);
  EXPECT_TRUE(pipeline.execute({.raise_on_error = false}));
  EXPECT_EQ(error_of(missing.result()).code, Errc::wrong_arity);
  EXPECT_EQ(error_of(wrong.result()).code, Errc::wrong_arity);
  EXPECT_EQ(good.value(), "node 1");
}

}  // namespace
