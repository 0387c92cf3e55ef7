/// A copy that does not answer leaves time for the next one, however short the time of the call is.
#include "play.hpp"

namespace {

using namespace play;
using rediscluster::Options;
using rediscluster::ReadFrom;

struct TimedCopies {
  explicit TimedCopies(int replicas = 1) : nodes(1, replicas) {
    echo_gets(nodes);
    echo_mgets(nodes);
  }
  Options options(milliseconds timeout = 500ms) { return {.startup_nodes = {nodes[0].address()}, .command_timeout = timeout, .read_from = ReadFrom::prefer_replica}; }
  int reads(int node) { return nodes[node].received("GET"); }
  ScriptedCluster nodes;
};

/// Six reads, all answered by the primary; only the first is held up.
void expect_six_reads(TimedCopies& copies) {
  RedisCluster client(copies.options());
  EXPECT_EQ(client.nothrow().get("a").value_or("an error"), "a");
  milliseconds others = time_of([&] {
    for (const char* key : {"b", "c", "d", "e", "f"}) EXPECT_EQ(client.nothrow().get(key).value_or("an error"), key);
  });
  EXPECT_LT(others, 250ms) << "it was not left alone";
  EXPECT_EQ(copies.reads(0), 6);
}

TEST(ReadsInTime, leave_a_replica_that_takes_no_connection) {
  TimedCopies copies;
  copies.nodes[1].hold_new(true);
  expect_six_reads(copies);
}

TEST(ReadsInTime, leave_a_replica_that_does_not_answer) {
  TimedCopies copies;
  copies.nodes[1].always(starts_with({"GET"})).silence();
  expect_six_reads(copies);
}

TEST(ReadsInTime, leave_one_replica_after_another) {
  TimedCopies copies(3);
  for (int i = 1; i <= 3; ++i) copies.nodes[i].hold_new(true);
  RedisCluster client(copies.options(1s));
  EXPECT_EQ(client.nothrow().get("a").value_or("an error"), "a");
}

TEST(ReadsInTime, leave_it_with_several_keys_and_in_pipelines_too) {
  for (const bool silent : {true, false}) {
    TimedCopies copies;
    if (silent) {
      copies.nodes[1].always(starts_with({"MGET"})).silence();
      copies.nodes[1].always(starts_with({"GET"})).silence();
    } else {
      copies.nodes[1].hold_new(true);
    }
    {
      RedisCluster client(copies.options());
      const auto values = client.nothrow().mget({"foo", "bar"});
      ASSERT_TRUE(values.has_value()) << to_string(error_of(values));
      EXPECT_EQ(values->at(1), "bar");
    }
    RedisCluster client(copies.options());
    auto pipeline = client.nothrow().pipeline();
    auto foo = pipeline.get("foo");
    auto bar = pipeline.get("bar");
    EXPECT_TRUE(pipeline.execute().has_value());
    EXPECT_TRUE(foo.result().has_value() && bar.result().has_value());
  }
}

TEST(ReadsInTime, leave_it_with_long_arguments_too) {
  for (const bool silent : {true, false}) {
    TimedCopies copies;
    copies.nodes[0].always(starts_with({"SISMEMBER"})).answer_integer(1);
    copies.nodes[1].always(starts_with({"SISMEMBER"})).silence();
    copies.nodes[1].hold_new(!silent);
    RedisCluster client(copies.options());
    const auto found = client.nothrow().execute_command("SISMEMBER", "a", std::string(1 << 20, 'x'));
    ASSERT_TRUE(found.has_value()) << to_string(error_of(found));
    EXPECT_EQ(found->as_integer(), 1);
  }
}

// The slow copy shows that it is alive, and so it is waited for beyond its share; what is to be sent again goes out meanwhile.
TEST(ReadsInTime, of_a_slow_copy_hold_up_nothing_else_of_their_pipeline) {
  ScriptedCluster cluster(2, 1);
  const std::string value(60, 'v');
  for (ScriptedNode* each : {&cluster.owner_of("bar"), &cluster[2]}) {
    each->always("GET", "bar").answer_drip("$60\r\n" + value + "\r\n", 20ms);
  }
  ScriptedNode& other = cluster.owner_of("foo");
  other.expect("SET", "foo", "v").after_delay(600ms).answer_error("LOADING Redis is loading the dataset in memory");
  other.expect("SET", "foo", "v").answer_status("OK");
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 1s, .read_from = ReadFrom::prefer_replica});
  auto pipeline = client.nothrow().pipeline();
  auto slow = pipeline.get("bar");
  auto quick = pipeline.set("foo", "v");
  (void)pipeline.execute();
  EXPECT_EQ(error_of(slow.result()).code, Errc::timed_out);
  EXPECT_TRUE(quick.result().has_value()) << to_string(error_of(quick.result()));
}

TEST(AnyNode, that_takes_no_connection_is_left_for_another_one) {
  ScriptedCluster cluster(3);
  for (int i = 0; i < 3; ++i) cluster[i].always("TIME").answer_array({"1700000000", "7"});
  RedisCluster client({.startup_nodes = {cluster[0].address()}, .command_timeout = 400ms});
  cluster[1].hold_new(true);
  int failures = 0;
  for (int i = 0; i < 40; ++i) failures += client.nothrow().execute_command("TIME").has_value() ? 0 : 1;
  EXPECT_EQ(failures, 0);
  EXPECT_GT(cluster[2].received("TIME"), 5);
}

TEST(ReadsInTime, wait_for_a_replica_that_shows_that_it_is_alive) {
  TimedCopies copies;
  std::string value(40, 'v');
  copies.nodes[1].always("GET", "slow").answer_drip("$40\r\n" + value + "\r\n", 8ms);
  RedisCluster client(copies.options(600ms));
  EXPECT_EQ(client.get("slow"), value);
  EXPECT_EQ(copies.reads(0), 0);
}

}  // namespace
