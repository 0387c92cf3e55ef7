/// How objects of the asynchronous client and what waits for them end: closed, cancelled, out of time, from wherever that is said; and code of
/// the user's that runs inside of them.
#include "cluster/async_objects_play.hpp"

namespace {

using namespace async_objects;

class AsyncObjectsEnd : public AsyncObjectsPlay {};

TEST_F(AsyncObjectsEnd, subscriptions_may_be_closed_where_their_messages_are_told) {
  rediscluster::AsyncPubSub news = redis.pubsub({.ignore_subscribe_messages = true});
  get(news.subscribe({"closes:itself"}));
  std::promise<void> told;
  news.next().then([&](const Result<rediscluster::Message>& message) {
    EXPECT_TRUE(message);
    news.close();
    told.set_value();
  });
  get(redis.publish("closes:itself", "x"));
  told.get_future().get();
  EXPECT_EQ(end_code(news.next().within(5s)), Errc::client_closed);
  EXPECT_EQ(get(redis.set("goes:on", "x")), true);
}

TEST_F(AsyncObjectsEnd, handlers_and_hooks_may_use_clients_of_other_clusters) {
  LocalCluster elsewhere({.primaries = 1, .replicas_per_primary = 0});
  RedisCluster other({.startup_nodes = elsewhere.seeds()});
  auto news = redis.pubsub({.ignore_subscribe_messages = true});
  get(news.subscribe({"forwarded"}, [&](const rediscluster::Message& message) { other.set("forwarded", message.data); }));
  auto read = news.get_message(2s).to_future();
  get(redis.publish("forwarded", "x"));
  EXPECT_EQ(read.get(), std::nullopt) << "the handler has it";
  EXPECT_EQ(other.get("forwarded"), "x");
  EXPECT_EQ(get(redis.get("forwarded")), std::nullopt);
}

TEST_F(AsyncObjectsEnd, waits_on_named_nodes_end_when_they_are_cancelled_or_their_time_is_over) {
  const auto begin = Clock::now();
  auto waits = redis.on_slot(0).blpop({key_in_slot(0, ":named")}, 0s).start();
  std::this_thread::sleep_for(50ms);
  waits.cancel();
  EXPECT_EQ(end_code(redis.on_slot(0).blpop({key_in_slot(0, ":named")}, 0s).within(100ms)), Errc::timed_out);
  EXPECT_LT(Clock::now() - begin, 2s);
  EXPECT_TRUE(rediscluster::testing::wait_until([&] { return waits.ready(); }, 2s));
}

TEST_F(AsyncObjectsEnd, a_time_of_its_own_may_be_longer_than_the_usual_one) {
  Options hasty = options();
  hasty.command_timeout = 100ms;
  AsyncRedisCluster client(hasty);
  get(client.connect());
  hold_servers(300ms);
  auto tx = client.transaction();
  auto got = tx.get("longer");
  EXPECT_TRUE(get(tx.execute().within(5s)).size() == 1);
  EXPECT_EQ(got.value(), std::nullopt);
}

TEST_F(AsyncObjectsEnd, who_rests_between_two_tries_is_not_waited_for) {
  auto held = redis.lock("rests", {.timeout = 30s});
  ASSERT_TRUE(get(held.acquire()));
  auto rests = redis.lock("rests", {.sleep = 30s}).acquire().to_future();
  std::this_thread::sleep_for(50ms);
  const auto begin = Clock::now();
  redis.close();
  EXPECT_LT(Clock::now() - begin, 500ms);
  EXPECT_THROW(rests.get(), rediscluster::RedisError);
  auto [first, second] = get(redis.run_all(rediscluster::cmd::get("a"), rediscluster::cmd::randomkey()));
  EXPECT_EQ(first.error().code, Errc::client_closed);
  EXPECT_EQ(second.error().code, Errc::client_closed);
}

Fiber hear_to_the_end(AsyncRedisCluster& redis, std::promise<Errc>& end) {
  auto news = redis.pubsub();
  auto lock = redis.lock("heard");
  auto tx = redis.transaction();
  co_await news.subscribe("heard").value();
  co_await lock.acquire().value();
  co_await tx.watch("heard:key").value();
  for (;;) {
    const auto message = co_await news.next();
    if (message) continue;
    end.set_value(message.error().code);
    co_return;  // on the reactor's thread, which all three of them would wait for
  }
}

TEST_F(AsyncObjectsEnd, what_a_coroutine_owns_may_go_with_it_when_the_client_is_closed) {
  std::promise<Errc> end;
  Fiber hears = hear_to_the_end(redis, end);
  std::this_thread::sleep_for(200ms);
  const auto begin = Clock::now();
  redis.close();
  EXPECT_EQ(end.get_future().get(), Errc::client_closed);
  hears.wait();
  EXPECT_LT(Clock::now() - begin, 1s);
}

TEST_F(AsyncObjectsEnd, may_be_closed_while_everything_waits) {
  auto lock = redis.lock("closing", {.timeout = 10s});
  ASSERT_TRUE(get(lock.acquire()));
  auto waiter = redis.lock("closing");
  auto news = redis.pubsub();
  get(news.subscribe("closing"));
  while (get(news.get_message(10ms))) {
  }
  std::vector<std::future<void>> all;
  const auto begin_all = [&](auto operation) {
    all.push_back(std::async(std::launch::async, [future = std::move(operation).to_future()]() mutable { future.get(); }));
  };
  begin_all(redis.blpop({"closing:list"}, 60s));
  begin_all(waiter.acquire());
  begin_all(news.next());
  std::this_thread::sleep_for(100ms);
  const auto begin = Clock::now();
  redis.close();
  EXPECT_LT(Clock::now() - begin, 1s);
  for (auto& each : all) EXPECT_THROW(each.get(), rediscluster::RedisError);
  EXPECT_EQ(end_code(lock.release()), Errc::client_closed);
  EXPECT_EQ(end_code(redis.transaction().execute()), Errc::client_closed);
}

}  // namespace
