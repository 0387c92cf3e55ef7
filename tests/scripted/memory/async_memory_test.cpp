/// The asynchronous client when its reactor has no memory: each allocation of an operation is refused once, from the first to the last. The
/// operation has one end, which is true, and the client goes on.
#include <array>
#include <new>

#include "scripted/async_play.hpp"
#include "support/heap.hpp"

namespace {

using namespace play;
namespace heap = rediscluster::heap;

/// What came of an operation. Set on the reactor, which must not need memory for it.
struct Told {
  std::atomic<int> times{0};
  bool is_success = false;
  Execution execution{};
  std::array<char, 300> message{};

  template <class T>
  void end(const Result<T>& result) {
    is_success = result.has_value();
    if (!result) {
      execution = result.error().execution;
      result.error().message.copy(message.data(), message.size() - 1);
    }
    ++times;
  }
};

class AsyncMemory : public ::testing::Test {
 protected:
  AsyncMemory() {
    for (int i = 0; i < 2; ++i) {
      nodes[i].always(starts_with({"GET"})).answer_bulk("v");
      nodes[i].always(starts_with({"MGET"})).answer_array({RawReply::bulk("v")});
      nodes[i].always(starts_with({"INCR"})).answer_with([this](const CommandWords&) { return RawReply::number(++increments); });
      nodes[i].always(starts_with({"EVAL"})).answer_with([this](const CommandWords&) { return RawReply::number(++increments); });
      nodes[i].always(starts_with({"EVALSHA"})).answer_with([this](const CommandWords&) { return RawReply::number(++increments); });
      nodes[i].always(starts_with({"PUBLISH"})).answer_with([this](const CommandWords&) { return RawReply::number(++increments); });
      nodes[i].always(starts_with({"BLPOP"})).answer_with([this](const CommandWords& words) {
        ++increments;
        return RawReply::array({RawReply::bulk(words[1]), RawReply::bulk("v")});
      });
      nodes[i].always(starts_with({"LINDEX"})).answer_bulk("e");
      nodes[i].always(starts_with({"LPUSH"})).answer_with([this](const CommandWords&) { return RawReply::number(++increments); });
      nodes[i].always(starts_with({"LREM"})).answer_integer(1);
    }
  }

  /// @param begin    begins the operation on the reactor, and has its end told to a Told.
  /// @param changes  by how much `increments` is higher behind a success; 0: it only reads.
  template <class Begin>
  void refuse_each(Begin&& begin, int changes) {
    constexpr int most = 500;
    int refusal = 0;
    for (bool has_refused = true; has_refused && refusal < most; ++refusal) {
      SCOPED_TRACE("allocation " + std::to_string(refusal));
      const int before = increments;
      Told told;
      ASSERT_TRUE(on_reactor([&] {
        heap::refuse_one_behind(refusal);
        try {
          begin(told);
        } catch (const std::bad_alloc&) {  // the caller is told at once
          told.execution = Execution::not_executed;
          ++told.times;
        }
      }));
      ASSERT_TRUE(wait_until([&] { return told.times > 0; }, 10s)) << "it has no end";
      ASSERT_TRUE(on_reactor([&] { has_refused = heap::stop_refusing(); }));
      EXPECT_EQ(told.times, 1);
      judge(told, increments - before, changes);
      ASSERT_TRUE(end_of(redis.get("foo"))) << "the client does not go on";
      ASSERT_TRUE(end_of(redis.get("bar"))) << "the client does not go on";
      EXPECT_TRUE(told.is_success || has_refused);
    }
    EXPECT_GT(refusal, 1) << "nothing was refused";
    EXPECT_LT(refusal, most);
    EXPECT_EQ(redis.stats().in_flight, 0u);
  }
  static void judge(const Told& told, int ran, int changes) {
    EXPECT_LE(ran, changes);
    if (told.is_success) {
      EXPECT_EQ(ran, changes);
    } else if (told.execution == Execution::not_executed) {
      EXPECT_EQ(ran, 0) << told.message.data();
    }
  }
  /// Between two operations of the reactor's.
  template <class Step>
  bool on_reactor(Step&& step) {
    std::atomic<bool> is_done{false};
    redis.get("foo").then([&](const Result<Text>&) {
      step();
      is_done = true;
    });
    return wait_until([&] { return is_done.load(); }, 10s);
  }

  std::atomic<int> increments{0};
  ScriptedCluster nodes{2};
  AsyncRedisCluster redis{options_for(nodes)};
};

TEST_F(AsyncMemory, that_a_read_lacks) {
  refuse_each([&](Told& told) { redis.get("bar").then([&told](const Result<Text>& end) { told.end(end); }); }, 0);
}

TEST_F(AsyncMemory, that_a_write_lacks) {
  refuse_each([&](Told& told) { redis.incr("bar").then([&told](const Result<std::int64_t>& end) { told.end(end); }); }, 1);
}

TEST_F(AsyncMemory, that_a_command_over_slots_lacks) {
  refuse_each([&](Told& told) { redis.mget({"foo", "bar"}).then([&told](const auto& end) { told.end(end); }); }, 0);
}

TEST_F(AsyncMemory, that_a_message_lacks) {
  refuse_each([&](Told& told) { redis.publish("foo", "m").then([&told](const auto& end) { told.end(end); }); }, 1);
}

TEST_F(AsyncMemory, that_a_script_lacks) {
  refuse_each([&](Told& told) { redis.eval("return 1", "bar").then([&told](const auto& end) { told.end(end); }); }, 1);
}

TEST_F(AsyncMemory, that_who_waits_on_a_server_lacks) {
  refuse_each([&](Told& told) { redis.blpop("bar", 1s).then([&told](const auto& end) { told.end(end); }); }, 1);
}

TEST_F(AsyncMemory, that_steps_over_slots_lack) {
  refuse_each([&](Told& told) { redis.lmove("foo", "bar", rediscluster::ListEnd::left, rediscluster::ListEnd::left).then([&told](const auto& end) { told.end(end); }); }, 1);
}

TEST_F(AsyncMemory, that_a_lost_connection_lacks) {
  refuse_each(
      [&](Told& told) {
        nodes.owner_of("bar").drop_connections();
        redis.get("bar").then([&told](const Result<Text>& end) { told.end(end); });
      },
      0);
}

TEST_F(AsyncMemory, that_several_on_a_lost_connection_lack) {
  refuse_each(
      [&](Told& told) {
        nodes.owner_of("bar").drop_connections();
        redis.mget({"foo", "bar"}).then([&told](const auto& end) { told.end(end); });
      },
      0);
}

TEST_F(AsyncMemory, that_a_redirect_lacks) {
  ScriptedNode& other = nodes.owner_of("foo");
  nodes.owner_of("bar").always("GET", "{bar}asked").answer_error("ASK " + std::to_string(rediscluster::keyslot("bar")) + " " + to_string(other.address()));
  other.always("ASKING").answer_status("OK");
  refuse_each([&](Told& told) { redis.get("{bar}asked").then([&told](const Result<Text>& end) { told.end(end); }); }, 0);
}

TEST_F(AsyncMemory, that_who_pauses_lacks) {
  nodes.owner_of("bar").always("GET", "{bar}busy").answer_with([turn = 0](const CommandWords&) mutable { return ++turn % 2 == 1 ? RawReply::error("TRYAGAIN later") : RawReply::bulk("v"); });
  refuse_each([&](Told& told) { redis.get("{bar}busy").then([&told](const Result<Text>& end) { told.end(end); }); }, 0);
}

TEST_F(AsyncMemory, that_a_deadline_lacks) {
  nodes.owner_of("bar").always("GET", "{bar}never").silence();
  for (int i = 0; i < 60; ++i) {
    Told told;
    ASSERT_TRUE(on_reactor([&] {
      heap::refuse_one_behind(i);
      try {
        redis.get("{bar}never").within(5ms).then([&told](const Result<Text>& end) { told.end(end); });
      } catch (const std::bad_alloc&) {
        ++told.times;
      }
    }));
    ASSERT_TRUE(wait_until([&] { return told.times > 0; }, 10s)) << "it has no end";
    ASSERT_TRUE(on_reactor([] { heap::stop_refusing(); }));
    EXPECT_FALSE(told.is_success);
  }
}

TEST_F(AsyncMemory, that_a_pipeline_lacks) {
  std::optional<rediscluster::AsyncPipeline> pipe;
  refuse_each(
      [&](Told& told) {
        pipe.emplace(redis.pipeline());
        pipe->incr("foo");
        pipe->incr("bar");
        pipe->execute().then([&told](const auto& end) { told.end(end); });
      },
      2);
}

}  // namespace
