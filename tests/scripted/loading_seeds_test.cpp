/// Finding the cluster for the first time while it loads its data, or is not there at all: who waits how long, and how often
/// startup nodes are asked.
#include "async_play.hpp"

namespace {

using namespace play;
namespace cmd = rediscluster::cmd;

constexpr const char* loading = "LOADING Redis is loading the dataset in memory";

// Each of its nodes tells its view from then on.
void load_until(ScriptedCluster& cluster, Clock::time_point loaded_at) {
  for (int i = 0; i < cluster.size(); ++i) {
    cluster[i].always("CLUSTER", "SLOTS").answer_with([&cluster, loaded_at](const CommandWords&) {
      return Clock::now() < loaded_at ? RawReply::error(loading) : slots_answer(cluster.ranges());
    });
  }
  echo_gets(cluster);
}

TEST(LoadingSeeds, are_waited_for_by_all_callers) {
  ScriptedCluster cluster(2);
  load_until(cluster, Clock::now() + 400ms);
  RedisCluster client(Options{.startup_nodes = cluster.seeds(), .init_slot_cache = false});
  std::vector<std::thread> others;
  for (int i = 0; i < 3; ++i) {
    others.emplace_back([&] { EXPECT_EQ(client.get("bar"), "bar"); });
  }
  EXPECT_EQ(client.get("foo"), "foo");
  for (std::thread& each : others) each.join();
  EXPECT_LE(topology_questions(cluster), 40);
}

TEST(LoadingSeeds, are_waited_for_by_operations) {
  ScriptedCluster cluster(2);
  load_until(cluster, Clock::now() + 400ms);
  AsyncRedisCluster redis(Options{.startup_nodes = cluster.seeds()});
  Later<Text> first(redis.get("foo"));
  Later<Text> second(redis.get("bar"));
  EXPECT_EQ(first.end().value_or(Text()), Text("foo"));
  EXPECT_EQ(second.end(), Text("bar"));
  EXPECT_LE(topology_questions(cluster), 40);
}

TEST(LoadingSeeds, end_in_an_error_at_the_deadline_that_says_so) {
  ScriptedCluster cluster(1);
  load_until(cluster, Clock::time_point::max());
  RedisCluster client(Options{.startup_nodes = cluster.seeds(), .init_slot_cache = false, .command_timeout = 300ms});
  Error error;
  EXPECT_GE(time_of([&] { error = error_of(client.nothrow().get("foo")); }), 300ms);
  EXPECT_EQ(error.code, Errc::no_reachable_node);
  EXPECT_EQ(error.execution, Execution::not_executed);
  EXPECT_TRUE(contains(error.message, loading)) << error.message;
  AsyncRedisCluster redis(Options{.startup_nodes = cluster.seeds()});
  const Error late = error_of(end_of(redis.get("foo").within(200ms)));
  EXPECT_EQ(late.code, Errc::timed_out);
  EXPECT_TRUE(contains(late.message, loading)) << late.message;
}

TEST(LoadingSeeds, are_waited_for_as_long_as_each_operation_may) {
  ScriptedCluster cluster(1);
  load_until(cluster, Clock::now() + 700ms);
  AsyncRedisCluster redis(Options{.startup_nodes = cluster.seeds(), .command_timeout = 500ms});
  Later<Text> early(redis.get("foo"));
  Later<Text> patient(redis.get("bar").within(5s));
  EXPECT_FALSE(early.end());
  EXPECT_EQ(patient.end(), Text("bar")) << "connecting is tried again for who has time";
}

TEST(LoadingSeeds, are_given_up_by_a_stop_token_and_by_close) {
  ScriptedCluster cluster(1);
  load_until(cluster, Clock::time_point::max());
  RedisCluster client(Options{.startup_nodes = cluster.seeds(), .init_slot_cache = false, .command_timeout = 30s});
  std::stop_source stop;
  std::thread stopper([&] { wait_until([&] { return topology_questions(cluster) > 1; }, 5s), stop.request_stop(); });
  Error error;
  EXPECT_LT(time_of([&] { error = error_of(client.nothrow().run(cmd::get("foo"), {.stop = stop.get_token()})); }), 10s);
  EXPECT_EQ(error.code, Errc::cancelled);
  stopper.join();
  const int before = topology_questions(cluster);
  std::thread closer([&] { wait_until([&] { return topology_questions(cluster) > before; }, 5s), client.close(); });
  EXPECT_LT(time_of([&] { error = error_of(client.nothrow().get("foo")); }), 10s);
  EXPECT_EQ(error.code, Errc::client_closed);
  closer.join();
}

TEST(GoneSeeds, are_not_asked_as_often_as_somebody_calls) {
  ScriptedCluster cluster(1);
  cluster[0].always("CLUSTER", "SLOTS").answer_error("ERR out of order");
  RedisCluster client(Options{.startup_nodes = cluster.seeds(), .init_slot_cache = false});
  const milliseconds took = time_of([&] {
    for (int i = 0; i < 10; ++i) EXPECT_EQ(error_of(client.nothrow().get("foo")).code, Errc::no_reachable_node);
  });
  EXPECT_LE(topology_questions(cluster), 10);
  EXPECT_GE(took, 9 * 25ms) << "each waits a moment, and asks anew";
  EXPECT_LT(took, soon + 10 * 25ms);
}

}  // namespace
