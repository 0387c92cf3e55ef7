/// Closing a client: everybody comes back at once, exactly once, and nothing new begins.
#include <atomic>

#include "play.hpp"

namespace {

using namespace play;

/// close() and all callers are back within this, whatever they were doing: 100 ms promised, and as much for a busy
/// machine.
constexpr milliseconds at_once{200};

/// Runs `call` on some threads, waits until `is_under_way`, closes, and tells how long it took until all were back.
milliseconds close_while(RedisCluster& client, int callers, const std::function<void()>& call,
                         const std::function<bool()>& is_under_way) {
  Crowd crowd(callers, [&](int) { call(); });
  EXPECT_TRUE(wait_until(is_under_way, 3s)) << "the play did not get that far";
  return time_of([&] {
    client.close();
    crowd.join();
  });
}

TEST(Close, ends_calls_that_wait_for_a_reply) {
  ScriptedCluster cluster(1);
  cluster[0].always("INCR", "n").silence();
  RedisCluster client({.startup_nodes = cluster.seeds(), .lanes_per_node = 2});
  std::atomic<int> closed{0}, in_doubt{0};
  const auto call = [&] {
    const Error error = error_of(client.nothrow().incr("n"));
    closed += error.code == Errc::client_closed ? 1 : 0;
    in_doubt += error.execution == Execution::maybe_executed ? 1 : 0;
  };
  EXPECT_LT(close_while(client, 8, call, [&] { return cluster[0].received("INCR") >= 2; }), at_once);
  EXPECT_EQ(closed, 8);
  EXPECT_EQ(in_doubt, cluster[0].received("INCR")) << "what was sent is in doubt, what was not is not";
}

TEST(Close, ends_reads_too_without_sending_them_again) {
  ScriptedCluster cluster(1);
  cluster[0].always("GET", "k").silence();
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const auto call = [&] { EXPECT_EQ(error_of(client.nothrow().get("k")).code, Errc::client_closed); };
  EXPECT_LT(close_while(client, 4, call, [&] { return cluster[0].received("GET") >= 2; }), at_once);
  EXPECT_LE(cluster[0].received("GET"), 4);
}

TEST(Close, ends_blocking_commands) {
  ScriptedCluster cluster(1);
  cluster[0].always(starts_with({"BLPOP"})).silence();
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const auto call = [&] { EXPECT_EQ(error_of(client.nothrow().blpop("q", 0ms)).code, Errc::client_closed); };
  EXPECT_LT(close_while(client, 3, call, [&] { return cluster[0].received("BLPOP") == 3; }), at_once);
}

TEST(Close, ends_split_commands) {
  ScriptedCluster cluster(2);
  for (int i = 0; i < 2; ++i) cluster[i].always(starts_with({"MGET"})).silence();
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const auto call = [&] { EXPECT_EQ(error_of(client.nothrow().mget({"foo", "bar"})).code, Errc::client_closed); };
  EXPECT_LT(close_while(client, 2, call, [&] { return cluster.received("MGET") == 4; }), at_once);
}

TEST(Close, ends_calls_that_wait_for_better_times) {
  ScriptedCluster cluster(1);
  cluster[0].always("INCR", "n").answer_error("CLUSTERDOWN The cluster is down");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const auto call = [&] { EXPECT_EQ(error_of(client.nothrow().incr("n")).code, Errc::client_closed); };
  EXPECT_LT(close_while(client, 4, call, [&] { return cluster[0].received("INCR") >= 20; }), at_once);
}

TEST(Close, ends_calls_that_wait_for_a_covered_slot) {
  ScriptedCluster cluster(2);
  cluster.serve_slots({{0, 8191, cluster[0]}});
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const int before = topology_questions(cluster);
  const auto call = [&] { EXPECT_EQ(error_of(client.nothrow().incr("foo")).code, Errc::client_closed); };
  EXPECT_LT(close_while(client, 2, call, [&] { return topology_questions(cluster) > before + 2; }), at_once);
}

TEST(Close, ends_calls_that_are_connecting) {
  ScriptedCluster cluster(2);
  RedisCluster client({.startup_nodes = {cluster[0].address()}, .socket_connect_timeout = 5s});
  cluster[1].on_hello(ScriptedHello::silent);
  const auto call = [&] {
    const Error error = error_of(client.nothrow().incr("foo"));
    EXPECT_EQ(error.code, Errc::client_closed) << to_string(error);
    EXPECT_EQ(error.execution, Execution::not_executed);
  };
  EXPECT_LT(close_while(client, 4, call, [&] { return cluster[1].received("HELLO") >= 1; }), at_once);
}

TEST(Close, ends_a_question_for_the_topology) {
  ScriptedCluster cluster(1);
  RedisCluster client({.startup_nodes = cluster.seeds(), .topology_refresh_period = 20ms});
  cluster[0].always("CLUSTER", "SLOTS").silence();
  const int before = topology_questions(cluster);
  ASSERT_TRUE(wait_until([&] { return topology_questions(cluster) > before; }, 3s));
  EXPECT_LT(time_of([&] { client.close(); }), at_once);
}

TEST(Close, of_an_idle_client_is_quick_and_may_be_repeated) {
  ScriptedCluster cluster(3);
  echo_gets(cluster);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client.get("foo"), "foo");
  EXPECT_LT(time_of([&] {
              client.close();
              client.close();
            }),
            at_once);
  EXPECT_TRUE(wait_until(
      [&] {
        return cluster[0].open_connections() + cluster[1].open_connections() + cluster[2].open_connections() == 0;
      },
      1s));
}

TEST(Close, may_be_called_by_many_at_once) {
  ScriptedCluster cluster(2);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_LT(time_of([&] { Crowd(8, [&](int) { client.close(); }).join(); }), soon);
}

TEST(Close, is_followed_by_nothing_new) {
  ScriptedCluster cluster(2);
  echo_gets(cluster);
  for (int i = 0; i < 2; ++i) cluster[i].always(starts_with({"BLPOP"})).answer_nil();
  RedisCluster client({.startup_nodes = cluster.seeds(), .topology_refresh_period = 10ms});
  EXPECT_EQ(client.get("foo"), "foo");
  client.close();
  const int connections = cluster[0].connections() + cluster[1].connections();
  const int questions = topology_questions(cluster);
  auto commands = client.nothrow();
  EXPECT_EQ(error_of(commands.get("foo")).code, Errc::client_closed);
  EXPECT_EQ(error_of(commands.get("bar")).code, Errc::client_closed);
  EXPECT_EQ(error_of(commands.mget({"foo", "bar"})).code, Errc::client_closed);
  EXPECT_EQ(error_of(commands.dbsize()).code, Errc::client_closed);
  EXPECT_EQ(error_of(commands.blpop("foo", 10ms)).code, Errc::client_closed);
  EXPECT_EQ(error_of(commands.execute_command("PING")).code, Errc::client_closed);
  const auto anything_new = [&] {
    return cluster[0].connections() + cluster[1].connections() != connections ||
           topology_questions(cluster) != questions;
  };
  EXPECT_FALSE(wait_until(anything_new, 150ms)) << "a connection or a question after close()";
}

TEST(Close, holds_for_a_client_that_never_connected) {
  ScriptedCluster cluster(1);
  echo_gets(cluster);
  RedisCluster client({.startup_nodes = cluster.seeds(), .init_slot_cache = false});
  client.close();
  EXPECT_EQ(error_of(client.nothrow().get("k")).code, Errc::client_closed);
  EXPECT_EQ(cluster[0].connections(), 0);
}

TEST(Close, throws_a_clear_error_from_later_calls) {
  ScriptedCluster cluster(1);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  client.close();
  const std::string text = message_of<rediscluster::RedisClusterException>([&] { client.get("k"); });
  EXPECT_TRUE(contains(text, "closed")) << text;
  EXPECT_TRUE(contains(text, "not_executed")) << text;
}

TEST(Close, gives_every_call_of_a_busy_client_one_outcome) {
  for (int round = 0; round < 20; ++round) {
    ScriptedCluster cluster(2);
    echo_gets(cluster);
    RedisCluster client({.startup_nodes = cluster.seeds(), .lanes_per_node = 2});
    std::atomic<int> answered{0};
    std::atomic<int> odd{0};
    Crowd crowd(6, [&](int caller) {
      const std::string key = std::to_string(caller);
      for (;;) {
        const auto value = client.nothrow().get(key);
        if (!value) {
          odd += value.error().code == Errc::client_closed ? 0 : 1;
          return;
        }
        odd += *value == key ? 0 : 1;
        ++answered;
      }
    });
    ASSERT_TRUE(wait_until([&] { return answered > 50; }, 3s));
    EXPECT_LT(time_of([&] {
                client.close();
                crowd.join();
              }),
              soon);
    EXPECT_EQ(odd, 0);
  }
}

TEST(Close, happens_when_a_client_dies) {
  ScriptedCluster cluster(1);
  echo_gets(cluster);
  {
    RedisCluster client({.startup_nodes = cluster.seeds()});
    EXPECT_EQ(client.get("k"), "k");
  }
  EXPECT_TRUE(wait_until([&] { return cluster[0].open_connections() == 0; }, 1s));
}

}  // namespace
