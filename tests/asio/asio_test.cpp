/// Operations with the completion tokens of Asio. Compiled once with standalone Asio and once with Boost's.
#include <utility>  // before Boost 1.74, which forgets it

#ifdef REDISCLUSTER_USE_BOOST_ASIO
#include <boost/asio.hpp>
namespace asio = boost::asio;
#else
#include <asio.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#endif
#include <rediscluster/asio.hpp>

#include "scripted/async_play.hpp"

namespace {

using namespace play;

class AsioTokens : public AsyncPlay {
 protected:
  asio::io_context io;
};

TEST_F(AsioTokens, a_coroutine_awaits_commands_on_its_own_executor) {
  const std::thread::id here = std::this_thread::get_id();
  Text foo;
  Text bar;
  bool was_here = true;
  asio::co_spawn(
      io,
      [&]() -> asio::awaitable<void> {
        foo = *co_await redis.get("foo")(asio::use_awaitable);
        was_here = was_here && std::this_thread::get_id() == here;
        bar = *co_await redis.get("bar").within(2s)(asio::use_awaitable);
        was_here = was_here && std::this_thread::get_id() == here;
      },
      asio::detached);
  io.run();  // has work as long as the operation is under way
  EXPECT_EQ(foo, "foo");
  EXPECT_EQ(bar, "bar");
  EXPECT_TRUE(was_here);
}

TEST_F(AsioTokens, a_handler_runs_where_it_is_bound_and_not_inside_of_the_call) {
  bool is_inside = true;
  std::thread::id told_on;
  redis.get("foo")(asio::bind_executor(io, [&](Result<Text> value) {
    EXPECT_FALSE(is_inside);
    EXPECT_EQ(*value, "foo");
    told_on = std::this_thread::get_id();
  }));
  std::this_thread::sleep_for(20ms);  // its end is known by now; nobody runs the context
  is_inside = false;
  EXPECT_EQ(told_on, std::thread::id());
  EXPECT_GE(io.run(), 1u);
  EXPECT_EQ(told_on, std::this_thread::get_id());
}

TEST_F(AsioTokens, a_future_gives_the_result) {
  std::future<Result<Text>> future = redis.get("foo")(asio::use_future);
  EXPECT_EQ(*future.get(), "foo");
}

TEST_F(AsioTokens, strands_keep_handlers_apart) {
  auto strand = asio::make_strand(io);
  std::atomic<int> inside{0};
  int ended = 0;
  for (int i = 0; i < 200; ++i) {
    redis.get("k" + std::to_string(i))(asio::bind_executor(strand, [&](const Result<Text>& value) {
      EXPECT_EQ(++inside, 1);
      EXPECT_TRUE(value);
      ++ended;
      --inside;
    }));
  }
  std::thread other([&] { io.run(); });
  io.run();
  other.join();
  EXPECT_EQ(ended, 200);
}

// Its last work is the handler; the thread that has told it must not look at it any more.
TEST_F(AsioTokens, a_context_may_go_as_soon_as_it_has_nothing_to_do) {
  ASSERT_TRUE(end_of(redis.ping()));
  int ended = 0;
  for (int i = 0; i < 500; ++i) {
    auto context = std::make_unique<asio::io_context>();
    redis.get("k")(asio::bind_executor(asio::make_strand(*context), [&](const Result<Text>&) { ++ended; }));
    redis.get("k")(asio::bind_executor(*context, [&](const Result<Text>&) { ++ended; }));
    context->run();
  }
  EXPECT_EQ(ended, 1000);
}

TEST_F(AsioTokens, every_handler_is_called_when_the_client_goes) {
  nodes[0].always(starts_with({"GET"})).silence();
  ASSERT_TRUE(end_of(redis.ping()));
  int ended = 0;
  for (int i = 0; i < 50; ++i) {
    redis.get("bar")(asio::bind_executor(io, [&](const Result<Text>& value) {
      EXPECT_EQ(error_of(value).code, Errc::client_closed);
      ++ended;
    }));
  }
  redis.close();
  io.run();
  EXPECT_EQ(ended, 50);
}

#ifdef REDISCLUSTER_ASIO_HAS_SLOTS
TEST_F(AsioTokens, a_cancellation_slot_cancels) {
  ASSERT_TRUE(end_of(redis.get("bar")));
  nodes[0].always("INCR", "bar").silence();
  asio::cancellation_signal signal;
  std::optional<Result<std::int64_t>> end;
  redis.incr("bar")(asio::bind_cancellation_slot(signal.slot(), asio::bind_executor(io, [&](Result<std::int64_t> result) { end.emplace(std::move(result)); })));
  ASSERT_TRUE(nodes[0].wait_for_command({"INCR"}, 5s));
  signal.emit(asio::cancellation_type::terminal);
  signal.emit(asio::cancellation_type::terminal);
  io.run();
  ASSERT_TRUE(end);
  EXPECT_EQ(error_of(*end).code, Errc::cancelled);
  EXPECT_EQ(end->error().execution, Execution::maybe_executed);
  signal.emit(asio::cancellation_type::terminal);  // nobody listens any more
  EXPECT_EQ(*end_of(redis.get("foo")), "foo");
}

TEST_F(AsioTokens, of_two_awaited_together_the_slower_is_cancelled) {
  ASSERT_TRUE(end_of(redis.get("bar")));
  nodes[0].always("GET", "slow{bar}").silence();
  std::size_t first = 9;
  asio::co_spawn(
      io,
      [&]() -> asio::awaitable<void> {
        using namespace asio::experimental::awaitable_operators;
        asio::steady_timer timer(io, 50ms);
        const auto which = co_await (redis.get("slow{bar}")(asio::use_awaitable) || timer.async_wait(asio::use_awaitable));
        first = which.index();
      },
      asio::detached);
  io.run();
  EXPECT_EQ(first, 1u);
  EXPECT_TRUE(wait_until([&] { return redis.stats().in_flight == 0; }, 5s));
}
#endif

}  // namespace
