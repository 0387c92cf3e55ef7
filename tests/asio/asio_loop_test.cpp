/// A client that lives on an io_context: nothing of it runs but there, and it may end whether the context runs or not.
#include <utility>

#ifdef REDISCLUSTER_USE_BOOST_ASIO
#include <boost/asio.hpp>
namespace asio = boost::asio;
#else
#include <asio.hpp>
#endif
#include <rediscluster/asio.hpp>

#include <filesystem>

#include "scripted/async_play.hpp"

namespace {

using namespace play;
using rediscluster::on_executor;
using rediscluster::on_io_context;

std::size_t threads_of_process() {
  std::size_t threads = 0;
  for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator("/proc/self/task")) ++threads;
  return threads;
}

class AsioLoops : public ::testing::Test {
 protected:
  AsioLoops() { echo_gets(nodes); }
  ScriptedCluster nodes{2};
  asio::io_context io;
};

TEST_F(AsioLoops, a_client_needs_no_thread_of_its_own) {
  const std::size_t threads = threads_of_process();
  auto redis = on_io_context(io, options_for(nodes));
  const std::thread::id here = std::this_thread::get_id();
  int told_here = 0;
  std::size_t most_threads = 0;
  asio::co_spawn(
      io,
      [&]() -> asio::awaitable<void> {
        for (const char* key : {"foo", "bar", "zap"}) {
          const Result<Text> value = co_await redis.get(key)(asio::use_awaitable);
          EXPECT_EQ(value.value_or(Text()), key);
          told_here += std::this_thread::get_id() == here;
          most_threads = std::max(most_threads, threads_of_process());
        }
        redis.close();
      },
      asio::detached);
  io.run();
  EXPECT_EQ(told_here, 3);
  EXPECT_EQ(most_threads, threads);
}

TEST_F(AsioLoops, callbacks_and_pipelines_run_where_the_context_is_run) {
  auto redis = on_io_context(io, options_for(nodes));
  int told = 0;
  for (int i = 0; i < 500; ++i) {
    redis.get("k" + std::to_string(i)).then([&, i](Result<Text> value) {
      told += value.value_or(Text()) == "k" + std::to_string(i);
    });
  }
  auto pipe = redis.pipeline();
  auto queued = pipe.get("foo");
  pipe.execute().then([&](const auto& done) {
    EXPECT_TRUE(done);
    ++told;
  });
  EXPECT_EQ(told, 0) << "nobody runs the context";
  EXPECT_TRUE(wait_until([&] {
    io.restart();
    io.poll();
    return told == 501;
  }, 10s));
  EXPECT_EQ(queued.value(), "foo");
}

TEST_F(AsioLoops, several_threads_may_run_the_context) {
  auto redis = on_io_context(io, options_for(nodes));
  std::atomic<int> told{0};
  std::atomic<int> inside{0};
  constexpr int all = 2000;
  std::thread closes;
  for (int i = 0; i < all; ++i) {
    redis.get("k" + std::to_string(i)).then([&](const Result<Text>& value) {
      EXPECT_EQ(++inside, 1);
      EXPECT_TRUE(value);
      --inside;
      if (++told == all) closes = std::thread([&] { redis.close(); });
    });
  }
  std::vector<std::thread> runners;
  for (int i = 0; i < 4; ++i) runners.emplace_back([&] { io.run(); });
  for (std::thread& each : runners) each.join();
  closes.join();  // the context ends after the client
  EXPECT_EQ(told, all);
}

TEST_F(AsioLoops, may_live_on_a_strand) {
  auto redis = on_executor(asio::make_strand(io), options_for(nodes));
  Text value;
  asio::co_spawn(
      io,
      [&]() -> asio::awaitable<void> {
        value = *co_await redis.get("foo")(asio::use_awaitable);
        redis.close();
      },
      asio::detached);
  io.run();
  EXPECT_EQ(value, "foo");
}

TEST_F(AsioLoops, ends_though_nobody_runs_the_context) {
  int told = 0;
  {
    auto redis = on_io_context(io, options_for(nodes));
    for (int i = 0; i < 10; ++i) {
      redis.get("foo").then([&](const Result<Text>& value) {
        EXPECT_EQ(error_of(value).code, Errc::client_closed);
        ++told;
      });
    }
  }
  EXPECT_EQ(told, 10);
  io.run();  // what is left in it finds nothing to do
}

TEST_F(AsioLoops, ends_while_commands_wait_for_answers_and_the_context_has_stopped) {
  for (int i = 0; i < nodes.size(); ++i) {
    nodes[i].always(starts_with({"GET"})).silence();
    nodes[i].always(starts_with({"BLPOP"})).silence();
    nodes[i].always(starts_with({"CLIENT", "ID"})).answer_integer(7);
  }
  int told = 0;
  {
    auto redis = on_io_context(io, options_for(nodes));
    for (const char* key : {"foo", "bar"}) {
      redis.get(key).then([&](const Result<Text>& value) {
        EXPECT_EQ(error_of(value).code, Errc::client_closed);
        ++told;
      });
    }
    redis.blpop({"list"}, 30s).then([&](const auto& value) {
      EXPECT_EQ(error_of(value).code, Errc::client_closed);
      ++told;
    });
    io.run_for(200ms);
    EXPECT_EQ(told, 0);
    const auto begin = std::chrono::steady_clock::now();
    redis.close();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 1s);
  }
  EXPECT_EQ(told, 3);
}

TEST_F(AsioLoops, may_be_destroyed_by_one_of_its_own_handlers) {
  auto redis = std::make_unique<AsyncRedisCluster>(on_io_context(io, options_for(nodes)));
  int told = 0;
  redis->get("foo").then([&](const Result<Text>& value) {
    EXPECT_TRUE(value);
    redis->get("bar").then([&](const Result<Text>&) { ++told; });
    redis.reset();
    ++told;
  });
  EXPECT_TRUE(wait_until([&] {
    io.restart();
    io.poll();
    return told == 2;
  }, 5s));
}

TEST_F(AsioLoops, may_be_closed_by_a_handler_of_somebody_elses) {
  auto redis = on_io_context(io, options_for(nodes));
  nodes[0].always("GET", "slow{bar}").silence();
  bool was_told = false;
  redis.get("slow{bar}").then([&](const Result<Text>& value) {
    EXPECT_EQ(error_of(value).code, Errc::client_closed);
    was_told = true;
  });
  asio::steady_timer timer(io, 100ms);
  timer.async_wait([&](const auto&) { redis.close(); });
  io.run();
  EXPECT_TRUE(was_told);
}

TEST_F(AsioLoops, may_be_closed_by_several_at_the_same_time) {
  for (int round = 0; round < 20; ++round) {
    asio::io_context context;
    auto redis = on_io_context(context, options_for(nodes));
    nodes[0].always("GET", "slow{bar}").silence();
    std::atomic<int> told{0};
    for (int i = 0; i < 10; ++i) {
      redis.get("slow{bar}").then([&](const Result<Text>& value) {
        EXPECT_EQ(error_of(value).code, Errc::client_closed);
        redis.close();  // as many do where they meet an error
        ++told;
      });
    }
    auto work = asio::make_work_guard(context);
    std::thread runs([&] { context.run(); });
    std::thread closes([&] { redis.close(); });
    redis.close();
    closes.join();
    work.reset();
    runs.join();
    EXPECT_EQ(told, 10);
  }
}

TEST_F(AsioLoops, may_be_closed_while_a_function_of_the_users_waits_for_it) {
  auto redis = on_io_context(io, options_for(nodes));
  for (int i = 0; i < nodes.size(); ++i) nodes[i].always("GET", "slow{bar}").silence();
  bool has_thrown = false;
  redis.call([&](rediscluster::NothrowRedisCluster&) -> Result<void> {
    try {
      redis.get("slow{bar}").to_future().get();
    } catch (const rediscluster::RedisError&) {
      has_thrown = true;
    }
    return {};
  }).detach();
  auto work = asio::make_work_guard(io);
  io.run_for(200ms);
  redis.close();
  EXPECT_TRUE(has_thrown);
}

TEST_F(AsioLoops, deadlines_pass_without_traffic) {
  auto redis = on_io_context(io, options_for(nodes));
  nodes[0].always("GET", "slow{bar}").silence();
  Errc code{};
  redis.get("slow{bar}").within(50ms).then([&](const Result<Text>& value) {
    code = error_of(value).code;
    io.stop();
  });
  io.run_for(5s);
  EXPECT_EQ(code, Errc::timed_out);
}

TEST_F(AsioLoops, a_handler_may_run_the_context_itself) {
  auto redis = on_io_context(io, options_for(nodes));
  bool inner = false;
  redis.get("foo").then([&](const Result<Text>&) {
    redis.get("bar").then([&](const Result<Text>&) {
      inner = true;
      io.stop();
    });
    io.poll();  // no turn within a turn
  });
  io.run_for(5s);
  EXPECT_TRUE(inner);
}

TEST_F(AsioLoops, nodes_that_refuse_cut_and_come_back_are_served_as_ever) {
  auto redis = on_io_context(io, options_for(nodes));
  int right = 0;
  int wrong = 0;
  for (int i = 0; i < 4; ++i) nodes[i % 2].expect_where("a GET", starts_with({"GET"})).close();
  const auto count = [&](const Result<Text>& value) {
    ++(value ? right : wrong);
    if (!value && wrong == 1) ADD_FAILURE() << to_string(value.error());
  };
  for (int i = 0; i < 200; ++i) redis.get("k" + std::to_string(i)).then(count);
  EXPECT_TRUE(wait_until([&] {
    io.restart();
    io.run_for(10ms);
    return right + wrong == 200;
  }, 20s));
  EXPECT_EQ(wrong, 0);
}

}  // namespace
