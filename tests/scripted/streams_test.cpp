/// Streams: how long a waiting read may take, what of them is sent again, and what is never sent at all.
#include "play.hpp"

namespace {

using namespace play;
using rediscluster::StreamBatch;
using rediscluster::StreamProducer;

TEST(Streams, a_waiting_read_gets_the_servers_time_on_top) {
  ScriptedCluster cluster(1);
  cluster[0].expect("XREAD", "BLOCK", "300", "STREAMS", "s", "$").after_delay(300ms).answer_nil();
  RedisCluster client({.startup_nodes = cluster.seeds(), .socket_timeout = 50ms, .command_timeout = 200ms});
  EXPECT_TRUE(client.xread({{"s", "$"}}, {.block = 300ms}).empty());
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Streams, a_read_that_does_not_wait_ends_at_its_deadline) {
  ScriptedCluster cluster(1);
  cluster[0].always(starts_with({"XREAD"})).silence();
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 80ms});
  EXPECT_EQ(error_of(client.nothrow().xread({{"s", "0"}})).code, Errc::timed_out);
}

TEST(Streams, a_waiting_read_of_a_group_does_not_hold_up_others) {
  ScriptedCluster cluster(1);
  Gate gate;
  cluster[0].always(starts_with({"XREADGROUP"})).after(gate).answer_nil();
  echo_gets(cluster[0]);
  RedisCluster client({.startup_nodes = cluster.seeds(), .lanes_per_node = 1});
  Crowd readers(3, [&](int) { EXPECT_TRUE(client.xreadgroup("g", "c", {{"s", ">"}}, {.block = 0ms}).empty()); });
  EXPECT_TRUE(cluster[0].wait_for_command({"XREADGROUP"}, 2s, 3));
  EXPECT_LT(time_of([&] { EXPECT_EQ(client.get("k"), "k"); }), soon);
  gate.open();
}

TEST(Streams, of_several_slots_are_refused_and_nothing_is_sent) {
  ScriptedCluster cluster(2);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const Error error = error_of(client.nothrow().xread({{"foo", "0"}, {"bar", "0"}}));
  EXPECT_EQ(error.code, Errc::cross_slot);
  EXPECT_EQ(error.execution, Execution::not_executed);
  for (const char* part : {"foo", "bar", "12182", "5061"}) EXPECT_TRUE(contains(error.message, part)) << error.message;
  EXPECT_EQ(cluster[0].received("XREAD") + cluster[1].received("XREAD"), 0);
}

TEST(Streams, an_added_entry_is_sent_again_only_when_a_producer_makes_it_safe) {
  ScriptedCluster cluster(1);
  RedisCluster client({.startup_nodes = cluster.seeds(), .resend = Resend::idempotent_writes});
  cluster[0].expect("XADD", "s", "1-1", "f", "v").close();
  const Error error = error_of(client.nothrow().xadd("s", {{"f", "v"}}, {.id = "1-1"}));
  EXPECT_EQ(error.execution, Execution::maybe_executed) << to_string(error);
  EXPECT_EQ(cluster[0].received("XADD"), 1);

  cluster[0].expect("XADD", "s", "IDMP", "p", "m", "*", "f", "v").close();
  cluster[0].expect("XADD", "s", "IDMP", "p", "m", "*", "f", "v").answer_bulk("1-1");
  EXPECT_EQ(client.xadd("s", {{"f", "v"}}, {.producer = StreamProducer{.id = "p", .message_id = "m"}}), "1-1");
  EXPECT_EQ(cluster[0].received("XADD"), 3);
}

TEST(Streams, what_a_group_delivered_into_a_lost_connection_is_in_doubt_and_not_read_again) {
  ScriptedCluster cluster(1);
  cluster[0].expect("XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", ">").close();
  RedisCluster client({.startup_nodes = cluster.seeds(), .resend = Resend::idempotent_writes});
  const Error error = error_of(client.nothrow().xreadgroup("g", "c", {{"s", ">"}}));
  EXPECT_EQ(error.execution, Execution::maybe_executed) << to_string(error);
  EXPECT_EQ(cluster[0].received("XREADGROUP"), 1);
}

TEST(Streams, a_reply_of_another_shape_is_an_error_that_names_the_command) {
  ScriptedCluster cluster(1);
  cluster[0].expect("XRANGE", "s", "-", "+").answer_array({"1-1", "f"});
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const Error error = error_of(client.nothrow().xrange("s", "-", "+"));
  EXPECT_EQ(error.code, Errc::unexpected_reply);
  EXPECT_EQ(error.execution, Execution::executed);
  EXPECT_TRUE(contains(error.message, "XRANGE")) << error.message;
}

}  // namespace
