// Threads that wait for what they have begun.
#include "scripted/async_play.hpp"

namespace {

using namespace play;
using rediscluster::Started;

using AsyncStarted = AsyncPlay;

TEST_F(AsyncStarted, is_waited_for_by_a_thread) {
  Started<Text> started = redis.get("foo").start();
  EXPECT_EQ(started.wait().value(), "foo");
  EXPECT_EQ(redis.get("bar").wait().value(), "bar");
  ASSERT_TRUE(redis.get("zap").wait());
  Started<Text> ready = redis.get("foo").start();
  ASSERT_TRUE(wait_until([&] { return ready.ready(); }, 5s));
  EXPECT_EQ(ready.wait().value(), "foo");
}

TEST_F(AsyncStarted, gives_errors_as_values) {
  for (int i = 0; i < nodes.size(); ++i) nodes[i].always("GET", "silent").silence();
  EXPECT_EQ(error_of(redis.get("silent").within(50ms).wait()).code, Errc::timed_out);
  Started<Text> cancelled = redis.get("silent").start();
  std::thread other([&] {
    std::this_thread::sleep_for(20ms);
    cancelled.cancel();
  });
  EXPECT_EQ(error_of(cancelled.wait()).code, Errc::cancelled);
  other.join();
  Started<Text> closed = redis.get("silent").start();
  redis.close();
  EXPECT_EQ(error_of(closed.wait()).code, Errc::client_closed);
}

TEST_F(AsyncStarted, is_waited_for_in_any_order_by_many_threads) {
  constexpr int threads = 16;
  constexpr int each = 500;
  std::atomic<int> right{0};
  {
    Crowd crowd(threads, [&](int thread) {
      std::vector<Started<Text>> begun;
      const auto key_of = [&](int i) { return std::to_string(thread) + ":" + std::to_string(i); };
      for (int i = 0; i < each; ++i) begun.push_back(redis.get(key_of(i)).start());
      for (int i = 0; i < each; ++i) {
        const int index = i % 2 == 0 ? i : each - i;  // from both ends
        right += begun[static_cast<std::size_t>(index)].wait().value() == key_of(index);
      }
    });
  }
  EXPECT_EQ(right, threads * each);
}

TEST_F(AsyncStarted, says_on_a_reactors_thread_that_it_would_wait_for_itself) {
  std::promise<Errc> code;
  std::optional<Started<Text>> later;
  redis.get("foo").then([&](const Result<Text>&) {
    later.emplace(redis.get("bar").start());
    code.set_value(error_of(later->wait()).code);
  });
  EXPECT_EQ(code.get_future().get(), Errc::not_allowed);
  EXPECT_EQ(later->wait().value(), "bar");  // nothing is lost
}

TEST_F(AsyncStarted, begins_nothing_that_would_wait_for_itself) {
  std::promise<Errc> code;
  redis.get("foo").then([&](const Result<Text>&) { code.set_value(error_of(redis.get("bar").wait()).code); });
  EXPECT_EQ(code.get_future().get(), Errc::not_allowed);
  ASSERT_TRUE(end_of(redis.get("foo")));
  for (int i = 0; i < nodes.size(); ++i) EXPECT_EQ(nodes[i].received(CommandWords{"GET", "bar"}), 0);
}

TEST_F(AsyncStarted, outlives_its_client_and_may_be_dropped_while_under_way) {
  for (int i = 0; i < nodes.size(); ++i) nodes[i].always("GET", "silent").silence();
  auto client = std::make_unique<AsyncRedisCluster>(options_for(nodes));
  Started<Text> started = client->get("silent").start();
  for (int i = 0; i < 10; ++i) static_cast<void>(client->get("foo").start());
  client.reset();
  EXPECT_EQ(error_of(started.wait()).code, Errc::client_closed);
}

}  // namespace
