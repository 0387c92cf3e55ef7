/// Order and retries of pipelines: commands of one slot run in the order they were queued while slots move, connections
/// break and nodes put them off; what can be counted is never sent twice.
#include <atomic>

#include "scripted/moving_slots.hpp"

namespace {

using namespace play;
using rediscluster::keyslot;
using rediscluster::Replies;

constexpr const char* tags[] = {"{a}", "{b}", "{c}", "{d}", "{e}", "{f}", "{g}", "{h}", "{i}", "{j}"};

/// A hundred commands over three nodes, every seventh refused in one of these ways.
class HundredCommands {
 public:
  explicit HundredCommands(const std::vector<MovingSlots::Refusal>& refusals) {
    RedisCluster client({.startup_nodes = cluster_.seeds()});
    auto pipe = client.pipeline();
    for (int i = 0; i < commands; ++i) {
      const std::string key = std::string(tags[static_cast<std::size_t>(i * 7 / 3) % std::size(tags)]) + std::to_string(i % 4);
      queued[keyslot(key)].push_back(i);
      queued_by_key[key].push_back(i);
      if (i % 7 == 0) slots.refuse(i, refusals[static_cast<std::size_t>(i) / 7 % refusals.size()]);
      pipe.set(key, i);
    }
    const Replies replies = pipe.execute();
    EXPECT_EQ(replies.size(), static_cast<std::size_t>(commands));
    for (std::size_t i = 0; i < replies.size(); ++i) EXPECT_EQ(replies[i].as_string(), "OK") << i;
    EXPECT_GE(slots.refusals(), commands / 7);
    EXPECT_EQ(cluster_.complaints(), "");
  }

 private:
  static constexpr int commands = 100;
  ScriptedCluster cluster_{3};

 public:
  MovingSlots slots{cluster_};
  std::map<int, std::vector<int>> queued;
  std::map<std::string, std::vector<int>> queued_by_key;
};

// F09
TEST(PipelineOrder, of_each_slot_is_kept_while_every_seventh_command_is_moved_or_put_off) {
  HundredCommands run({MovingSlots::Refusal::moved, MovingSlots::Refusal::try_again});
  EXPECT_EQ(run.slots.ran(), run.queued);
}

TEST(PipelineOrder, of_each_key_is_kept_while_every_seventh_command_is_moved_asked_elsewhere_or_put_off) {
  HundredCommands run({MovingSlots::Refusal::moved, MovingSlots::Refusal::ask, MovingSlots::Refusal::try_again});
  EXPECT_EQ(run.slots.ran_by_key(), run.queued_by_key);
}

TEST(PipelineOrder, a_later_command_waits_for_an_earlier_one_of_its_slot_that_is_put_off) {
  ScriptedCluster cluster(2);
  ScriptedNode &home = cluster[1], &other = cluster[0];
  home.always("ASKING").answer_status("OK");
  other.always("ASKING").answer_status("OK");
  home.expect("SET", "foo", "1").answer_error(ask_at(other));
  home.expect("SET", "foo", "2").answer_error("TRYAGAIN not now");
  home.expect("SET", "foo", "3").answer_error(ask_at(other));
  Gate first_ran, second_ran;
  other.expect("SET", "foo", "1").answer_with([first_ran](const CommandWords&) mutable {
    first_ran.open();
    return RawReply::status("OK");
  });
  home.expect("SET", "foo", "2").answer_with([first_ran, second_ran](const CommandWords&) mutable {
    EXPECT_TRUE(first_ran.is_open());
    second_ran.open();
    return RawReply::status("OK");
  });
  other.expect("SET", "foo", "3").answer_with([second_ran](const CommandWords&) {
    EXPECT_TRUE(second_ran.is_open());
    return RawReply::status("OK");
  });
  RedisCluster client({.startup_nodes = cluster.seeds()});
  auto pipe = client.pipeline();
  for (int i = 1; i <= 3; ++i) pipe.set("foo", i);
  EXPECT_EQ(pipe.execute().size(), 3u);
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(PipelineOrder, redirected_commands_of_one_slot_go_on_in_one_batch_behind_each_other) {
  ScriptedCluster cluster(2);
  for (int i = 1; i <= 5; ++i) cluster[1].expect("SET", "foo", std::to_string(i)).answer_error(moved_to(cluster[0]));
  for (int i = 1; i <= 5; ++i) cluster[0].expect("SET", "foo", std::to_string(i)).answer_status("OK");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  auto pipe = client.pipeline();
  for (int i = 1; i <= 5; ++i) pipe.set("foo", i);
  pipe.execute();
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(PipelineOrder, commands_behind_one_that_finds_no_node_are_not_begun_after_the_deadline) {
  ScriptedCluster cluster(1);
  cluster.serve_slots({{0, 100, cluster[0]}});
  RedisCluster client({.startup_nodes = cluster.seeds()});
  auto pipe = client.pipeline();
  const auto first = pipe.set("foo", 1);
  const auto second = pipe.set("foo", 2);
  const milliseconds took = time_of([&] { pipe.execute({.raise_on_error = false, .timeout = 100ms}); });
  EXPECT_LT(took, 100ms + worst_overrun);
  EXPECT_EQ(error_of(first.result()).code, Errc::slot_not_covered);
  const Error behind = error_of(second.result());
  EXPECT_EQ(behind.execution, Execution::not_executed);
  EXPECT_TRUE(behind.code == Errc::timed_out || behind.code == Errc::slot_not_covered) << to_string(behind);
  EXPECT_EQ(cluster[0].received("SET"), 0);
}

TEST(PipelineOrder, only_what_failed_is_sent_again) {
  ScriptedCluster cluster(1);
  for (int i = 0; i < 20; ++i) {
    const std::string key = "{t}" + std::to_string(i);
    if (i % 5 == 0) cluster[0].expect("INCR", key).answer_error("LOADING Redis is loading the dataset in memory");
    if (i % 5 != 0) cluster[0].expect("INCR", key).answer_integer(i);
  }
  for (int i = 0; i < 20; i += 5) cluster[0].expect("INCR", "{t}" + std::to_string(i)).answer_integer(i);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  auto pipe = client.pipeline();
  for (int i = 0; i < 20; ++i) pipe.incr("{t}" + std::to_string(i));
  const Replies replies = pipe.execute();
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(replies[i].as_integer(), static_cast<std::int64_t>(i));
  EXPECT_EQ(cluster.complaints(), "");
}

// F10
TEST(PipelineOrder, calls_of_several_threads_on_one_connection_keep_each_callers_order_through_a_redirect) {
  constexpr int callers = 4;
  constexpr int calls = 25;
  ScriptedCluster cluster(2);
  std::mutex mutex;
  std::map<int, std::vector<int>> ran;
  const auto push = [&](const CommandWords& words) {
    std::lock_guard lock{mutex};
    const std::size_t colon = words.at(2).find(':');
    ran[std::stoi(words.at(2).substr(0, colon))].push_back(std::stoi(words.at(2).substr(colon + 1)));
    return RawReply::number(1);
  };
  cluster[0].always(starts_with({"RPUSH"})).answer_with(push);
  cluster[1].always(starts_with({"RPUSH"})).answer_error(moved_to(cluster[0]));
  RedisCluster client({.startup_nodes = cluster.seeds(), .lanes_per_node = 1});
  Crowd(callers, [&](int caller) {
    for (int i = 0; i < calls; ++i) {
      EXPECT_TRUE(client.nothrow().rpush("foo", {std::to_string(caller) + ":" + std::to_string(i)}).has_value());
    }
  }).join();
  EXPECT_GE(cluster[1].received("RPUSH"), 1);
  for (int caller = 0; caller < callers; ++caller) {
    ASSERT_EQ(ran[caller].size(), static_cast<std::size_t>(calls));
    for (int i = 0; i < calls; ++i) EXPECT_EQ(ran[caller][static_cast<std::size_t>(i)], i);
  }
}

/// A pipeline of fifty commands with keys of its own run, so that the node's log tells what arrived of it.
class CutPipeline : public ::testing::Test {
 protected:
  static constexpr int commands = 50;

  CutPipeline() {
    ScriptedNode& node = cluster_[0];
    node.always(starts_with({"GET"})).answer_bulk("value");
    node.always(starts_with({"INCR"})).answer_integer(1);
    node.always(starts_with({"SET"})).answer_status("OK");
  }

  void run_and_judge(const std::string& run) {
    auto pipe = client_.nothrow().pipeline();
    const auto key = [&](int i) { return run + ":" + std::to_string(100 + i); };
    for (int i = 0; i < commands; ++i) {
      if (i % 2 == 0) pipe.incr(key(i));
      if (i % 2 == 1) pipe.get(key(i));
    }
    const auto replies = pipe.execute({.raise_on_error = false});
    ASSERT_EQ(replies->size(), static_cast<std::size_t>(commands));
    for (int i = 0; i < commands; ++i) {
      const std::optional<Error> error = replies->error(static_cast<std::size_t>(i));
      if (i % 2 == 1) {
        EXPECT_FALSE(error) << "a read is sent again until it succeeds: " << to_string(*error);
        continue;
      }
      const int received = cluster_[0].received(CommandWords{"INCR", key(i)});
      EXPECT_LE(received, 1) << "command " << i << " was sent twice";
      if (!error) {
        EXPECT_EQ(received, 1) << "command " << i << " succeeded without having been sent";
        continue;
      }
      EXPECT_EQ(error->code, Errc::connection_lost);
      EXPECT_EQ(error->execution, Execution::maybe_executed) << "what never left is sent again, not surfaced";
      ++in_doubt_;
    }
  }

  void sweep(std::size_t step, const std::function<void(std::size_t)>& arm, const std::function<std::size_t()>& bytes_so_far) {
    const std::size_t before = bytes_so_far();
    run_and_judge("run-9999");
    const std::size_t length = bytes_so_far() - before;
    ASSERT_GT(length, 200u);
    for (std::size_t offset = 0; offset < length; offset += step) {
      SCOPED_TRACE(offset);
      arm(offset);
      run_and_judge("run-" + std::to_string(1000 + offset));
      if (HasFailure()) return;
    }
    EXPECT_GT(in_doubt_, 0) << "no cut hit a write: the play plays nothing";
  }

  ScriptedCluster cluster_{1};
  RedisCluster client_{{.startup_nodes = cluster_.seeds(), .lanes_per_node = 1, .topology_refresh_period = 60s}};
  int in_doubt_ = 0;
};

// Steps that are no multiple of a command's length, so that a sweep meets every place within a command.
TEST_F(CutPipeline, within_the_answers) {
  sweep(3, [this](std::size_t count) { cluster_[0].cut_after(count, Cut::fin); }, [this] { return cluster_[0].bytes_sent(); });
}

TEST_F(CutPipeline, by_reset_within_the_questions) {
  sweep(19, [this](std::size_t count) { cluster_[0].cut_after_received(count, Cut::reset); },
        [this] { return cluster_[0].bytes_received(); });
}

TEST_F(CutPipeline, by_fin_within_the_questions) {
  sweep(17, [this](std::size_t count) { cluster_[0].cut_after_received(count, Cut::fin); },
        [this] { return cluster_[0].bytes_received(); });
}

}  // namespace
