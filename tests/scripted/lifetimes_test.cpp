/// Clients that were moved, that go before what they made, and that threads use while the process ends.
#include <atomic>
#include <cstdlib>
#include <memory>
#include <thread>

#include "pubsub_play.hpp"
#include "support/child.hpp"

namespace {

using namespace play;
using test_support::in_child;

TEST(Lifetimes, a_client_that_was_moved_from_is_closed) {
  ScriptedCluster cluster(1);
  echo_gets(cluster);
  RedisCluster first({.startup_nodes = cluster.seeds()});
  RedisCluster second(std::move(first));
  EXPECT_EQ(second.get("k"), "k");
  EXPECT_EQ(error_of(first.nothrow().get("k")).code, Errc::client_closed);  // NOLINT: that is the play
  EXPECT_EQ(error_of(first.nothrow().mget({"foo", "bar"})).code, Errc::client_closed);
  EXPECT_EQ(error_of(first.nothrow().pubsub().subscribe("c")).code, Errc::client_closed);
  EXPECT_EQ(error_of(first.nothrow().scan_iter().next()).code, Errc::client_closed);
  EXPECT_THROW(first.transaction().watch({"k"}), RedisError);
  EXPECT_FALSE(first.nothrow().monitor());
  static_cast<void>(first.stats());
  static_cast<void>(first.to_string());
  static_cast<void>(first.explain("GET", "k"));
  first.close();
  first = std::move(second);
  EXPECT_EQ(first.get("k"), "k");
  EXPECT_EQ(error_of(second.nothrow().get("k")).code, Errc::client_closed);  // NOLINT
}

TEST(Lifetimes, a_client_that_is_assigned_over_ends_its_connections) {
  ScriptedCluster one(1), other(1);
  echo_gets(other);
  RedisCluster client({.startup_nodes = one.seeds()});
  client = RedisCluster({.startup_nodes = other.seeds()});
  EXPECT_TRUE(wait_until([&] { return one[0].open_connections() == 0; }, 2s));
  EXPECT_EQ(client.get("k"), "k");
}

TEST(Lifetimes, what_a_client_made_finds_it_closed_when_it_is_gone) {
  ScriptedCluster cluster(1);
  confirm_subscriptions(cluster);
  cluster[0].always("MONITOR").answer_status("OK");
  auto client = std::make_unique<RedisCluster>(rediscluster::Options{.startup_nodes = cluster.seeds()});
  auto pipeline = client->nothrow().pipeline();
  auto transaction = client->nothrow().transaction();
  auto lock = client->nothrow().lock("l");
  auto script = client->nothrow().register_script("return 1");
  auto scan = client->scan_iter();
  auto elements = client->hscan_iter("h");
  auto monitor = client->monitor();
  auto pubsub = client->nothrow().pubsub();
  ASSERT_TRUE(pubsub.subscribe("news", [](const Message&) {}));
  auto worker = pubsub.run_in_thread();
  const auto queued = pipeline.get("k");
  transaction.get("k");
  client.reset();
  EXPECT_TRUE(wait_until([&] { return cluster[0].open_connections() <= 1; }, 2s)) << "its connections are there still";  // 1: MONITOR's
  static_cast<void>(pipeline.execute());
  EXPECT_EQ(error_of(queued.result()).code, Errc::client_closed);
  EXPECT_EQ(error_of(transaction.execute()).code, Errc::client_closed);
  EXPECT_EQ(error_of(lock.acquire()).code, Errc::client_closed);
  EXPECT_EQ(error_of(script({"k"})).code, Errc::client_closed);
  EXPECT_EQ(error_of(scan.next()).code, Errc::client_closed);
  EXPECT_EQ(error_of(elements.next()).code, Errc::client_closed);
  EXPECT_EQ(error_of(pubsub.get_message(5s)).code, Errc::client_closed);
  EXPECT_EQ(error_of(pubsub.subscribe("more")).code, Errc::client_closed);
}

TEST(Lifetimes, a_watch_outlives_its_client) {
  ScriptedCluster cluster(1);
  cluster[0].always(starts_with({"WATCH"})).answer_status("OK");
  auto client = std::make_unique<RedisCluster>(rediscluster::Options{.startup_nodes = cluster.seeds()});
  auto transaction = client->nothrow().transaction();
  ASSERT_TRUE(transaction.watch({"k"}));
  client.reset();
  transaction.set("k", "v");
  EXPECT_FALSE(transaction.execute());
}

template <class T>
constexpr bool may_make = requires { std::declval<T>().pipeline(); } || requires { std::declval<T>().transaction(); } ||
                          requires { std::declval<T>().lock("l"); } || requires { std::declval<T>().pubsub(); } ||
                          requires { std::declval<T>().register_script("return 1"); } || requires { std::declval<T>().monitor(); } ||
                          requires { std::declval<T>().nothrow(); };

TEST(Lifetimes, a_client_that_is_gone_at_the_end_of_the_line_makes_nothing) {
  EXPECT_FALSE(may_make<RedisCluster>);
  EXPECT_TRUE(may_make<RedisCluster&>);
  EXPECT_TRUE(may_make<rediscluster::NothrowRedisCluster>) << "a view, whose client stays";
}

template <class T>
constexpr bool takes_two_literals_for_one_key = requires(T client) { client.migrate("h", 7000, {"a", "b"}, 0, 10ms); };
template <class T>
constexpr bool takes_one_key = requires(T client) { client.migrate("h", 7000, "a", 0, 10ms); };

TEST(Lifetimes, two_literals_are_not_taken_for_the_ends_of_one_key) {
  EXPECT_FALSE(takes_two_literals_for_one_key<RedisCluster&>);
  EXPECT_FALSE(takes_two_literals_for_one_key<rediscluster::Pipeline&>);
  EXPECT_TRUE(takes_one_key<RedisCluster&>);
}

TEST(Lifetimes, threads_may_go_on_with_a_static_client_while_the_process_ends) {
  SKIP_WHERE_CHILDREN_MAY_NOT_HAVE_THREADS();
  ScriptedCluster cluster(2);
  echo_gets(cluster);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(in_child([&] {
                test_support::exit_without_leak_check();
                static RedisCluster client({.startup_nodes = cluster.seeds()});
                std::atomic<int> busy{0};
                for (int thread = 0; thread < 4; ++thread) {
                  std::thread([&busy, thread] {
                    for (int call = 0;; ++call) {
                      static_cast<void>(client.nothrow().get(std::to_string(thread)));
                      if (call == 3) ++busy;
                    }
                  }).detach();
                }
                while (busy < 4) std::this_thread::yield();
                std::exit(0);
                return true;
              }),
              "fine");
  }
}

}  // namespace
