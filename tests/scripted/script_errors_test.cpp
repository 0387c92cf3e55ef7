/// Errors that a script gives in words of its own: it may have written before, so it is never run again for them, nobody is told that
/// it did not run, and the client learns nothing from them. Only what servers say before the first line is repeated or followed.
#include <rediscluster/script.hpp>

#include "scripted/play.hpp"

namespace {

using namespace play;

const std::string failing = "return redis.error_reply(ARGV[1])";

/// A way to run a script of the key "bar", which lives on node 0.
struct Way {
  const char* name;
  const char* command;
  std::function<Error(RedisCluster&)> run;
};

Error error_of_pipeline(RedisCluster& client, const std::function<void(rediscluster::Pipeline&)>& queue) {
  auto pipeline = client.pipeline();
  queue(pipeline);
  return pipeline.execute({.raise_on_error = false}).error(0).value_or(Error{});
}

std::vector<Way> ways() {
  return {
      {"typed", "EVAL", [](RedisCluster& c) { return error_of(c.nothrow().eval(failing, {"bar"})); }},
      {"words", "EVAL", [](RedisCluster& c) { return error_of(c.nothrow().execute_command("EVAL", failing, 1, "bar")); }},
      {"by hash", "EVALSHA", [](RedisCluster& c) { return error_of(c.nothrow().evalsha("f00", {"bar"})); }},
      {"function", "FCALL", [](RedisCluster& c) { return error_of(c.nothrow().fcall("f", {"bar"})); }},
      {"registered", "EVALSHA", [](RedisCluster& c) { return error_of(c.register_script(failing).nothrow()({"bar"})); }},
      {"pipeline", "EVAL", [](RedisCluster& c) { return error_of_pipeline(c, [](auto& p) { p.eval(failing, {"bar"}); }); }},
      {"named node", "EVAL",
       [](RedisCluster& c) { return error_of(c.nothrow().on_slot(slot_of_bar).run(rediscluster::cmd::eval(failing, {"bar"}))); }},
  };
}

TEST(ScriptErrors, in_the_scripts_own_words_are_surfaced_once_and_in_doubt_on_every_way) {
  for (const Way& way : ways()) {
    for (const char* text : {"BUSY x", "TRYAGAIN x", "CLUSTERDOWN x", "LOADING x", "READONLY x", "MASTERDOWN x", "NOREPLICAS x", "UNBLOCKED x",
                             "NOAUTH x", "NOPERM x", "NOSCRIPT x", "MOVED x", "MOVED 100 127.0.0.1:1", "ASK 100 127.0.0.1:1", "ERR x"}) {
      SCOPED_TRACE(std::string(way.name) + ": " + text);
      ScriptedCluster cluster(1);
      cluster[0].always(starts_with({way.command})).answer_error(text);
      RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 2s, .resend = Resend::everything});
      const Error error = way.run(client);
      EXPECT_EQ(error.execution, Execution::maybe_executed);
      EXPECT_EQ(error.attempts, 1);
      EXPECT_TRUE(contains(error.message, text)) << error.message;
      EXPECT_EQ(cluster[0].received("EVAL") + cluster[0].received("EVALSHA") + cluster[0].received("FCALL"), 1);
      EXPECT_EQ(cluster.complaints(), "");
    }
  }
}

TEST(ScriptErrors, that_servers_give_before_the_first_line_are_absorbed_on_every_way) {
  for (const Way& way : ways()) {
    for (const char* text : {"BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
                             "LOADING Valkey is loading the dataset in memory", "TRYAGAIN Multiple keys request during rehashing of slot",
                             "CLUSTERDOWN Hash slot not served"}) {
      SCOPED_TRACE(std::string(way.name) + ": " + text);
      ScriptedCluster cluster(1);
      cluster[0].expect_where(way.command, starts_with({way.command})).answer_error(text);
      cluster[0].expect_where(way.command, starts_with({way.command})).answer_error("ERR the script's own");
      RedisCluster client({.startup_nodes = cluster.seeds()});
      EXPECT_TRUE(contains(way.run(client).message, "the script's own"));
      EXPECT_EQ(cluster.complaints(), "");
    }
  }
}

TEST(ScriptErrors, in_a_transaction_that_watches_do_not_send_it_elsewhere) {
  ScriptedCluster cluster(1);
  cluster[0].always("WATCH", "bar").answer_status("OK");
  cluster[0].always(starts_with({"EVAL"})).answer_error("BUSY x");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  auto tx = client.nothrow().transaction();
  ASSERT_TRUE(tx.watch({"bar"}));
  const Error error = error_of(tx.now().eval(failing, {"bar"}));
  EXPECT_EQ(error.code, Errc::busy);
  EXPECT_EQ(error.execution, Execution::maybe_executed);
}

TEST(ScriptErrors, teach_the_map_nothing) {
  ScriptedCluster cluster(2);
  echo_gets(cluster);
  const std::string other_key = key_in_slot(100);
  cluster[0].always(starts_with({"EVAL"})).answer_error("MOVED 100 " + cluster[1].address_text());
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(error_of(client.nothrow().eval(failing, {"bar"})).execution, Execution::maybe_executed);
  EXPECT_EQ(client.get(other_key), other_key);
  EXPECT_EQ(cluster[0].received("GET"), 1) << "slot 100 is where it was";
}

// A script that says where its own slot has moved cannot be told from a server that does. The node it names sends it back, and
// there it runs a second time, but not a third.
TEST(ScriptErrors, that_look_like_a_redirect_of_its_own_slot_run_it_twice_at_most) {
  for (const bool ask : {false, true}) {
    ScriptedCluster cluster(2);
    echo_gets(cluster);
    cluster[0].always(starts_with({"EVAL"})).answer_error(ask ? ask_at(cluster[1], slot_of_bar) : moved_to(cluster[1], slot_of_bar));
    cluster[1].always(starts_with({"EVAL"})).answer_error(moved_to(cluster[0], slot_of_bar));
    RedisCluster client({.startup_nodes = cluster.seeds()});
    const Error error = error_of(client.nothrow().eval(failing, {"bar"}));
    EXPECT_EQ(error.execution, Execution::maybe_executed);
    EXPECT_LE(cluster[0].received("EVAL"), 2);
    EXPECT_LE(cluster[1].received("EVAL"), 1);
    EXPECT_EQ(client.get("bar"), "bar");
    EXPECT_EQ(cluster[0].received("GET"), 1) << "the slot is where it was";
  }
}

// Nor can it be told from one that names no host, or the node itself.
TEST(ScriptErrors, that_look_like_an_odd_redirect_of_its_own_slot_run_it_twice_at_most_and_are_in_doubt) {
  for (const char* target : {"?:7000", ":0", "self"}) {
    SCOPED_TRACE(target);
    ScriptedCluster cluster(1);
    const std::string where = target == std::string("self") ? cluster[0].address_text() : std::string(target);
    cluster[0].always(starts_with({"EVAL"})).answer_error("MOVED " + std::to_string(slot_of_bar) + " " + where);
    RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 2s});
    EXPECT_EQ(error_of(client.nothrow().eval(failing, {"bar"})).execution, Execution::maybe_executed);
    EXPECT_LE(cluster[0].received("EVAL"), 2);
  }
}

TEST(ScriptErrors, of_read_only_scripts_teach_the_map_nothing_either) {
  ScriptedCluster cluster(2);
  echo_gets(cluster);
  const std::string other_key = key_in_slot(100);
  cluster[0].always(starts_with({"EVAL_RO"})).answer_error("MOVED 100 " + cluster[1].address_text());
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(error_of(client.nothrow().eval_ro(failing, {"bar"})).code, Errc::moved);
  EXPECT_EQ(client.get(other_key), other_key);
  EXPECT_EQ(cluster[0].received("GET"), 1);
  EXPECT_EQ(cluster[0].received("EVAL_RO"), 1);
}

TEST(ScriptErrors, while_keys_are_watched_teach_the_map_nothing_and_are_in_doubt) {
  ScriptedCluster cluster(2);
  echo_gets(cluster);
  cluster[0].always("WATCH", "bar").answer_status("OK");
  cluster[0].always(starts_with({"EVAL"})).answer_error(moved_to(cluster[1], slot_of_bar));
  RedisCluster client({.startup_nodes = cluster.seeds()});
  auto tx = client.nothrow().transaction();
  ASSERT_TRUE(tx.watch({"bar"}));
  EXPECT_EQ(error_of(tx.now().eval(failing, {"bar"})).execution, Execution::maybe_executed);
  EXPECT_EQ(client.get("bar"), "bar");
  EXPECT_EQ(cluster[0].received("GET"), 1);
}

TEST(ScriptErrors, of_a_slot_that_has_moved_are_followed) {
  ScriptedCluster cluster(2);
  cluster[0].expect_where("EVAL", starts_with({"EVAL"})).answer_error(moved_to(cluster[1], slot_of_bar));
  cluster[1].expect_where("EVAL", starts_with({"EVAL"})).answer_bulk("done");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client.eval(failing, {"bar"}).as_string(), "done");
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(ScriptErrors, of_read_only_scripts_are_repeated_as_those_of_any_read) {
  ScriptedCluster cluster(1);
  cluster[0].expect_where("EVAL_RO", starts_with({"EVAL_RO"})).answer_error("LOADING x");
  cluster[0].expect_where("EVAL_RO", starts_with({"EVAL_RO"})).answer_bulk("done");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client.eval_ro(failing, {"bar"}).as_string(), "done");
}

TEST(HalfWay, a_migrate_that_broke_off_is_in_doubt_and_one_that_never_began_is_not) {
  const std::vector<std::pair<const char*, Execution>> cases{
      {"IOERR error or timeout reading to target instance", Execution::maybe_executed},
      {"ERR Target instance replied with error: BUSYKEY Target key name already exists.", Execution::maybe_executed},
      {"IOERR error or timeout connecting to the client", Execution::not_executed},
  };
  for (const auto& [text, execution] : cases) {
    ScriptedCluster cluster(1);
    cluster[0].always(starts_with({"MIGRATE"})).answer_error(text);
    RedisCluster client({.startup_nodes = cluster.seeds()});
    const auto migrate = [](auto&& surface) {
      return surface.execute_command("MIGRATE", "h", 7000, "", 0, 100, "KEYS", "bar", "{bar}2");
    };
    EXPECT_EQ(error_of(migrate(client.nothrow())).execution, execution) << text;
    const Error piped = error_of_pipeline(client, [&](auto& p) { migrate(p); });
    EXPECT_EQ(piped.execution, execution) << text;
  }
}

TEST(HalfWay, a_write_that_only_the_server_knows_is_in_doubt_after_an_error_of_its_own) {
  ScriptedCluster cluster(1);
  const auto text = [](const char* each) { return RawReply::bulk(each); };
  cluster[0].always("COMMAND", "INFO", "MOD.WRITE").answer_array(
      {RawReply::array({text("mod.write"), RawReply::number(-2), RawReply::array({RawReply::status("write")}), RawReply::number(1),
                        RawReply::number(1), RawReply::number(1), RawReply::array({}), RawReply::array({}), RawReply::array({}), RawReply::array({})})});
  cluster[0].always(starts_with({"MOD.WRITE"})).answer_error("BUSY half of it is done");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const Error error = error_of(client.nothrow().execute_command("MOD.WRITE", "bar"));
  EXPECT_EQ(error.execution, Execution::maybe_executed);
  EXPECT_EQ(cluster[0].received("MOD.WRITE"), 1);
}

}  // namespace
