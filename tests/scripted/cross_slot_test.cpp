// Commands run in steps over several slots: which nodes the steps go to, and how long they may take together.
#include "scripted/play.hpp"

namespace {

using namespace play;

// Lists of any name: the element "e" is there, can be pushed and removed. Scripts say that all is well.
void serve_lists(ScriptedNode& node) {
  node.always(starts_with({"LINDEX"})).answer_bulk("e");
  node.always(starts_with({"LPUSH"})).answer_integer(1);
  node.always(starts_with({"LREM"})).answer_integer(1);
  node.always(starts_with({"BRPOPLPUSH"})).answer_bulk("e");
  node.always(starts_with({"EVAL"})).answer_status("OK");
}

TEST(CrossSlotSteps, what_is_moved_is_read_from_primaries_only) {
  ScriptedCluster cluster(2, 2);
  for (int primary = 0; primary < 2; ++primary) serve_lists(cluster[primary]);
  RedisCluster client({.startup_nodes = cluster.seeds(), .read_from_replicas = true});
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.rpoplpush("foo", "bar"), "e");
  EXPECT_EQ(cluster.received("LINDEX"), 20);
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(CrossSlotSteps, what_is_only_looked_at_is_read_where_the_user_says) {
  ScriptedCluster cluster(2, 2);
  int at_replicas = 0;
  for (int i = 0; i < cluster.size(); ++i) cluster[i].always(starts_with({"SUNION"})).answer_array({"m"});
  RedisCluster client({.startup_nodes = cluster.seeds(), .read_from_replicas = true});
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.sunion({"foo", "bar"}).size(), 1u);
  for (int i = 2; i < cluster.size(); ++i) at_replicas += cluster[i].received("SUNION");
  EXPECT_GT(at_replicas, 0);
}

TEST(CrossSlotSteps, share_one_deadline) {
  ScriptedCluster cluster(2);
  cluster.owner_of("foo").always("LINDEX", "foo", "-1").after_delay(100ms).answer_bulk("e");
  cluster.owner_of("bar").always("LPUSH", "bar", "e").silence();
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 300ms});
  Error error;
  const milliseconds took = time_of([&] { error = error_of(client.nothrow().rpoplpush("foo", "bar")); });
  EXPECT_GE(took, 299ms);
  EXPECT_LE(took, 300ms + worst_overrun);
  EXPECT_EQ(error.code, Errc::timed_out);
  EXPECT_EQ(error.execution, Execution::maybe_executed);
  EXPECT_TRUE(contains(error.message, "RPOPLPUSH: ")) << error.message;
  EXPECT_TRUE(contains(error.message, "step LPUSH")) << error.message;
  EXPECT_TRUE(contains(error.message, "the source is as it was")) << error.message;
}

TEST(CrossSlotSteps, nothing_has_happened_when_the_first_read_fails) {
  ScriptedCluster cluster(2);
  cluster.owner_of("foo").always("LINDEX", "foo", "-1").silence();
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 100ms});
  EXPECT_EQ(error_of(client.nothrow().rpoplpush("foo", "bar")).execution, Execution::not_executed);
}

TEST(CrossSlotSteps, a_silent_destination_leaves_time_to_put_the_element_back) {
  ScriptedCluster cluster(2);
  serve_lists(cluster.owner_of("foo"));
  cluster.owner_of("bar").always("LPUSH", "bar", "e").silence();
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 500ms});
  Error error;
  const milliseconds took = time_of([&] { error = error_of(client.nothrow().brpoplpush("foo", "bar", 50ms)); });
  EXPECT_LE(took, 550ms + worst_overrun);
  EXPECT_EQ(error.code, Errc::timed_out);
  EXPECT_EQ(error.execution, Execution::maybe_executed);
  EXPECT_TRUE(contains(error.message, "was put back")) << error.message;
  EXPECT_EQ(cluster.owner_of("foo").received("EVAL"), 1);
}

TEST(CrossSlotSteps, a_step_whose_reply_decides_is_not_repeated) {
  ScriptedCluster cluster(2);
  serve_lists(cluster.owner_of("bar"));
  cluster.owner_of("foo").always(starts_with({"LINDEX"})).answer_bulk("e");
  cluster.owner_of("foo").expect("LREM", "foo", "-1", "e").close();
  RedisCluster client({.startup_nodes = cluster.seeds(), .resend = Resend::everything});
  const Error error = error_of(client.nothrow().rpoplpush("foo", "bar"));
  EXPECT_EQ(error.code, Errc::connection_lost);
  EXPECT_EQ(error.execution, Execution::maybe_executed);
  EXPECT_EQ(cluster.owner_of("foo").received("LREM"), 1);
  EXPECT_EQ(cluster.owner_of("bar").received("LREM"), 0) << "the push must not be taken back";
}

TEST(CrossSlotSteps, a_copy_that_is_refused_has_changed_nothing) {
  ScriptedCluster cluster(2);
  cluster.owner_of("foo").always(starts_with({"EVAL"})).answer_array({"dump", "-1", "mark"});
  cluster.owner_of("bar").always(starts_with({"EVAL"})).answer_array({RawReply::number(0), RawReply::bulk("ERR DUMP payload version or checksum are wrong")});
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const Error error = error_of(client.nothrow().renamenx("foo", "bar"));
  EXPECT_EQ(error.code, Errc::response_error);
  EXPECT_EQ(error.execution, Execution::not_executed);
  EXPECT_TRUE(contains(error.message, "DUMP payload")) << error.message;
  EXPECT_EQ(cluster.owner_of("foo").received("EVAL"), 1) << "the source was not touched";
}

// A user with rights to keys of his own only.
TEST(CrossSlotSteps, that_may_not_touch_the_clients_own_keys_name_the_key_and_the_right) {
  ScriptedCluster cluster(2);
  const std::string refusal = "NOPERM No permissions to access a key";
  for (int i = 0; i < cluster.size(); ++i) {
    cluster[i].always(starts_with({"SINTER"})).answer_array({"m"});
    cluster[i].always(starts_with({"SMEMBERS"})).answer_array({"m"});
    for (const char* command : {"EVAL", "BLMOVE", "SADD"}) cluster[i].always(starts_with({command})).answer_error(refusal);
  }
  RedisCluster client({.startup_nodes = cluster.seeds()});
  for (const Error& error : {error_of(client.nothrow().sinterstore("foo", {"foo", "bar"})),
                             error_of(client.nothrow().blmove("foo", "bar", rediscluster::ListEnd::left, rediscluster::ListEnd::left, 1s))}) {
    EXPECT_EQ(error.code, Errc::no_permission) << to_string(error);
    EXPECT_TRUE(contains(error.message, "~rediscluster:*")) << error.message;
    EXPECT_TRUE(contains(error.message, "\"rediscluster:tmp:{") || contains(error.message, "\"rediscluster:holding:{")) << error.message;
  }
}

TEST(CrossSlotSteps, that_may_not_touch_the_users_keys_say_nothing_of_the_clients_own) {
  ScriptedCluster cluster(2);
  cluster.owner_of("foo").always("LINDEX", "foo", "-1").answer_error("NOPERM No permissions to access a key");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const Error error = error_of(client.nothrow().rpoplpush("foo", "bar"));
  EXPECT_EQ(error.code, Errc::no_permission);
  EXPECT_FALSE(contains(error.message, "rediscluster:")) << error.message;
}

TEST(CrossSlotSteps, a_source_that_may_not_be_taken_aside_stays_and_the_error_says_so) {
  ScriptedCluster cluster(2);
  ScriptedNode& home = cluster.owner_of("foo");
  home.expect_where("the read", starts_with({"EVAL"})).answer_array({"dump", "-1", "mark"});
  home.expect_where("the removal", starts_with({"EVAL"})).answer_integer(-1);
  home.expect_where("taking it aside", starts_with({"EVAL"})).answer_error("NOPERM No permissions to access a key");
  cluster.owner_of("bar").expect_where("the copy", starts_with({"RESTORE"})).answer_status("OK");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const Error error = error_of(client.nothrow().rename("foo", "bar"));
  EXPECT_EQ(error.code, Errc::no_permission);
  EXPECT_EQ(error.execution, Execution::maybe_executed) << "the destination has changed";
  EXPECT_TRUE(contains(error.message, "the source is as it was; a copy stands at the destination")) << error.message;
  EXPECT_EQ(cluster.complaints(), "") << "nothing has to be put back";
}

}  // namespace
