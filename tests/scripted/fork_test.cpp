/// A client and what it made, in a process that forks: the child uses nothing of what it has inherited, and the parent notices
/// nothing of the child.
#include <atomic>
#include <cstdlib>
#include <memory>

#include "pubsub_play.hpp"
#include "support/child.hpp"
#include "tls_play.hpp"

namespace {

using namespace play;
using test_support::Child;
using test_support::in_child;

/// GET of own keys, so often; each reply must be the key itself.
bool gets_its_own(RedisCluster& client, const std::string& name, int times) {
  for (int i = 0; i < times; ++i) {
    const std::string key = name + std::to_string(i);
    const auto value = client.nothrow().get(key);
    if (!value || *value != key) return false;
  }
  return true;
}

class Fork : public ::testing::Test {
 protected:
  void SetUp() override { SKIP_WHERE_CHILDREN_MAY_NOT_HAVE_THREADS(); }
};

TEST_F(Fork, parent_and_child_use_the_client_at_the_same_time) {
  ScriptedCluster cluster(2);
  echo_gets(cluster);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  ASSERT_TRUE(gets_its_own(client, "before", 20));
  const int connections = cluster[0].connections() + cluster[1].connections();
  Child child([&] { return gets_its_own(client, "child", 300); });
  EXPECT_TRUE(gets_its_own(client, "parent", 300));
  EXPECT_EQ(child.end(), "fine");
  EXPECT_GT(cluster[0].connections() + cluster[1].connections(), connections) << "the child has none of its own";
  const int with_those_of_the_child = cluster[0].connections() + cluster[1].connections();
  EXPECT_TRUE(gets_its_own(client, "after", 20));
  EXPECT_EQ(cluster[0].connections() + cluster[1].connections(), with_those_of_the_child) << "the parent lost its own";
}

TEST_F(Fork, the_child_forks_again) {
  ScriptedCluster cluster(1);
  echo_gets(cluster);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(in_child([&] {
              return gets_its_own(client, "child", 5) && in_child([&] { return gets_its_own(client, "grandchild", 5); }) == "fine" &&
                     gets_its_own(client, "child", 5);
            }),
            "fine");
  EXPECT_TRUE(gets_its_own(client, "parent", 5));
}

TEST_F(Fork, while_many_threads_hold_locks_and_wait) {
  SKIP_WHERE_BUSY_PARENTS_LOCK_THE_HEAP();
  ScriptedCluster cluster(2);
  echo_gets(cluster);
  for (int i = 0; i < 2; ++i) cluster[i].always(starts_with({"BLPOP"})).silence();
  RedisCluster client({.startup_nodes = cluster.seeds(), .lanes_per_node = 2, .topology_refresh_period = 5ms});
  std::atomic<bool> done{false};
  Crowd waiting(2, [&](int) { static_cast<void>(client.nothrow().blpop("q", 0ms)); });
  Crowd busy(6, [&](int i) {
    while (!done) EXPECT_TRUE(gets_its_own(client, "thread" + std::to_string(i), 5));
  });
  for (int i = 0; i < 20; ++i) EXPECT_EQ(in_child([&] { return gets_its_own(client, "child", 3); }), "fine");
  done = true;
  busy.join();
  client.close();
}

TEST_F(Fork, several_threads_of_the_child_begin_at_the_same_time) {
  ScriptedCluster cluster(1);
  echo_gets(cluster);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(in_child([&] {
              std::atomic<int> fine{0};
              Crowd(8, [&](int i) { fine += gets_its_own(client, "thread" + std::to_string(i), 5) ? 1 : 0; }).join();
              return fine == 8;
            }),
            "fine");
}

TEST_F(Fork, a_child_that_destroys_the_client_returns) {
  ScriptedCluster cluster(1);
  echo_gets(cluster);
  auto client = std::make_unique<RedisCluster>(rediscluster::Options{.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client->get("k"), "k");
  const int connections = cluster[0].connections();
  EXPECT_EQ(in_child([&] {
              client.reset();
              return true;
            }),
            "fine");
  EXPECT_EQ(in_child([&] {
              const bool works = client->get("c") == "c";
              client.reset();
              return works;
            }),
            "fine");
  EXPECT_EQ(client->get("k"), "k");
  EXPECT_EQ(cluster[0].connections(), connections + 1) << "the parent's connection ended";
}

TEST_F(Fork, a_child_that_exits_with_a_static_client_returns) {
  ScriptedCluster cluster(1);
  echo_gets(cluster);
  for (const bool is_used : {false, true}) {
    EXPECT_EQ(in_child([&] {  // so that the static client is no client of the other tests' process
                test_support::exit_without_leak_check();
                static RedisCluster client({.startup_nodes = cluster.seeds()});
                const std::string ended = in_child([&] {
                  if (is_used && client.get("c") != "c") return false;
                  std::exit(0);
                });
                return ended == "fine" && client.get("k") == "k";
              }),
              "fine");
  }
}

TEST_F(Fork, the_child_keeps_no_connection_of_the_parent_open) {
  ScriptedCluster cluster(1);
  echo_gets(cluster);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client.get("k"), "k");
  Child child([] {
    ::alarm(2);
    ::pause();
    return true;
  });
  client.close();
  EXPECT_TRUE(wait_until([&] { return cluster[0].open_connections() == 0; }, 5s)) << "the server sees no end while the child lives";
}

TEST_F(Fork, a_closed_client_is_closed_in_the_child) {
  ScriptedCluster cluster(1);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  client.close();
  EXPECT_EQ(in_child([&] { return error_of(client.nothrow().get("k")).code == Errc::client_closed; }), "fine");
}

TEST_F(Fork, a_child_that_closes_the_client_does_not_close_the_parents) {
  ScriptedCluster cluster(1);
  echo_gets(cluster);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(in_child([&] {
              client.close();
              return error_of(client.nothrow().get("k")).code == Errc::client_closed;
            }),
            "fine");
  EXPECT_EQ(client.get("k"), "k");
}

TEST_F(Fork, a_client_that_has_not_connected_yet_does_so_in_both) {
  ScriptedCluster cluster(1);
  echo_gets(cluster);
  rediscluster::Options options{.startup_nodes = cluster.seeds()};
  options.init_slot_cache = false;
  RedisCluster client(options);
  EXPECT_EQ(in_child([&] { return gets_its_own(client, "child", 3); }), "fine");
  EXPECT_TRUE(gets_its_own(client, "parent", 3));
}

TEST_F(Fork, over_tls_both_go_on) {
  SecureNode home;
  RedisCluster client(home.options());
  EXPECT_EQ(client.get("k"), "k");
  const int connections = home.front.connections();
  EXPECT_EQ(in_child([&] { return gets_its_own(client, "child", 20); }), "fine");
  EXPECT_TRUE(gets_its_own(client, "parent", 20));
  EXPECT_EQ(home.front.connections(), connections + 1) << "one more: the child's";
}

// What a client made.

TEST_F(Fork, a_pipeline_runs_in_each_what_was_queued) {
  ScriptedCluster cluster(1);
  echo_gets(cluster);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  auto pipeline = client.pipeline();
  auto value = pipeline.get("k");
  const auto run = [&] {
    pipeline.execute();
    return value.value() == "k";
  };
  EXPECT_EQ(in_child(run), "fine");
  EXPECT_TRUE(run());
  EXPECT_EQ(cluster[0].received("GET"), 2);
}

TEST_F(Fork, a_script_runs_in_both) {
  ScriptedCluster cluster(1);
  cluster[0].always(starts_with({"EVALSHA"})).answer_integer(7);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const auto script = client.register_script("return 7");
  EXPECT_EQ(in_child([&] { return script({"k"}).as_integer() == 7; }), "fine");
  EXPECT_EQ(script({"k"}).as_integer(), 7);
}

TEST_F(Fork, the_parent_goes_on_watching_and_the_child_does_not) {
  ScriptedCluster cluster(1);
  cluster[0].always(starts_with({"WATCH"})).answer_status("OK");
  cluster[0].always("MULTI").answer_status("OK");
  cluster[0].always(starts_with({"SET"})).answer_status("QUEUED");
  cluster[0].always("EXEC").answer_array({"OK"});
  RedisCluster client({.startup_nodes = cluster.seeds()});
  auto transaction = std::make_unique<rediscluster::NothrowTransaction>(client.nothrow().transaction());
  ASSERT_TRUE(transaction->watch({"k"}));
  transaction->set("k", "v");
  EXPECT_EQ(in_child([&] {
              const bool is_lost = !transaction->is_watching() && error_of(transaction->execute()).code == Errc::watch_lost;
              transaction.reset();
              return is_lost;
            }),
            "fine");
  EXPECT_EQ(cluster[0].received("MULTI") + cluster[0].received("UNWATCH"), 0) << "said on the parent's connection, or run without a watch";
  const auto replies = transaction->execute();
  EXPECT_TRUE(replies) << to_string(replies.error());
  EXPECT_EQ(cluster[0].received("WATCH"), 1);
}

TEST_F(Fork, what_the_parent_has_locked_the_child_has_not) {
  ScriptedCluster cluster(1);
  cluster[0].always(starts_with({"SET"})).answer_status("OK");
  cluster[0].always(starts_with({"EVALSHA"})).answer_integer(1);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  {
    rediscluster::LockGuard guard(client.lock("mine"));
    EXPECT_EQ(in_child([&] {
                const bool is_free = !guard.lock().owned();
                try {
                  guard.lock().release();
                } catch (const RedisError& error) {
                  return is_free && error.error().code == Errc::lock_misused;
                }
                return false;
              }),
              "fine");
    EXPECT_EQ(cluster[0].received("EVALSHA"), 0) << "the child let go of the parent's lock";
  }
  EXPECT_EQ(cluster[0].received("EVALSHA"), 1);
}

TEST_F(Fork, subscriptions_are_the_parents) {
  ScriptedCluster cluster(1);
  confirm_subscriptions(cluster);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  auto pubsub = std::make_unique<PubSub>(client.pubsub());
  pubsub->subscribe("news");
  next(*pubsub);
  EXPECT_EQ(in_child([&] {
              if (pubsub->subscribed() || pubsub->get_message(0ms)) return false;
              pubsub->subscribe("other");
              const bool is_confirmed = next(*pubsub).channel == "other";
              pubsub.reset();
              return is_confirmed;
            }),
            "fine");
  EXPECT_EQ(in_child([&] {
              pubsub.reset();
              return true;
            }),
            "fine");
  publish(cluster[0], "news", "hello");
  EXPECT_EQ(text(next(*pubsub)), "message news hello");
}

TEST_F(Fork, a_worker_is_the_parents) {
  ScriptedCluster cluster(1);
  confirm_subscriptions(cluster);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  auto pubsub = client.pubsub();
  std::atomic<int> heard{0};
  pubsub.subscribe("news", [&](const Message& message) { heard += message.is_published() ? 1 : 0; });
  auto worker = std::make_unique<rediscluster::PubSubWorker>(pubsub.run_in_thread());
  EXPECT_EQ(in_child([&] {
              worker->stop();
              worker.reset();
              return true;
            }),
            "fine");
  publish(cluster[0], "news", "hello");
  EXPECT_TRUE(wait_until([&] { return heard == 1; }, 5s));
}

TEST_F(Fork, a_monitor_and_a_scan_go_on_in_the_parent_alone) {
  ScriptedCluster cluster(1);
  cluster[0].always("MONITOR").answer_status("OK");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  auto monitor = std::make_unique<rediscluster::Monitor>(client.monitor());
  auto scan = client.scan_iter();
  EXPECT_EQ(in_child([&] {
              const bool is_refused = error_of(monitor->next(10ms)).code == Errc::not_allowed && error_of(scan.next()).code == Errc::not_allowed;
              monitor->close();
              monitor.reset();
              return is_refused;
            }),
            "fine");
  cluster[0].send_unasked("+1700000000.000001 [0 10.0.0.9:5] \"GET\" \"k\"\r\n");
  const auto line = monitor->next(5s);
  ASSERT_TRUE(line) << to_string(line.error());
  ASSERT_TRUE(*line) << "nothing came";
  EXPECT_EQ((*line)->words.at(0), "GET");
}

}  // namespace
