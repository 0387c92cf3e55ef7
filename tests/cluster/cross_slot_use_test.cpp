// Commands over several slots in use: large values, odd names, many movers at once, options that refuse them.
#include <algorithm>
#include <atomic>
#include <thread>

#include "support/commands_fixture.hpp"
#include "support/messages.hpp"

namespace {

using namespace rediscluster;
using namespace std::chrono_literals;
using namespace test_support;
using Strings = std::vector<std::string>;

class CrossSlotCommands : public Commands {};
INSTANTIATE_TEST_SUITE_P(Protocol, CrossSlotCommands, ::testing::Values(3, 2),
                         [](const auto& each) { return "RESP" + std::to_string(each.param); });

TEST_P(CrossSlotCommands, the_page_of_the_seed) {
  const auto scene = [](auto& c) {
    using StringSet = std::set<std::string>;
    EXPECT_TRUE(value(c.mset({{"page:1", "data1"}, {"page:2", "data2"}})));
    EXPECT_FALSE(value(c.msetnx({{"page:2", "x"}, {"page:new", "y"}})));
    EXPECT_FALSE(value(c.get("page:new")));
    EXPECT_TRUE(value(c.rename("page:1", "page:moved")));
    EXPECT_FALSE(value(c.renamenx("page:moved", "page:2")));
    EXPECT_TRUE(value(c.renamenx("page:moved", "page:1")));
    value(c.set("page:ttl", "v", {.expire_in = 100s}));
    EXPECT_TRUE(value(c.rename("page:ttl", "page:ttl2")));
    EXPECT_GT(value(c.ttl("page:ttl2")), 90);
    value(c.sadd("page:x", {"a", "b", "c"}));
    value(c.sadd("page:y", {"b", "c", "d"}));
    EXPECT_EQ(value(c.sdiff({"page:x", "page:y"})), StringSet{"a"});
    EXPECT_EQ(value(c.sinter({"page:x", "page:y"})), (StringSet{"b", "c"}));
    EXPECT_EQ(value(c.sunion({"page:x", "page:y"})).size(), 4u);
    EXPECT_EQ(value(c.sdiffstore("page:z", {"page:x", "page:y"})), 1);
    EXPECT_EQ(value(c.sunionstore("page:z", {"page:x", "page:y"})), 4);
    EXPECT_TRUE(value(c.smove("page:x", "page:y", "a")));
    EXPECT_FALSE(value(c.smove("page:x", "page:y", "nope")));
    value(c.rpush("page:from", {"one", "", "three"}));
    EXPECT_EQ(value(c.rpoplpush("page:from", "page:to")), "three");
    EXPECT_EQ(value(c.rpoplpush("page:from", "page:to")), "");
    EXPECT_EQ(value(c.brpoplpush("page:from", "page:to", 1s)), "one");
    EXPECT_EQ(value(c.brpoplpush("page:from", "page:to", 100ms)), std::nullopt);
    EXPECT_EQ(value(c.lrange("page:to", 0, -1)), (Strings{"one", "", "three"}));
    value(c.pfadd("page:h1", {"a", "b", "c"}));
    value(c.pfadd("page:h2", {"c", "d"}));
    EXPECT_EQ(value(c.pfcount({"page:h1", "page:h2"})), 4);
    EXPECT_TRUE(value(c.pfmerge("page:h3", {"page:h1", "page:h2"})));
    EXPECT_EQ(value(c.pfcount("page:h3")), 4);
  };
  on_both_surfaces(scene);
  EXPECT_THROW(client_.rename("page:none", "page:x"), ResponseError);
}

TEST_P(CrossSlotCommands, names_with_braces_and_without_text) {
  const std::string nobody("nobody}{ has\0 this tag", 22);
  for (const std::string& name : {std::string("}a{"), std::string("{}b"), nobody, std::string(300, 'x')}) {
    client_.sadd(name, {"1", "2"});
    client_.sadd("source", {"2", "3"});
    EXPECT_EQ(client_.sunionstore(name, {name, "source"}), 3) << name;
    client_.del(name);
    client_.rpush("list", {"element"});
    EXPECT_EQ(client_.brpoplpush("list", name, 1s), "element") << name;
    EXPECT_EQ(client_.brpoplpush(name, "list", 1s), "element") << name;
    client_.del({"list", "source"});
    EXPECT_EQ(client_.dbsize(), 0) << name;
  }
}

TEST_P(CrossSlotCommands, large_sets_are_stored_in_pieces) {
  Strings many;
  for (int i = 0; i < 2501; ++i) many.push_back("member:" + std::to_string(i));
  client_.sadd("many", many);
  client_.sadd("large", {std::string(600'000, 'a'), std::string(700'000, 'b'), std::string(1'500'000, 'c')});
  client_.set("result", "of another type", {.expire_in = 100s});
  EXPECT_EQ(client_.sunionstore("result", {"many", "large"}), 2504);
  EXPECT_EQ(client_.scard("result"), 2504);
  EXPECT_EQ(client_.ttl("result"), -1) << "the life of the temporary key must not stay";
  EXPECT_EQ(client_.sdiff({"result", "many"}), client_.smembers("large"));
  EXPECT_EQ(client_.dbsize(), 3);
}

TEST_P(CrossSlotCommands, a_key_that_expires_on_its_way_does_not_live_for_ever) {
  for (int i = 0; i < 200; ++i) {
    client_.set("short", "v", {.expire_in = std::chrono::milliseconds(1 + i % 5)});
    const Result<bool> renamed = client_.nothrow().rename("short", "long");
    if (!renamed) {
      EXPECT_EQ(renamed.error().code, Errc::response_error) << renamed.error().message;
    }
    EXPECT_NE(client_.pttl("long"), -1);
  }
}

TEST_P(CrossSlotCommands, refused_when_the_user_says_so) {
  RedisCluster careful({.startup_nodes = shared_cluster().seeds(), .protocol = GetParam(), .cross_slot = CrossSlot::refuse});
  careful.set("a", "v");
  careful.sadd("s", {"m"});
  careful.rpush("l", {"e"});
  const std::vector<Strings> commands{
      {"RENAME", "a", "b"},          {"RENAMENX", "a", "b"},         {"COPY", "a", "b"},          {"SMOVE", "s", "t", "m"},
      {"RPOPLPUSH", "l", "m"},       {"BRPOPLPUSH", "l", "m", "1"},  {"LMOVE", "l", "m", "LEFT", "LEFT"},
      {"BLMOVE", "l", "m", "LEFT", "LEFT", "1"}, {"SDIFF", "s", "t"}, {"SINTER", "s", "t"},       {"SUNION", "s", "t"},
      {"SDIFFSTORE", "s", "t", "u"}, {"SINTERSTORE", "s", "t", "u"}, {"SUNIONSTORE", "s", "t", "u"},
      {"PFCOUNT", "h", "i"},         {"PFMERGE", "h", "i"},          {"MSETNX", "x", "1", "y", "2"}};
  for (const Strings& words : commands) {
    NothrowRedisCluster nothrow = careful.nothrow();
    const std::vector<Arg> args(words.begin(), words.end());
    const Result<Reply> reply = nothrow.execute_words(args);
    ASSERT_FALSE(reply.has_value()) << words[0];
    EXPECT_EQ(reply.error().code, Errc::cross_slot_refused) << words[0];
    EXPECT_EQ(reply.error().execution, Execution::not_executed);
    EXPECT_NE(reply.error().message.find("cross_slot"), std::string::npos) << reply.error().message;
  }
  EXPECT_EQ(client_.dbsize(), 3);
}

TEST_P(CrossSlotCommands, explain_tells_of_the_steps) {
  EXPECT_TRUE(contains(client_.explain(cmd::rename("a", "b")), "step by step")) << client_.explain(cmd::rename("a", "b"));
  EXPECT_FALSE(contains(client_.explain(cmd::rename("{a}1", "{a}2")), "step by step"));
  RedisCluster careful({.startup_nodes = shared_cluster().seeds(), .protocol = GetParam(), .cross_slot = CrossSlot::refuse});
  EXPECT_TRUE(contains(careful.explain(cmd::rename("a", "b")), "refused")) << careful.explain(cmd::rename("a", "b"));
}

TEST_P(CrossSlotCommands, a_client_that_only_reads_does_not_write_in_steps) {
  client_.sadd("s", {"m"});
  RedisCluster reader({.startup_nodes = shared_cluster().seeds(), .readonly_mode = true, .protocol = GetParam()});
  EXPECT_EQ(reader.nothrow().rename("s", "t").error().code, Errc::not_allowed);
  EXPECT_EQ(reader.nothrow().sunionstore("x", {"s", "t"}).error().code, Errc::not_allowed);
  EXPECT_EQ(reader.nothrow().pfcount({"h", "i"}).error().code, Errc::not_allowed);
  EXPECT_EQ(reader.sunion({"s", "t"}), std::set<std::string>{"m"});
}

// Movers that fight for the same elements, while others push and pop.
TEST_P(CrossSlotCommands, moved_elements_are_neither_lost_nor_doubled) {
  constexpr int elements = 120;
  Strings all;
  for (int i = 0; i < elements; ++i) all.push_back("element " + std::to_string(i));
  client_.rpush("from", all);
  std::atomic<int> moved{0};
  const auto move = [&](int thread) {
    RedisCluster own({.startup_nodes = shared_cluster().seeds(), .protocol = GetParam()});
    for (;;) {
      const auto element = thread % 2 == 0 ? own.nothrow().rpoplpush("from", "to") : own.nothrow().brpoplpush("from", "to", 50ms);
      if (!element) {
        EXPECT_EQ(element.error().code, Errc::try_again) << element.error().message;
        continue;
      }
      if (!*element) return;
      ++moved;
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(move, i);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(moved, elements);
  Strings arrived = client_.lrange("to", 0, -1);
  std::sort(arrived.begin(), arrived.end());
  std::sort(all.begin(), all.end());
  EXPECT_EQ(arrived, all);
  EXPECT_EQ(client_.dbsize(), 1);
}

// Whoever gets 1 has moved the member: exactly one of those who try at once.
TEST_P(CrossSlotCommands, one_of_many_moves_a_member) {
  for (int round = 0; round < 20; ++round) {
    const std::string member = "member " + std::to_string(round);
    client_.sadd("from", {member});
    std::atomic<int> winners{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back([&] { winners += client_.smove("from", "to", member) ? 1 : 0; });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(winners, 1);
    EXPECT_TRUE(client_.sismember("to", member));
  }
}

// A list that grows while it is renamed: every element stands in the old list or in the new one.
TEST_P(CrossSlotCommands, what_is_written_during_a_rename_is_not_lost) {
  for (int round = 0; round < 10; ++round) {
    client_.del({"old", "new"});
    client_.rpush("old", {"first"});
    std::atomic<bool> stop{false};
    std::atomic<int> pushed{1};
    std::thread writer([&] {
      for (int i = 0; i < 2000 && !stop; ++i) {
        client_.rpush("old", {"x"});
        ++pushed;
      }
    });
    const Result<bool> renamed = client_.nothrow().rename("old", "new");
    stop = true;
    writer.join();
    const std::int64_t left = client_.llen("old");
    const std::int64_t arrived = client_.llen("new");
    if (renamed) {
      EXPECT_EQ(left + arrived, pushed);
    } else {
      EXPECT_EQ(renamed.error().code, Errc::try_again) << renamed.error().message;
      EXPECT_EQ(renamed.error().execution, Execution::maybe_executed);
      EXPECT_EQ(left, pushed);
    }
  }
}

}  // namespace
