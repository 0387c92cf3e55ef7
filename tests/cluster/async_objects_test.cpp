/// What the asynchronous client has beside commands and pipelines, on real servers: locks, transactions that watch, scans, scripts,
/// subscriptions, MONITOR, commands that wait on their server; all of it on the one thread of the reactor.
#include "cluster/async_objects_play.hpp"

#include <atomic>
#include <set>

namespace {

using namespace async_objects;

class AsyncObjectsOnServers : public AsyncObjectsPlay {};

TEST_F(AsyncObjectsOnServers, everything_runs_on_one_thread) {
  get(redis.set("one:thread", "x"));
  get(redis.mset({{"one:a", "1"}, {"one:b", "2"}}));
  get(redis.rename("one:a", "one:c"));
  get(redis.register_script("return redis.call('get', KEYS[1])")({"one:b"}));
  auto lock = redis.lock("one:lock");
  EXPECT_TRUE(get(lock.acquire()));
  auto news = redis.pubsub();
  get(news.subscribe("one:news"));
  auto waits = redis.blpop({"one:list"}, 30s).start();
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(threads_of_process(), threads_before + 1);
  get(lock.release());
  waits.cancel();
}

TEST_F(AsyncObjectsOnServers, locks_are_held_by_one_at_a_time) {
  AsyncRedisCluster other(options());
  auto ours = redis.lock("door", {.timeout = 10s});
  auto theirs = other.lock("door", {.timeout = 10s, .sleep = 10ms, .blocking_timeout = 3s});
  EXPECT_TRUE(get(ours.acquire()));
  EXPECT_TRUE(get(ours.owned()));
  EXPECT_FALSE(get(theirs.acquire({.blocking = false})));
  auto waits = theirs.acquire().to_future();
  get(ours.extend(5s));
  get(ours.release());
  EXPECT_TRUE(waits.get());
  EXPECT_FALSE(get(ours.owned()));
  EXPECT_TRUE(get(ours.locked()));
  EXPECT_EQ(end_code(ours.release()), Errc::lock_misused);
  get(theirs.release());
}

TEST_F(AsyncObjectsOnServers, a_call_for_a_lock_ends_when_its_time_is_over_or_it_is_cancelled) {
  auto held = redis.lock("taken", {.timeout = 30s});
  ASSERT_TRUE(get(held.acquire()));
  auto waits = redis.lock("taken", {.sleep = 20ms});
  const auto begin = Clock::now();
  EXPECT_EQ(end_code(waits.acquire().within(100ms)), Errc::timed_out);
  std::stop_source stop;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(100ms);
    stop.request_stop();
  });
  EXPECT_EQ(end_code(waits.acquire().cancel_on(stop.get_token())), Errc::cancelled);
  EXPECT_LT(Clock::now() - begin, 2s);
  get(held.release());
}

Fiber add_watched(AsyncRedisCluster& redis, int times, std::atomic<int>& reruns) {
  auto tx = redis.transaction();
  for (int done = 0; done < times;) {
    co_await tx.watch("{acc}:n").value();
    const Text now = co_await tx.now().get("{acc}:n").value();
    auto set = tx.set("{acc}:n", std::to_string(now ? std::stoi(*now) + 1 : 1));
    tx.incr("{acc}:all");
    const auto executed = co_await tx.execute();
    if (executed) {
      EXPECT_TRUE(set.value());
      ++done;
      continue;
    }
    EXPECT_EQ(executed.error().code, Errc::watch_lost) << executed.error().message;
    if (executed.error().code != Errc::watch_lost) co_return;
    ++reruns;
    co_await tx.begin_anew().value();
  }
}

TEST_F(AsyncObjectsOnServers, transactions_that_watch_lose_nothing) {
  std::atomic<int> reruns{0};
  {
    std::vector<Fiber> all;
    for (int i = 0; i < 8; ++i) all.push_back(add_watched(redis, 10, reruns));
    for (Fiber& each : all) each.wait();
  }
  EXPECT_EQ(get(redis.get("{acc}:n")), "80");
  EXPECT_EQ(get(redis.get("{acc}:all")), "80");
  EXPECT_GT(reruns, 0);
}

TEST_F(AsyncObjectsOnServers, transactions_without_watch_run_whole_or_not) {
  auto tx = redis.transaction();
  auto one = tx.incr("{tx}:a");
  auto two = tx.incr("{tx}:b");
  get(tx.execute());
  EXPECT_EQ(one.value() + two.value(), 2);
  tx.incr("{tx}:a");
  tx.incr("{other}:a");
  EXPECT_EQ(end_code(tx.execute()), Errc::cross_slot);
  auto dropped = std::make_unique<rediscluster::AsyncTransaction>(redis.transaction());
  get(dropped->watch("{tx}:a"));
  dropped.reset();  // says UNWATCH, on no thread of ours
  EXPECT_EQ(get(redis.get("{tx}:a")), "1");
}

Fiber read_all(AsyncRedisCluster& redis, std::set<std::string>& keys, std::set<std::string>& fields) {
  auto scan = redis.scan_iter({.match = "scanned:*", .count = 50, .parallel = true});
  while (Text key = co_await scan.next().value()) keys.insert(*key);
  auto hash = redis.hscan_iter("big:hash", {.count = 20});
  while (auto field = co_await hash.next().value()) fields.insert(field->first);
}

TEST_F(AsyncObjectsOnServers, scans_give_every_key_and_every_element) {
  auto pipe = redis.pipeline();
  for (int i = 0; i < 600; ++i) {
    pipe.set("scanned:" + std::to_string(i), "x");
    pipe.hset("big:hash", "f" + std::to_string(i), "x");
  }
  get(pipe.execute());
  std::set<std::string> keys, fields;
  read_all(redis, keys, fields).wait();
  EXPECT_EQ(keys.size(), 600u);
  EXPECT_EQ(fields.size(), 600u);
  auto half = redis.scan_iter({.match = "scanned:*"});
  for (int i = 0; i < 100; ++i) get(half.next());
  auto rest = redis.resume_scan(half.save());
  ASSERT_TRUE(rest);
  std::size_t left = 0;
  while (get(rest->next())) ++left;
  EXPECT_GE(left, 500u);
}

TEST_F(AsyncObjectsOnServers, scripts_load_themselves) {
  const auto script = redis.register_script("return redis.call('incrby', KEYS[1], ARGV[1])");
  for (int round = 0; round < 3; ++round) {
    for (const auto& each : get(redis.on_all_primaries().script_flush())) EXPECT_TRUE(each.result);
    std::vector<std::future<std::int64_t>> all;
    for (int i = 0; i < 50; ++i) all.push_back(script.run<std::int64_t>({"script:" + std::to_string(i)}, {2}).to_future());
    for (auto& each : all) EXPECT_EQ(each.get(), 2 * (round + 1));
  }
  hold_servers(300ms);
  EXPECT_EQ(end_code(script({"script:late"}, {1}).within(100ms)), Errc::timed_out);
}

TEST_F(AsyncObjectsOnServers, subscriptions_give_what_is_published) {
  auto news = redis.pubsub({.ignore_subscribe_messages = true});
  get(news.subscribe({"news:a"}));
  EXPECT_TRUE(news.subscribed());
  for (int i = 0; i < 100; ++i) get(redis.publish("news:a", std::to_string(i)));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(get(news.next()).data, std::to_string(i));
  EXPECT_EQ(get(news.get_message(20ms)), std::nullopt);
  EXPECT_EQ(end_code(news.next().within(20ms)), Errc::timed_out);
  auto waits = news.next().start();
  waits.cancel();
  auto next = news.next().to_future();
  get(redis.publish("news:a", "last"));
  EXPECT_EQ(next.get().data, "last");
  get(news.unsubscribe());
  EXPECT_FALSE(news.subscribed());
  auto at_the_end = news.next().to_future();
  news.close();
  EXPECT_THROW(at_the_end.get(), rediscluster::RedisError);
}

TEST_F(AsyncObjectsOnServers, monitor_shows_what_servers_run) {
  auto monitor = get(redis.monitor());
  get(redis.set("monitored", "x"));
  bool was_seen = false;
  for (int i = 0; i < 200 && !was_seen; ++i) {
    const auto line = get(monitor.next(2000ms));
    ASSERT_TRUE(line);
    was_seen = line->words.size() > 1 && line->words[1] == "monitored";
  }
  EXPECT_TRUE(was_seen);
  auto at_the_end = monitor.next().to_future();
  monitor.close();
  EXPECT_EQ(at_the_end.get(), std::nullopt);
}

TEST_F(AsyncObjectsOnServers, hundreds_may_wait_on_their_servers) {
  constexpr int waiting = 300;
  std::vector<std::future<std::optional<std::pair<std::string, std::string>>>> all;
  for (int i = 0; i < waiting; ++i) all.push_back(redis.blpop({"wait:" + std::to_string(i)}, 20s).to_future());
  std::this_thread::sleep_for(300ms);
  EXPECT_EQ(threads_of_process(), threads_before + 1);
  std::vector<std::future<std::int64_t>> pushed;
  for (int i = 0; i < waiting; ++i) pushed.push_back(redis.rpush("wait:" + std::to_string(i), {std::to_string(i)}).to_future());
  for (auto& each : pushed) EXPECT_EQ(each.get(), 1);
  for (int i = 0; i < waiting; ++i) {
    const auto got = all[static_cast<std::size_t>(i)].get();
    ASSERT_TRUE(got);
    EXPECT_EQ(got->second, std::to_string(i));
  }
}

TEST_F(AsyncObjectsOnServers, a_wait_that_is_cancelled_loses_no_element) {
  int elements = 0;
  for (int round = 0; round < 100; ++round) {
    std::atomic<int> got{-1};
    std::promise<void> told;
    std::stop_source stop;
    redis.blpop({"lossless"}, 10s).cancel_on(stop.get_token()).then([&](auto result) {
      got = result && *result ? 1 : 0;
      told.set_value();
    });
    std::this_thread::sleep_for(std::chrono::microseconds(round * 20));
    auto push = redis.rpush("lossless", {"x"}).to_future();
    stop.request_stop();
    push.get();
    told.get_future().get();
    elements += got;
    if (got == 0) elements += get(redis.lpop("lossless")).has_value();
  }
  EXPECT_EQ(elements, 100);
}

TEST_F(AsyncObjectsOnServers, what_runs_in_steps_is_not_left_half_done_when_it_is_cancelled) {
  for (int round = 0; round < 60; ++round) {
    const std::string from = "from:" + std::to_string(round);
    const std::string to = "to:" + std::to_string(round);
    get(redis.set(from, "x"));
    std::stop_source stop;
    std::promise<bool> told;
    redis.rename(from, to).cancel_on(stop.get_token()).then([&](const Result<bool>& renamed) { told.set_value(renamed.has_value()); });
    std::this_thread::sleep_for(std::chrono::microseconds(round * 30));
    stop.request_stop();
    const bool was_renamed = told.get_future().get();
    EXPECT_EQ(get(redis.exists({from})), was_renamed ? 0 : 1) << round;
    EXPECT_EQ(get(redis.exists({to})), was_renamed ? 1 : 0) << round;
  }
}

TEST_F(AsyncObjectsOnServers, commands_in_one_go_have_a_result_each) {
  get(redis.set("all:text", "text"));
  auto [set, wrong, got, random] = get(redis.run_all(rediscluster::cmd::set("all:key", "v"), rediscluster::cmd::incr("all:text"),
                                                     rediscluster::cmd::get("all:text"), rediscluster::cmd::randomkey()));
  EXPECT_TRUE(set.value());
  EXPECT_EQ(wrong.error().code, Errc::response_error);
  EXPECT_EQ(got.value(), "text");
  EXPECT_TRUE(random.value());
}

TEST_F(AsyncObjectsOnServers, a_bound_on_connections_holds_for_all_that_the_client_does) {
  Options bounded = options();
  bounded.max_connections = 4;
  AsyncRedisCluster few(bounded);
  std::vector<std::future<bool>> sets;
  for (int i = 0; i < 100; ++i) sets.push_back(few.set("few:" + std::to_string(i), "x").to_future());
  for (auto& each : sets) EXPECT_TRUE(each.get());
  for (int i = 0; i < 10; ++i) {
    get(few.rpush("few:list:" + std::to_string(i), {"x"}));
    EXPECT_TRUE(get(few.blpop({"few:list:" + std::to_string(i)}, 5s)));
    EXPECT_EQ(get(few.register_script("return 1").run<std::int64_t>({"few:" + std::to_string(i)})), 1);
  }
  auto lock = few.lock("few:lock");
  EXPECT_TRUE(get(lock.acquire()));
  get(lock.release());
}

}  // namespace
