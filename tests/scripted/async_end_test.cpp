/// Ends of the asynchronous client: closed and destroyed at any moment, by anybody; frames that go; nodes that hang; limits.
#include "scripted/async_play.hpp"

namespace {

using namespace play;

constexpr milliseconds promised_end{100};

TEST(AsyncEnd, closing_tells_everybody_at_once_and_once) {
  ScriptedCluster nodes(2);
  AsyncRedisCluster redis(options_for(nodes));
  ASSERT_TRUE(end_of(redis.ping()));
  nodes[0].always(starts_with({"GET"})).silence();
  nodes[1].always(starts_with({"GET"})).answer_error("TRYAGAIN later");
  std::vector<Later<Text>> under_way;
  for (int i = 0; i < 100; ++i) {
    under_way.emplace_back(redis.get("bar"));
    under_way.emplace_back(redis.get("foo"));
  }
  ASSERT_TRUE(nodes[0].wait_for_command({"GET"}, 5s, 1));
  ASSERT_TRUE(nodes[1].wait_for_command({"GET"}, 5s, 150));
  const milliseconds took = time_of([&] { redis.close(); });
  EXPECT_LT(took, promised_end + soon);
  for (auto& each : under_way) {
    ASSERT_TRUE(each.is_told());
    EXPECT_EQ(error_of(each.end()).code, Errc::client_closed);
    EXPECT_EQ(each.times(), 1);
  }
  EXPECT_EQ(error_of(end_of(redis.get("bar"))).code, Errc::client_closed);
  EXPECT_EQ(error_of(end_of(redis.mget({"foo", "bar"}))).code, Errc::client_closed);
}

TEST(AsyncEnd, may_come_while_it_connects) {
  ScriptedCluster nodes(1);
  nodes[0].hold_new(true);
  std::optional<AsyncRedisCluster> redis(std::in_place, options_for(nodes));
  Later<Text> waiting(redis->get("foo"));
  std::this_thread::sleep_for(20ms);
  const milliseconds took = time_of([&] { redis.reset(); });
  EXPECT_LT(took, promised_end + soon);
  ASSERT_TRUE(waiting.is_told());
  EXPECT_EQ(error_of(waiting.end()).execution, Execution::not_executed);
}

TEST(AsyncEnd, may_come_while_a_lane_connects) {
  ScriptedCluster nodes(2);
  std::optional<AsyncRedisCluster> redis(std::in_place, options_for(nodes));
  echo_gets(nodes[0]);
  ASSERT_TRUE(end_of(redis->get("bar")));
  nodes[1].hold_new(true);
  Later<Text> waiting(redis->get("foo"));
  std::this_thread::sleep_for(20ms);
  const milliseconds took = time_of([&] { redis.reset(); });
  EXPECT_LT(took, promised_end + soon);
  ASSERT_TRUE(waiting.is_told());
  EXPECT_EQ(error_of(waiting.end()).code, Errc::client_closed);
}

TEST(AsyncEnd, may_come_inside_of_a_completion) {
  ScriptedCluster nodes(1);
  echo_gets(nodes[0]);
  auto redis = std::make_unique<AsyncRedisCluster>(options_for(nodes));
  ASSERT_TRUE(end_of(redis->get("foo")));
  const auto gone = std::make_shared<std::promise<void>>();
  redis->get("foo").then([&redis, gone](Result<Text> value) {
    EXPECT_TRUE(value);
    redis.reset();
    gone->set_value();
  });
  ASSERT_EQ(gone->get_future().wait_for(20s), std::future_status::ready);
}

TEST(AsyncEnd, inside_of_a_completion_tells_the_others_too) {
  ScriptedCluster nodes(1);
  echo_gets(nodes[0]);
  auto redis = std::make_unique<AsyncRedisCluster>(options_for(nodes));
  nodes[0].always("INCR", "never").silence();
  ASSERT_TRUE(end_of(redis->get("foo")));
  const auto begun = std::make_shared<std::promise<Later<std::int64_t>>>();
  redis->get("foo").then([&redis, begun](const Result<Text>&) {
    Later<std::int64_t> other(redis->incr("never"));
    redis.reset();
    EXPECT_FALSE(other.is_told()) << "nobody is told inside of another's call";
    begun->set_value(std::move(other));
  });
  Later<std::int64_t> other = begun->get_future().get();
  EXPECT_EQ(error_of(other.end()).code, Errc::client_closed);
  EXPECT_EQ(other.times(), 1);
}

TEST(AsyncEnd, of_a_frame_cancels_what_it_waits_for) {
  ScriptedCluster nodes(1);
  echo_gets(nodes[0]);
  AsyncRedisCluster redis(options_for(nodes));
  ASSERT_TRUE(end_of(redis.get("foo")));
  Gate gate;
  nodes[0].expect("GET", "slow").after(gate).answer_bulk("late");
  bool was_resumed = false;
  Fiber fiber = [](AsyncRedisCluster& client, bool& resumed) -> Fiber {
    (void)co_await client.get("slow");
    resumed = true;
  }(redis, was_resumed);
  ASSERT_TRUE(nodes[0].wait_for_command({"GET", "slow"}, 5s));
  fiber.destroy();
  EXPECT_TRUE(wait_until([&] { return redis.stats().in_flight == 0; }, 5s));
  gate.open();
  EXPECT_EQ(*end_of(redis.get("foo")), "foo");
  EXPECT_FALSE(was_resumed);
}

TEST(AsyncEnd, of_frames_at_random_moments_leaves_every_reply_with_its_own_command) {
  ScriptedCluster nodes(2);
  echo_gets(nodes);
  AsyncRedisCluster redis(options_for(nodes));
  ASSERT_TRUE(end_of(redis.get("foo")));
  std::atomic<int> wrong{0};
  std::atomic<int> ends{0};
  struct Running {
    rediscluster::Started<Text> operation;
    std::string key;
  };
  for (int round = 0; round < 50; ++round) {
    std::vector<Running> running;
    for (int i = 0; i < 40; ++i) {
      std::string key = "k" + std::to_string(round) + "." + std::to_string(i);
      auto operation = redis.get(key).start();
      running.push_back({std::move(operation), std::move(key)});
      if (i % 3 == 0) running[static_cast<std::size_t>(i / 2)].operation.cancel();
    }
    for (Running& each : running) {
      [](Running& self, std::atomic<int>& bad, std::atomic<int>& all) -> Fiber {
        const Result<Text> value = co_await self.operation;
        ++all;
        if (value ? *value != self.key : value.error().code != Errc::cancelled) ++bad;
      }(each, wrong, ends).wait();
    }
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(ends, 2000);
}

TEST(AsyncEnd, a_hanging_node_hurts_its_own_keys_alone) {
  ScriptedCluster nodes(2);
  echo_gets(nodes);
  AsyncRedisCluster redis(options_for(nodes), {.max_in_flight_per_node = 100});
  ASSERT_TRUE(end_of(redis.get("foo")));
  ASSERT_TRUE(end_of(redis.get("bar")));
  nodes[0].pause();
  std::vector<Later<Text>> hanging;
  for (int i = 0; i < 1000; ++i) hanging.emplace_back(redis.get("bar").within(300ms));
  const milliseconds took = time_of([&] {
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(end_of(redis.get("foo")));
  });
  EXPECT_LT(took, 1s);
  int not_executed = 0;
  for (auto& each : hanging) {
    const Error error = error_of(each.end());
    EXPECT_EQ(error.code, Errc::timed_out);
    if (error.execution == Execution::not_executed) ++not_executed;
  }
  EXPECT_EQ(not_executed, 900) << "a hundred were sent, the others had no place";
  nodes[0].resume();
  EXPECT_EQ(*end_of(redis.get("bar")), "bar");
}

TEST(AsyncEnd, beyond_the_limits_it_fails_at_once_where_told_so) {
  ScriptedCluster nodes(1);
  AsyncRedisCluster redis(options_for(nodes), {.max_in_flight_per_node = 10, .overflow = rediscluster::Overflow::fail});
  ASSERT_TRUE(end_of(redis.ping()));
  Gate gate;
  nodes[0].always(starts_with({"GET"})).after(gate).answer_bulk("v");
  std::vector<Later<Text>> first;
  for (int i = 0; i < 10; ++i) first.emplace_back(redis.get("k"));
  const Error refused = error_of(end_of(redis.get("k")));
  EXPECT_EQ(refused.code, Errc::too_many_in_flight);
  EXPECT_EQ(refused.execution, Execution::not_executed);
  gate.open();
  for (auto& each : first) EXPECT_TRUE(each.end());
  EXPECT_TRUE(end_of(redis.get("k")));
}

TEST(AsyncEnd, beyond_the_limits_of_the_client_others_wait_for_a_place) {
  ScriptedCluster nodes(2);
  echo_gets(nodes);
  AsyncRedisCluster redis(options_for(nodes), {.max_in_flight = 5});
  std::vector<Later<Text>> all;
  for (int i = 0; i < 500; ++i) all.emplace_back(redis.get("k" + std::to_string(i)));
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(*all[i].end(), "k" + std::to_string(i));
}

TEST(AsyncEnd, a_hundred_thousand_deadlines_at_once_are_no_matter) {
  ScriptedCluster nodes(1);
  AsyncRedisCluster redis(options_for(nodes), {.max_in_flight_per_node = 200'000, .max_in_flight = 200'000});
  ASSERT_TRUE(end_of(redis.ping()));
  nodes[0].pause();
  std::atomic<int> ends{0};
  constexpr int count = 100'000;
  const auto begin = Clock::now();
  for (int i = 0; i < count; ++i) redis.get("k").within(1500ms).then([&](const Result<Text>&) { ++ends; });
  const auto submitted = Clock::now();
  EXPECT_TRUE(wait_until([&] { return ends == count; }, 20s));
  // Each alone is some hundred nanoseconds; a quadratic way would take minutes.
  EXPECT_LT(Clock::now() - submitted, 1500ms + 15s) << "submitted in " << (submitted - begin) / 1ms << " ms";
  nodes[0].resume();
}

}  // namespace
