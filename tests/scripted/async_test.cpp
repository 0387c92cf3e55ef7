/// The asynchronous client against nodes that follow a script: every way of being told, what it absorbs, and what it says of the rest.
#include "scripted/async_play.hpp"

namespace {

using namespace play;

class Async : public AsyncPlay {};

TEST_F(Async, tells_callbacks_futures_coroutines_and_who_asks_later) {
  EXPECT_EQ(*end_of(redis.get("foo")), "foo");
  EXPECT_EQ(redis.get("bar").to_future().get(), "bar");
  Result<Text> awaited;
  Text thrown_or_given;
  [](AsyncRedisCluster& client, Result<Text>& result, Text& value) -> Fiber {
    result = co_await client.get("foo");
    value = co_await client.get("bar").value();
  }(redis, awaited, thrown_or_given).wait();
  EXPECT_EQ(*awaited, "foo");
  EXPECT_EQ(thrown_or_given, "bar");
  auto started = redis.get("foo").start();
  EXPECT_TRUE(wait_until([&] { return started.ready(); }, 5s));
  [](auto& operation, Result<Text>& result) -> Fiber { result = co_await operation; }(started, awaited).wait();
  EXPECT_EQ(*awaited, "foo");
  redis.get("detached").detach();
  EXPECT_TRUE(wait_until([&] { return nodes.received("GET") >= 6; }, 5s));
}

TEST_F(Async, sends_nothing_for_an_operation_that_is_dropped) {
  ASSERT_TRUE(end_of(redis.get("foo")));
  { auto dropped = redis.get("bar"); }
  { auto awaiter = redis.get("bar").operator co_await(); }
  ASSERT_TRUE(end_of(redis.get("foo")));
  EXPECT_EQ(nodes.received("GET"), 2);
}

TEST_F(Async, tells_on_an_executor_that_was_named) {
  std::mutex mutex;
  std::vector<rediscluster::Work> posted;
  const rediscluster::Executor pool = [&](rediscluster::Work work) {
    std::lock_guard lock{mutex};
    posted.push_back(work);
  };
  const auto run_all = [&] {
    std::vector<rediscluster::Work> works;
    {
      std::lock_guard lock{mutex};
      works.swap(posted);
    }
    for (const auto& work : works) work.run();
    return works.size();
  };
  const std::thread::id here = std::this_thread::get_id();
  std::thread::id told_on;
  redis.get("foo").on(pool).then([&](Result<Text> value) {
    told_on = std::this_thread::get_id();
    EXPECT_EQ(*value, "foo");
  });
  EXPECT_TRUE(wait_until([&] { return run_all() == 1; }, 5s));
  EXPECT_EQ(told_on, here);
  Fiber fiber = [](AsyncRedisCluster& client, const rediscluster::Executor& where, std::thread::id& thread) -> Fiber {
    EXPECT_EQ(*co_await client.get("bar").on(where), "bar");
    thread = std::this_thread::get_id();
  }(redis, pool, told_on);
  told_on = {};
  EXPECT_TRUE(wait_until([&] { return run_all() == 1; }, 5s));
  fiber.wait();
  EXPECT_EQ(told_on, here);
}

TEST_F(Async, forgets_a_frame_that_is_destroyed_while_its_end_lies_with_the_executor) {
  std::promise<rediscluster::Work> posted;
  const rediscluster::Executor pool = [&](rediscluster::Work work) { posted.set_value(work); };
  bool was_resumed = false;
  Fiber fiber = [](AsyncRedisCluster& client, const rediscluster::Executor& where, bool& resumed) -> Fiber {
    (void)co_await client.get("bar").on(where);
    resumed = true;
  }(redis, pool, was_resumed);
  const rediscluster::Work work = posted.get_future().get();
  fiber.destroy();
  work.run();
  EXPECT_FALSE(was_resumed);
  EXPECT_TRUE(end_of(redis.get("foo")));
}

TEST_F(Async, follows_redirects_and_waits_for_what_passes) {
  nodes[1].expect("GET", "foo").answer_error(moved_to(nodes[0]));
  EXPECT_EQ(*end_of(redis.get("foo")), "foo");
  const std::string asked = key_in_slot(slot_of_foo, "asked");
  nodes[0].always("ASKING").answer_status("OK");
  nodes[0].expect("GET", asked).answer_error(ask_at(nodes[1]));
  nodes[1].always("ASKING").answer_status("OK");
  EXPECT_EQ(*end_of(redis.get(asked)), asked);
  for (const char* passing : {"TRYAGAIN later", "CLUSTERDOWN Hash slot not served", "LOADING Redis is loading", "MASTERDOWN link"}) {
    nodes[0].expect("GET", "bar").answer_error(passing);
    EXPECT_EQ(*end_of(redis.get("bar")), "bar") << passing;
  }
  EXPECT_EQ(nodes.complaints(), "");
}

TEST_F(Async, sends_a_read_again_when_its_connection_is_lost_and_says_of_a_write_that_it_may_have_run) {
  ASSERT_TRUE(end_of(redis.get("bar")));
  nodes[0].expect("GET", "bar").close();
  EXPECT_EQ(*end_of(redis.get("bar")), "bar");
  nodes[0].expect("INCR", "bar").close();
  const Error lost = error_of(end_of(redis.incr("bar")));
  EXPECT_EQ(lost.code, Errc::connection_lost);
  EXPECT_EQ(lost.execution, Execution::maybe_executed);
  EXPECT_EQ(lost.node, nodes[0].address());
  EXPECT_EQ(nodes[0].received("INCR"), 1);
}

TEST_F(Async, ends_at_the_deadline_and_keeps_the_connection_for_others) {
  ASSERT_TRUE(end_of(redis.get("bar")));
  Gate gate;
  nodes[0].expect("GET", "bar").after(gate).answer_bulk("late");
  const auto begin = Clock::now();
  const Error late = error_of(end_of(redis.get("bar").within(100ms)));
  EXPECT_EQ(late.code, Errc::timed_out);
  EXPECT_EQ(late.execution, Execution::maybe_executed);
  EXPECT_GE(Clock::now() - begin, 100ms);
  EXPECT_LT(Clock::now() - begin, 100ms + worst_overrun);
  const int connections = nodes[0].connections();
  Later<Text> behind(redis.get("behind{bar}"));
  gate.open();
  EXPECT_EQ(*behind.end(), "behind{bar}") << "it must not get the late reply of another";
  EXPECT_EQ(nodes[0].connections(), connections);
}

TEST_F(Async, can_be_cancelled_on_the_way) {
  ASSERT_TRUE(end_of(redis.get("bar")));
  Gate gate;
  nodes[0].expect("INCR", "bar").after(gate).answer_integer(1);
  auto started = redis.incr("bar").start();
  ASSERT_TRUE(nodes[0].wait_for_command({"INCR"}, 5s));
  started.cancel();
  started.cancel();
  ASSERT_TRUE(wait_until([&] { return started.ready(); }, 5s));
  Result<std::int64_t> end;
  [](auto& operation, auto& result) -> Fiber { result = co_await operation; }(started, end).wait();
  EXPECT_EQ(error_of(end).code, Errc::cancelled);
  EXPECT_EQ(end.error().execution, Execution::maybe_executed);
  gate.open();
  EXPECT_EQ(*end_of(redis.get("bar")), "bar");
}

TEST_F(Async, can_be_cancelled_by_a_stop_token_before_between_and_after) {
  std::stop_source before;
  before.request_stop();
  const Error never_sent = error_of(end_of(redis.incr("bar").cancel_on(before.get_token())));
  EXPECT_EQ(never_sent.code, Errc::cancelled);
  EXPECT_EQ(never_sent.execution, Execution::not_executed);
  EXPECT_EQ(nodes.received("INCR"), 0);

  nodes[0].always("GET", "bar").answer_error("TRYAGAIN later");
  std::stop_source pausing;
  Later<Text> refused(redis.get("bar").cancel_on(pausing.get_token()));
  ASSERT_TRUE(nodes[0].wait_for_command({"GET"}, 5s, 2));
  pausing.request_stop();
  const Error between = error_of(refused.end());
  EXPECT_EQ(between.code, Errc::cancelled);
  EXPECT_LE(nodes[0].received("GET"), 20);

  std::stop_source after;
  EXPECT_TRUE(end_of(redis.get("foo").cancel_on(after.get_token())));
  after.request_stop();
}

TEST_F(Async, takes_back_what_was_not_sent_when_it_is_cancelled) {
  ScriptedCluster held(1);
  held[0].hold_new(true);
  AsyncRedisCluster client(options_for(held));
  auto started = client.incr("n").start();
  started.cancel();
  ASSERT_TRUE(wait_until([&] { return started.ready(); }, 5s));
  Result<std::int64_t> end;
  [](auto& operation, auto& result) -> Fiber { result = co_await operation; }(started, end).wait();
  EXPECT_EQ(error_of(end).execution, Execution::not_executed);
  held[0].hold_new(false);
}

TEST_F(Async, says_what_is_wrong_with_a_command_without_sending_it) {
  EXPECT_EQ(error_of(end_of(redis.execute_command("GET"))).code, Errc::wrong_arity);
  EXPECT_EQ(error_of(end_of(redis.execute_command("SELECT", 1))).code, Errc::not_allowed);
  EXPECT_EQ(error_of(end_of(redis.smove("foo", "bar", "m"))).execution, Execution::not_executed);
}

TEST_F(Async, runs_commands_over_several_slots) {
  echo_mgets(nodes);
  const auto values = end_of(redis.mget({"foo", "bar"}));
  ASSERT_TRUE(values) << to_string(values.error());
  EXPECT_EQ(*values, (std::vector<Text>{"foo", "bar"}));
}

TEST_F(Async, says_of_parts_that_were_cancelled_that_others_may_have_run) {
  ASSERT_TRUE(end_of(redis.get("bar")));
  nodes[0].always(starts_with({"MSET"})).answer_status("OK");
  nodes[1].always(starts_with({"MSET"})).answer_error("TRYAGAIN later");
  std::stop_source stop;
  Later<bool> written(redis.mset({{"foo", "1"}, {"bar", "2"}}).cancel_on(stop.get_token()));
  ASSERT_TRUE(nodes[0].wait_for_command({"MSET"}, 5s));
  ASSERT_TRUE(nodes[1].wait_for_command({"MSET"}, 5s, 3));  // by now the other part is settled
  stop.request_stop();
  const Error cancelled = error_of(written.end());
  EXPECT_EQ(cancelled.code, Errc::cancelled);
  EXPECT_EQ(cancelled.execution, Execution::maybe_executed);
}

TEST_F(Async, decodes_types_of_the_users_own) {
  const auto reply = end_of(redis.run(rediscluster::cmd::get("foo").as<rediscluster::Reply>()));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->as<std::string>(), "foo");
  nodes[0].expect("GET", "bar").answer_integer(5);
  const Error odd = error_of(end_of(redis.run(rediscluster::cmd::get("bar").as<std::vector<std::string>>())));
  EXPECT_EQ(odd.code, Errc::unexpected_reply);
  EXPECT_EQ(odd.node, nodes[0].address());
  EXPECT_EQ(odd.attempts, 1);
}

TEST_F(Async, keeps_long_arguments_that_are_gone_when_it_is_sent) {
  nodes[0].always(starts_with({"SET"})).answer_with([](const CommandWords& words) { return RawReply::status(words.at(2) == std::string(100'000, 'v') ? "OK" : "BAD"); });
  std::optional<Operation<bool>> later;
  {
    const std::string value(100'000, 'v');
    later.emplace(redis.set("bar", value));
  }
  const auto end = end_of(std::move(*later));
  EXPECT_TRUE(end && *end);
}

TEST_F(Async, counts_what_is_under_way) {
  ASSERT_TRUE(end_of(redis.get("bar")));
  Gate gate;
  nodes[0].expect("GET", "bar").after(gate).answer_bulk("v");
  Later<Text> waiting(redis.get("bar"));
  ASSERT_TRUE(nodes[0].wait_for_command({"GET", "bar"}, 5s, 2));
  EXPECT_EQ(redis.stats().in_flight, 1u);
  gate.open();
  ASSERT_TRUE(waiting.end());
  EXPECT_TRUE(wait_until([&] { return redis.stats().in_flight == 0; }, 5s));
}

TEST_F(Async, may_call_itself_inside_of_a_completion_for_long) {
  std::promise<int> done;
  std::atomic<int> depth{0};
  std::function<void(int)> again = [&](int left) {
    redis.get("foo").then([&, left](Result<Text> value) {
      ASSERT_TRUE(value);
      EXPECT_EQ(++depth, 1) << "told inside of its own call";
      if (left > 0) again(left - 1);
      --depth;
      if (left == 0) done.set_value(0);  // the last thing that looks at the stack of the test
    });
  };
  again(2000);
  EXPECT_EQ(done.get_future().wait_for(20s), std::future_status::ready);
}

TEST_F(Async, names_nodes_as_the_blocking_client_does) {
  nodes[1].always("GET", "bar").answer_error("MOVED 5061 " + nodes[0].address_text());
  const Error moved = error_of(end_of(redis.on(nodes[1].address()).get("bar")));
  EXPECT_EQ(moved.code, Errc::moved);
  EXPECT_EQ(*end_of(redis.on_slot(slot_of_foo).get("foo")), "foo");
  for (int i = 0; i < 2; ++i) nodes[i].always("DBSIZE").answer_integer(i + 1);
  const auto sizes = end_of(redis.on_all_primaries().dbsize());
  ASSERT_TRUE(sizes);
  std::int64_t sum = 0;
  for (const auto& each : *sizes) sum += each.value();
  EXPECT_EQ(sum, 3);
}

TEST_F(Async, calls_what_has_no_operation_of_its_own_on_a_thread) {
  const std::thread::id here = std::this_thread::get_id();
  const auto value = end_of(redis.call([&](rediscluster::NothrowRedisCluster& client) {
    EXPECT_NE(std::this_thread::get_id(), here);
    return client.get("foo");
  }));
  EXPECT_EQ(*value, "foo");
  std::stop_source stop;
  Later<int> stopped(redis.call([](rediscluster::NothrowRedisCluster&, const rediscluster::RunOptions& options) -> Result<int> {
    EXPECT_LE(*options.timeout, 5s);
    EXPECT_TRUE(wait_until([&] { return options.stop.stop_requested(); }, 5s));
    return rediscluster::fail(Errc::cancelled, "by its stop token");
  }).within(5s).cancel_on(stop.get_token()));
  stop.request_stop();
  EXPECT_EQ(error_of(stopped.end()).code, Errc::cancelled);
  const Error thrown = error_of(end_of(redis.call([](rediscluster::NothrowRedisCluster&) -> Result<int> { throw std::runtime_error("mine"); })));
  EXPECT_TRUE(contains(thrown.message, "mine")) << thrown.message;
}

TEST_F(Async, connects_when_told_to) {
  EXPECT_TRUE(end_of(redis.connect()));
  ScriptedCluster gone(1);
  gone[0].refuse_new(true);
  AsyncRedisCluster lost(Options{.startup_nodes = gone.seeds(), .command_timeout = 200ms});
  EXPECT_EQ(error_of(end_of(lost.connect())).code, Errc::no_reachable_node);
  EXPECT_EQ(error_of(end_of(lost.get("foo"))).execution, Execution::not_executed);
}

class AsyncPipelines : public Async {
 protected:
  AsyncPipelines() { echo_mgets(nodes); }
};

TEST_F(AsyncPipelines, tell_all_their_replies_together) {
  auto pipe = redis.pipeline();
  const auto foo = pipe.get("foo");
  const auto bar = pipe.get("bar");
  const auto both = pipe.mget({"foo", "bar"});
  EXPECT_EQ(pipe.size(), 3u);
  auto execution = pipe.execute();
  EXPECT_TRUE(pipe.empty());
  const auto replies = end_of(std::move(execution));
  ASSERT_TRUE(replies) << to_string(replies.error());
  EXPECT_EQ(replies->size(), 3u);
  EXPECT_EQ(foo.value(), "foo");
  EXPECT_EQ(bar.value(), "bar");
  EXPECT_EQ(both.value(), (std::vector<Text>{"foo", "bar"}));
  EXPECT_TRUE(end_of(pipe.execute())) << "of nothing";
}

TEST_F(AsyncPipelines, send_again_what_may_be_and_say_what_failed) {
  ASSERT_TRUE(end_of(redis.get("bar")));
  nodes[1].expect("GET", "foo").answer_error(moved_to(nodes[0]));
  nodes[0].expect("INCR", "bar").answer_error("WRONGTYPE no number");
  auto pipe = redis.pipeline();
  const auto foo = pipe.get("foo");
  const auto wrong = pipe.incr("bar");
  const Error failed = error_of(end_of(pipe.execute()));
  EXPECT_EQ(failed.code, Errc::wrong_type);
  EXPECT_EQ(foo.value(), "foo");
  EXPECT_EQ(error_of(wrong.result()).execution, Execution::not_executed);
}

TEST_F(AsyncPipelines, can_be_cancelled_dropped_and_outlived) {
  Gate gate;
  nodes[0].always("INCR", "bar").after(gate).answer_integer(1);
  ASSERT_TRUE(end_of(redis.get("bar")));
  std::stop_source stop;
  std::optional<rediscluster::Pending<std::int64_t>> pending;
  std::optional<Later<rediscluster::Replies>> execution;
  {
    auto pipe = redis.pipeline();
    pending = pipe.incr("bar");
    execution.emplace(pipe.execute().cancel_on(stop.get_token()));
    const auto never = pipe.get("foo");
    { auto dropped = pipe.execute(); }
    EXPECT_EQ(error_of(never.result()).code, Errc::not_allowed);
  }
  ASSERT_TRUE(nodes[0].wait_for_command({"INCR"}, 5s));
  stop.request_stop();
  const Error cancelled = error_of(execution->end());
  EXPECT_EQ(cancelled.code, Errc::cancelled);
  EXPECT_EQ(cancelled.execution, Execution::maybe_executed);
  EXPECT_EQ(error_of(pending->result()).code, Errc::cancelled);
  gate.open();
  EXPECT_EQ(*end_of(redis.get("bar")), "bar");
}

TEST_F(AsyncPipelines, end_at_their_deadline_each_command_by_itself) {
  ASSERT_TRUE(end_of(redis.get("bar")));
  nodes[0].always("INCR", "bar").silence();
  auto pipe = redis.pipeline();
  const auto foo = pipe.get("foo");
  const auto late = pipe.incr("bar");
  const auto replies = end_of(pipe.execute({.raise_on_error = false}).within(200ms));
  ASSERT_TRUE(replies);
  EXPECT_EQ(foo.value(), "foo");
  EXPECT_EQ(error_of(late.result()).code, Errc::timed_out);
}

}  // namespace
