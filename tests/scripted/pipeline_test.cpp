/// Pipelines against scripted nodes: how they are sent, what they give, what they refuse.
#include <algorithm>

#include "play.hpp"

namespace {

using namespace play;
using rediscluster::Pending;
using rediscluster::Replies;
using rediscluster::Reply;

void count_incrs(ScriptedCluster& cluster) {
  for (int i = 0; i < cluster.size(); ++i) {
    cluster[i].always(starts_with({"INCR"})).answer_with([count = 0](const CommandWords&) mutable { return RawReply::number(++count); });
  }
}

int commands_by_rules(ScriptedCluster& cluster) {
  int count = 0;
  for (int i = 0; i < cluster.size(); ++i) {
    for (const ScriptedLogEntry& entry : cluster[i].log()) count += entry.was_polite ? 0 : 1;
  }
  return count;
}

TEST(Pipeline, gives_typed_replies_and_all_replies_in_the_order_of_queueing) {
  ScriptedCluster cluster(2);
  echo_gets(cluster);
  count_incrs(cluster);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  auto pipe = client.pipeline();
  const auto bar = pipe.get("bar");
  const auto first = pipe.incr("foo");
  const auto foo = pipe.execute_command("GET", "foo");
  const auto second = pipe.run(rediscluster::cmd::incr("foo"));
  EXPECT_EQ(pipe.size(), 4u);
  EXPECT_FALSE(bar.ready());
  const Replies replies = pipe.execute();
  EXPECT_EQ(pipe.size(), 0u);
  EXPECT_TRUE(bar.ready());
  EXPECT_EQ(bar.value(), "bar");
  EXPECT_EQ(first.value(), 1);
  EXPECT_EQ(foo.value().as_string(), "foo");
  EXPECT_EQ(second.result().value(), 2);
  ASSERT_EQ(replies.size(), 4u);
  EXPECT_EQ(replies[0].as_string(), "bar");
  EXPECT_EQ(replies.back().as_integer(), 2);
  std::size_t walked = 0;
  for (const Reply& reply : replies) walked += reply.is_error() ? 0 : 1;
  EXPECT_EQ(walked, 4u);
  EXPECT_EQ((*(replies.begin() + 2)).as_string(), "foo");
  EXPECT_THROW(replies[4], std::out_of_range);
}

TEST(Pipeline, writes_to_all_nodes_before_it_waits_for_any) {
  ScriptedCluster cluster(2);
  Gate gate;
  cluster[0].always(starts_with({"GET"})).after(gate).answer_bulk("0");
  cluster[1].always(starts_with({"GET"})).after(gate).answer_bulk("1");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  auto pipe = client.pipeline();
  for (int i = 0; i < 50; ++i) pipe.get("key:" + std::to_string(i));
  Crowd crowd(1, [&](int) { EXPECT_EQ(pipe.execute().size(), 50u); });
  EXPECT_TRUE(cluster[0].wait_for_command({"GET"}, 5s));
  EXPECT_TRUE(cluster[1].wait_for_command({"GET"}, 5s));
  gate.open();
}

TEST(Pipeline, that_is_empty_sends_nothing) {
  ScriptedCluster cluster(1);
  RedisCluster client({.startup_nodes = cluster.seeds(), .init_slot_cache = false});
  auto pipe = client.pipeline();
  EXPECT_TRUE(pipe.empty());
  EXPECT_TRUE(pipe.execute().empty());
  EXPECT_EQ(cluster[0].connections(), 0);
}

TEST(Pipeline, raises_the_first_error_with_position_command_and_node_after_all_have_run) {
  ScriptedCluster cluster(1);
  echo_gets(cluster);
  cluster[0].always("LPUSH", "foo", "x").answer_error("WRONGTYPE Operation against a key holding the wrong kind of value");
  cluster[0].always("SET", "late", "v").answer_status("OK");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  auto pipe = client.pipeline();
  const auto before = pipe.get("bar");
  const auto wrong = pipe.lpush("foo", {"x"});
  const auto after = pipe.set("late", "v");
  try {
    pipe.execute();
    FAIL() << "no error";
  } catch (const rediscluster::ResponseError& error) {
    EXPECT_EQ(error.error().message.find("Command # 2 (LPUSH foo x) of pipeline caused error: "), 0u) << error.what();
    EXPECT_TRUE(contains(error.what(), "WRONGTYPE Operation against")) << error.what();
    EXPECT_TRUE(contains(error.what(), cluster[0].address_text())) << error.what();
    EXPECT_EQ(error.error().node, cluster[0].address());
  }
  EXPECT_EQ(before.value(), "bar");
  EXPECT_TRUE(after.value());
  EXPECT_THROW(wrong.value(), rediscluster::ResponseError);
  EXPECT_EQ(pipe.size(), 0u) << "it is reusable also after it threw";
  const auto again = pipe.get("again");
  pipe.execute();
  EXPECT_EQ(again.value(), "again");
  EXPECT_EQ(before.value(), "bar") << "a Pending belongs to its own execution";
}

TEST(Pipeline, without_raising_keeps_errors_in_their_places) {
  ScriptedCluster cluster(1);
  echo_gets(cluster);
  cluster[0].always(starts_with({"LPUSH"})).answer_error("WRONGTYPE Operation against a key");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  auto pipe = client.pipeline();
  pipe.get("bar");
  pipe.lpush("foo", {"x"});
  const Replies replies = pipe.execute({.raise_on_error = false});
  EXPECT_FALSE(replies[0].is_error());
  EXPECT_TRUE(replies[1].is_error());
  EXPECT_TRUE(contains(replies[1].as_string(), "WRONGTYPE"));
  EXPECT_FALSE(replies.error(0));
  ASSERT_TRUE(replies.error(1));
  EXPECT_EQ(replies.error(1)->code, Errc::wrong_type);
  EXPECT_EQ(replies.error(1)->node, cluster[0].address());
}

TEST(Pipeline, of_the_nothrow_surface_never_throws) {
  ScriptedCluster cluster(1);
  cluster[0].always(starts_with({"LPUSH"})).answer_error("WRONGTYPE no list");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  auto pipe = client.nothrow().pipeline();
  const auto wrong = pipe.lpush("foo", {"x"});
  EXPECT_EQ(error_of(wrong.result()).code, Errc::not_allowed) << "not executed yet";
  const Error error = error_of(pipe.execute());
  EXPECT_EQ(error.code, Errc::wrong_type);
  EXPECT_TRUE(contains(error.message, "Command # 1 (LPUSH foo x)")) << error.message;
  EXPECT_EQ(error_of(wrong.result()).code, Errc::wrong_type);
  EXPECT_TRUE(pipe.execute().has_value());
}

TEST(Pipeline, tells_those_who_ask_too_early_or_after_a_reset) {
  ScriptedCluster cluster(1);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  auto pipe = client.pipeline();
  const Pending<std::optional<std::string>> early = pipe.get("foo");
  EXPECT_TRUE(contains(error_of(early.result()).message, "call execute() first"));
  EXPECT_THROW(early.value(), rediscluster::RedisClusterException);
  pipe.reset();
  EXPECT_EQ(pipe.size(), 0u);
  EXPECT_TRUE(contains(error_of(early.result()).message, "was never executed"));
  std::optional<Pending<std::int64_t>> orphan;
  {
    auto brief = client.pipeline();
    orphan = brief.incr("foo");
  }
  EXPECT_TRUE(contains(error_of(orphan->result()).message, "was never executed"));
}

TEST(Pipeline, results_outlive_pipeline_and_client) {
  ScriptedCluster cluster(1);
  echo_gets(cluster);
  std::optional<Pending<std::optional<std::string>>> kept;
  Replies replies;
  {
    RedisCluster client({.startup_nodes = cluster.seeds()});
    auto pipe = client.pipeline();
    kept = pipe.get("foo");
    replies = pipe.execute();
  }
  EXPECT_EQ(kept->value(), "foo");
  EXPECT_EQ(replies[0].as_string(), "foo");
}

TEST(Pipeline, refuses_what_has_no_place_in_it_and_runs_the_rest) {
  ScriptedCluster cluster(2);
  echo_gets(cluster);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  auto pipe = client.pipeline();
  pipe.execute_command("MULTI");
  pipe.blpop({"foo"}, 1s);
  pipe.rename("foo", "bar");
  pipe.execute_command("GET");
  pipe.execute_command("SELECT", "1");
  const auto fine = pipe.get("foo");
  const Replies replies = pipe.execute({.raise_on_error = false});
  EXPECT_EQ(fine.value(), "foo");
  EXPECT_TRUE(contains(replies.error(0)->message, "transaction()")) << replies.error(0)->message;
  EXPECT_TRUE(contains(replies.error(1)->message, "waits on the server")) << replies.error(1)->message;
  EXPECT_TRUE(contains(replies.error(2)->message, "step by step")) << replies.error(2)->message;
  EXPECT_EQ(replies.error(3)->code, Errc::wrong_arity);
  EXPECT_EQ(replies.error(4)->code, Errc::not_allowed);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(replies.error(i)->execution, Execution::not_executed);
  EXPECT_EQ(commands_by_rules(cluster), 1) << "nothing but the GET was sent";
}

TEST(Pipeline, splits_merges_and_asks_all_shards_in_the_same_round) {
  ScriptedCluster cluster(3);
  echo_mgets(cluster);
  echo_gets(cluster);
  for (int i = 0; i < 3; ++i) {
    cluster[i].always("DBSIZE").answer_integer(10 + i);
    cluster[i].always(starts_with({"DEL"})).answer_with([](const CommandWords& words) { return RawReply::number(static_cast<long long>(words.size()) - 1); });
  }
  RedisCluster client({.startup_nodes = cluster.seeds()});
  auto pipe = client.pipeline();
  const auto values = pipe.mget({"a", "b", "c", "d", "a"});
  const auto size = pipe.dbsize();
  const auto one = pipe.get("b");
  const auto deleted = pipe.del({"a", "b", "c", "d"});
  pipe.execute();
  EXPECT_EQ(values.value(), (std::vector<std::optional<std::string>>{"a", "b", "c", "d", "a"}));
  EXPECT_EQ(size.value(), 33);
  EXPECT_EQ(one.value(), "b");
  EXPECT_EQ(deleted.value(), 4);
  for (int i = 0; i < 3; ++i) EXPECT_LE(cluster[i].connections(), 2) << "one connection for commands, one for the topology";
}

TEST(Pipeline, takes_what_others_have_answered_while_it_waited_for_a_node_that_hangs) {
  ScriptedCluster cluster(2);
  cluster[0].always(starts_with({"GET"})).silence();
  cluster[1].always(starts_with({"GET"})).answer_with([](const CommandWords&) { return RawReply::bulk(std::string(200, 'v')); });
  RedisCluster client({.startup_nodes = cluster.seeds()});
  auto pipe = client.pipeline();
  const auto silent = pipe.get("bar");
  std::vector<rediscluster::Pending<std::optional<std::string>>> fine;
  for (int i = 0; i < 1000; ++i) fine.push_back(pipe.get("{foo}" + std::to_string(i)));  // more than one receive brings
  const milliseconds took = time_of([&] { pipe.execute({.raise_on_error = false, .timeout = 800ms}); });
  EXPECT_LT(took, 800ms + worst_overrun);
  EXPECT_EQ(error_of(silent.result()).code, Errc::timed_out);
  for (const auto& each : fine) ASSERT_TRUE(each.result()) << to_string(each.result().error());
}

TEST(Pipeline, a_command_in_parts_is_in_doubt_when_any_of_them_is) {
  ScriptedCluster cluster(2);
  cluster[0].always(starts_with({"MSET"})).answer_error("CLUSTERDOWN The cluster is down");
  cluster[1].always(starts_with({"MSET"})).close();
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 200ms});
  EXPECT_EQ(error_of(client.nothrow().mset({{"bar", "1"}, {"foo", "2"}})).execution, Execution::maybe_executed);
}

TEST(Pipeline, does_not_read_again_behind_a_write_that_may_have_run) {
  ScriptedCluster cluster(2);
  cluster[1].expect("GET", "foo").silence();
  cluster[1].expect("DEL", "foo").close();
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 1s});
  auto pipe = client.pipeline();
  const auto before = pipe.get("foo");
  const auto removed = pipe.del({"foo"});
  pipe.execute({.raise_on_error = false});
  EXPECT_EQ(error_of(before.result()).execution, Execution::maybe_executed) << "after the DEL it would find nothing";
  EXPECT_EQ(error_of(removed.result()).execution, Execution::maybe_executed);
  EXPECT_EQ(cluster[1].received("GET"), 1);
}

TEST(Pipeline, takes_any_timeout) {
  ScriptedCluster cluster(2);
  echo_gets(cluster[1]);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client.run(rediscluster::cmd::get("foo"), {.timeout = milliseconds::max()}), "foo");
  auto pipe = client.pipeline();
  const auto value = pipe.get("foo");
  pipe.execute({.timeout = milliseconds::max()});
  EXPECT_EQ(value.value(), "foo");
  EXPECT_EQ(error_of(client.nothrow().run(rediscluster::cmd::get("foo"), {.timeout = milliseconds::min()})).execution, Execution::not_executed);
}

// F31
TEST(Pipeline, a_part_that_failed_makes_its_command_an_error_and_never_a_nil) {
  ScriptedCluster cluster(3);
  echo_mgets(cluster);
  const std::vector<std::string> keys{"a", "b", "c", "d", "e", "f"};
  ScriptedNode& sick = cluster.owner_of("a");
  sick.always(starts_with({"MGET"})).answer_error("MISCONF cannot persist");
  for (int i = 0; i < 3; ++i) {
    cluster[i].always(starts_with({"MSET"})).answer_status("OK");
    cluster[i].always(starts_with({"DEL"})).answer_integer(1);
  }
  sick.always(starts_with({"DEL"})).answer_error("NOPERM no");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  auto pipe = client.pipeline();
  const auto values = pipe.mget(keys);
  const auto stored = pipe.mset({{"a", "1"}, {"b", "2"}, {"c", "3"}});
  const auto deleted = pipe.del(keys);
  pipe.execute({.raise_on_error = false});
  EXPECT_EQ(error_of(values.result()).code, Errc::misconfigured);
  EXPECT_TRUE(contains(error_of(values.result()).message, "parts of MGET failed"));
  EXPECT_TRUE(stored.value());
  const Error half = error_of(deleted.result());
  EXPECT_EQ(half.code, Errc::no_permission);
  EXPECT_EQ(half.execution, Execution::maybe_executed) << "the other parts have run";
}

TEST(Pipeline, parts_that_are_moved_or_refused_for_now_are_tried_again_alone) {
  ScriptedCluster cluster(3);
  echo_mgets(cluster);
  ScriptedNode &old_home = cluster.owner_of("a"), &new_home = cluster.owner_of("b");
  const int slot = rediscluster::keyslot("a");
  old_home.expect("MGET", "a").answer_error(moved_to(new_home, slot));
  new_home.expect("MGET", "b").answer_error("TRYAGAIN Multiple keys request during rehashing of slot");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  auto pipe = client.pipeline();
  const auto values = pipe.mget({"a", "b", "c"});
  pipe.execute();
  EXPECT_EQ(values.value(), (std::vector<std::optional<std::string>>{"a", "b", "c"}));
  EXPECT_EQ(cluster.received("MGET"), 5);
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Pipeline, reads_from_replicas_when_it_alone_is_told_to) {
  ScriptedCluster cluster(1, 1);
  ScriptedNode &primary = cluster[0], &replica = cluster[1];
  primary.always(starts_with({"SET"})).answer_status("OK");
  for (ScriptedNode* node : {&primary, &replica}) {
    node->always("READONLY").answer_status("OK");
    node->always("READWRITE").answer_status("OK");
    echo_gets(*node);
  }
  RedisCluster client({.startup_nodes = cluster.seeds()});
  auto pipe = client.pipeline({.read_from_replicas = true});
  for (int i = 0; i < 40 && replica.received("GET") == 0; ++i) {
    pipe.set("foo", "1");
    const auto value = pipe.get("foo");
    pipe.execute();
    EXPECT_EQ(value.value(), "foo");
  }
  EXPECT_GT(replica.received("GET"), 0);
  EXPECT_EQ(replica.received("SET"), 0);
  EXPECT_EQ(replica.received("READONLY"), replica.received("READWRITE")) << "the lane is left as it was found";
  EXPECT_EQ(replica.received("READONLY"), replica.received("GET"));
  const int reads = replica.received("GET");
  for (int i = 0; i < 10; ++i) EXPECT_EQ(client.get("foo"), "foo");
  EXPECT_EQ(replica.received("GET"), reads) << "the client itself still reads from primaries";
}

TEST(Pipeline, ends_each_command_by_the_deadline_of_the_whole) {
  ScriptedCluster cluster(2);
  cluster[0].always(starts_with({"GET"})).silence();
  cluster[0].always(starts_with({"MGET"})).silence();
  echo_gets(cluster[1]);
  echo_mgets(cluster[1]);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  auto pipe = client.pipeline();
  const auto silent = pipe.get("bar");
  const auto fine = pipe.get("foo");
  const auto half = pipe.mget({"foo", "bar"});
  const milliseconds took = time_of([&] { pipe.execute({.raise_on_error = false, .timeout = 100ms}); });
  EXPECT_LT(took, 100ms + worst_overrun);
  EXPECT_EQ(fine.value(), "foo");
  EXPECT_EQ(error_of(half.result()).code, Errc::timed_out) << "a part without a reply is no nil";
  EXPECT_EQ(error_of(silent.result()).code, Errc::timed_out);
}

TEST(Pipeline, of_a_closed_client_ends_every_command_in_that) {
  ScriptedCluster cluster(1);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  auto pipe = client.pipeline();
  const auto value = pipe.get("foo");
  client.close();
  pipe.execute({.raise_on_error = false});
  EXPECT_EQ(error_of(value.result()).code, Errc::client_closed);
}

TEST(Pipeline, never_shows_a_secret_in_its_error) {
  ScriptedCluster cluster(1);
  cluster[0].always(starts_with({"ACL"})).answer_error("ERR no");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  auto pipe = client.nothrow().pipeline();
  pipe.execute_command("ACL", "SETUSER", "alice", "on", ">canary-1");
  pipe.execute_command("AUTH", "alice", "canary-2");
  pipe.execute_command("AUTH");
  const auto replies = pipe.execute({.raise_on_error = false});
  for (std::size_t i = 0; i < 3; ++i) EXPECT_FALSE(contains(to_string(*replies->error(i)), "canary"));
  pipe.execute_command("ACL", "SETUSER", "alice", "on", ">canary-1");
  const Error error = error_of(pipe.execute());
  EXPECT_TRUE(contains(error.message, "(ACL SETUSER alice *** ***)")) << error.message;
  EXPECT_FALSE(contains(to_string(error), "canary"));
}

}  // namespace
