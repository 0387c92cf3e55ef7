/// Calls that have no memory for their reply: they throw, alone, and the client goes on.
#include <new>
#include <stop_token>

#include "scripted/pubsub_play.hpp"
#include "support/heap.hpp"

namespace {

using namespace play;
namespace heap = rediscluster::heap;
namespace cmd = rediscluster::cmd;

constexpr std::size_t too_much = 1024 * 1024;

/// A node that has eight megabytes for whoever names the key `big`. All keys are of one slot.
class Memory : public ::testing::Test {
 protected:
  static inline const std::string big = "{k}big";
  static inline const std::string n = "{k}n";

  Memory() {
    const auto names_big = [](const CommandWords& words) { return std::find(words.begin(), words.end(), big) != words.end(); };
    const auto is = [names_big](const char* name) {
      return [names_big, name](const CommandWords& words) { return names_big(words) && words[0] == name; };
    };
    node.always(is("GET")).answer_bulk(much);
    node.always(is("MGET")).answer_array({RawReply::bulk(much)});
    node.always(is("LRANGE")).answer_array({RawReply::bulk(much)});
    node.always(is("BLPOP")).answer_array({RawReply::bulk(big), RawReply::bulk(much)});
    node.always("GET", "k").answer_bulk("v");
    node.always("CLIENT", "ID").answer_integer(7);
    node.always("WATCH", "k").answer_status("OK");
    node.always("UNWATCH").answer_status("OK");
    node.always("INCR", n).answer_with([this](const CommandWords&) { return RawReply::number(++increments); });
  }
  template <class Call>
  void expect_to_fail_alone(Call&& call) {
    {
      const heap::Shortage shortage(too_much);
      EXPECT_THROW(call(), std::bad_alloc);
    }
    EXPECT_EQ(client.get("k"), "v");
    EXPECT_EQ(client.get(big)->size(), much.size());
  }

  const std::string much = std::string(8 * 1024 * 1024, 'b');
  std::atomic<int> increments{0};
  ScriptedCluster cluster{1};
  ScriptedNode& node = cluster[0];
  RedisCluster client{{.startup_nodes = cluster.seeds(), .command_timeout = 5s, .lanes_per_node = 1}};
};

TEST_F(Memory, that_a_single_call_lacks_fails_it_alone) {
  expect_to_fail_alone([&] { client.get(big); });
  expect_to_fail_alone([&] { client.execute_command("GET", big); });
  expect_to_fail_alone([&] { client.lrange(big, 0, -1); });
  expect_to_fail_alone([&] { (void)client.nothrow().get(big); });
  expect_to_fail_alone([&] { client.on(node.address()).get(big); });
}

TEST_F(Memory, that_calls_of_several_commands_lack_fails_them_alone) {
  expect_to_fail_alone([&] { client.mget({big}); });
  expect_to_fail_alone([&] {
    auto pipe = client.pipeline();
    pipe.get("k");
    pipe.get(big);
    pipe.execute();
  });
}

TEST_F(Memory, that_a_waiting_call_lacks_fails_it_alone_and_can_be_cancelled_still) {
  expect_to_fail_alone([&] { client.blpop(big, 1s); });
  std::stop_source stop;
  const auto waiting = cmd::blpop(big, 1s);
  expect_to_fail_alone([&] { client.run(waiting, {.stop = stop.get_token()}); });
  stop.request_stop();
}

TEST_F(Memory, that_a_read_lacks_while_keys_are_watched_costs_the_watch) {
  const auto took = time_of([&] {
    auto transaction = client.transaction();
    transaction.watch("k");
    {
      const heap::Shortage shortage(too_much);
      EXPECT_THROW(transaction.now().get(big), std::bad_alloc);
    }
    transaction.incr(n);
    EXPECT_THROW(transaction.execute(), rediscluster::WatchError);
  });
  EXPECT_LT(took, 2s);
  EXPECT_EQ(increments, 0);
  EXPECT_EQ(client.get("k"), "v");
}

TEST_F(Memory, that_a_pipeline_lacks_leaves_it_empty) {
  auto pipe = client.pipeline();
  const auto count = pipe.incr(n);
  pipe.get(big);
  {
    const heap::Shortage shortage(too_much);
    EXPECT_THROW(pipe.execute(), std::bad_alloc);
  }
  EXPECT_EQ(pipe.size(), 0u);
  const auto outcome = count.result();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().execution, Execution::maybe_executed);
  EXPECT_EQ(pipe.execute().size(), 0u);
  EXPECT_EQ(increments, 1);
}

TEST_F(Memory, that_a_long_value_takes_is_that_of_its_owner_alone) {
  node.always(starts_with({"SET"})).answer_status("OK");
  node.always(starts_with({"APPEND"})).answer_integer(1);
  node.always(starts_with({"EVAL"})).answer_integer(1);
  node.always(starts_with({"MSET"})).answer_status("OK");
  client.set("k", "v");
  const auto expect_no_copy = [&](const char* what, auto&& call) {
    heap::Shortage shortage(too_much);  // of this thread: the node has its own
    EXPECT_NO_THROW(call()) << what;
  };
  expect_no_copy("SET", [&] { client.set("k", much); });
  expect_no_copy("nothrow", [&] { EXPECT_TRUE(client.nothrow().set("k", much)); });
  expect_no_copy("APPEND", [&] { client.append("k", much); });
  expect_no_copy("words", [&] { client.execute_command("SET", "k", much); });
  expect_no_copy("MSET", [&] { client.mset({{"k", much}}); });
  expect_no_copy("EVAL", [&] { client.eval("return 1", {"k"}, {much}); });
}

// Threads of the client's own: hooks that run on them make the shortage there.

TEST(MemoryOfOurThreads, that_the_refresher_lacks_costs_a_refresh_and_not_the_process) {
  using Kind = rediscluster::Event::Kind;
  ScriptedCluster cluster(1);
  std::optional<heap::Shortage> shortage;  // the refresher's
  std::atomic<int> failed{0};
  std::atomic<int> refreshed_again{0};
  rediscluster::Options options{.startup_nodes = cluster.seeds(), .topology_refresh_period = 50ms};
  options.on_event = [&, user = std::this_thread::get_id()](const rediscluster::Event& event) {
    if (std::this_thread::get_id() == user) return;
    if (event.kind == Kind::refreshed && failed > 0) ++refreshed_again;
    if (event.kind == Kind::refreshed && failed == 0) shortage.emplace(1);
    if (event.kind != Kind::refresh_failed || !shortage) return;
    shortage.reset();
    ++failed;
  };
  RedisCluster client(options);
  EXPECT_TRUE(wait_until([&] { return refreshed_again > 0; }, 10s));
  EXPECT_EQ(failed, 1);
}

// Three refusals, for which what is lost is lost and begun anew.
class MemoryOfSubscribers : public ::testing::Test {
 protected:
  MemoryOfSubscribers() { confirm_subscriptions(cluster); }
  void note(const rediscluster::Event& event) {
    if (contains(event.message, "a pub/sub connection") && !is_short.exchange(true)) heap::refuse_next(3);
  }
  ScriptedCluster cluster{1};
  std::atomic<bool> is_short{false};
  RedisCluster client{{.startup_nodes = cluster.seeds(), .on_event = [this](const rediscluster::Event& event) { note(event); }}};
  PubSub pubsub = client.pubsub({.ignore_subscribe_messages = true});
};

TEST_F(MemoryOfSubscribers, that_their_thread_lacks_costs_a_gap_and_not_the_process) {
  pubsub.subscribe("news");
  cluster[0].drop_connections();
  ASSERT_TRUE(wait_until([&] { return cluster[0].received("SUBSCRIBE") == 2; }, 10s));  // nobody reads: the thread is alone
  EXPECT_TRUE(is_short);
  EXPECT_EQ(text(next(pubsub)), "gap news connection_lost");
  publish(cluster[0], "news", "hello");
  EXPECT_EQ(text(next(pubsub)), "message news hello");
}

TEST_F(MemoryOfSubscribers, that_a_message_lacks_is_told_by_its_call_and_by_a_gap) {
  is_short = true;  // it is, below
  pubsub.subscribe("news");
  std::string burst;
  for (int i = 0; i < 50; ++i) burst += encode_reply(push({"message", "news", std::string(64, 'x')}), 3);
  std::thread publishes([&] {
    std::this_thread::sleep_for(20ms);  // he waits by then, and takes one by one from where they came in
    cluster[0].send_unasked(burst);
  });
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(next(pubsub).is_published());
  publishes.join();
  heap::refuse_next(1);
  EXPECT_THROW(static_cast<void>(pubsub.get_message(surely)), std::bad_alloc);
  Message message = next(pubsub);
  for (int i = 0; i < 50 && message.is_published(); ++i) message = next(pubsub);  // what came behind it may still be read
  EXPECT_EQ(text(message), "gap news connection_lost");
  publish(cluster[0], "news", "hello");
  EXPECT_EQ(text(next(pubsub)), "message news hello");
}

// He and the thread take turns: what fails in a turn of his afterwards is one more loss.
TEST_F(MemoryOfSubscribers, that_a_reader_lacks_costs_gaps_and_not_his_call) {
  pubsub.subscribe("news");
  std::thread drops([&] {
    std::this_thread::sleep_for(20ms);  // he waits by then, and reads himself
    cluster[0].drop_connections();
  });
  EXPECT_EQ(text(next(pubsub)), "gap news connection_lost");
  drops.join();
  std::string heard;
  for (int losses = 0; losses < 4 && heard != "message news hello"; ++losses) {
    publish(cluster[0], "news", "hello");
    heard = text(next(pubsub));
  }
  EXPECT_TRUE(is_short);
  EXPECT_EQ(heard, "message news hello");
}

}  // namespace
