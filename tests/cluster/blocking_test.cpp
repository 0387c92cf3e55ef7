// Commands that wait, on real servers: their slot moves and their primary is demoted while they wait (T13), and ten thousand
// of them are cancelled at random while a producer counts (T14).
#include "support/messages.hpp"

#include <rediscluster/rediscluster.hpp>
#include <rediscluster/testing/local_cluster.hpp>
#include <rediscluster/testing/slot_probe.hpp>
#include <rediscluster/testing/wait_until.hpp>

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <future>
#include <random>
#include <set>
#include <stop_token>
#include <thread>

namespace {

using namespace std::chrono_literals;
using rediscluster::Errc;
using rediscluster::Execution;
using rediscluster::RedisCluster;
using rediscluster::RunOptions;
using rediscluster::testing::LocalCluster;
using rediscluster::testing::wait_until;
using Clock = std::chrono::steady_clock;
namespace cmd = rediscluster::cmd;

class Blocking : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { servers_ = std::make_unique<LocalCluster>(); }
  static void TearDownTestSuite() { servers_.reset(); }
  LocalCluster& servers() { return *servers_; }

  /// Whether so many clients wait on a node.
  bool wait_until_blocked(int node, int clients) {
    const std::string wanted = "blocked_clients:" + std::to_string(clients) + "\r\n";
    return wait_until([&] { return test_support::contains(servers().call(node, {"INFO", "clients"}).text, wanted); }, 5s);
  }
  int primary_of(const std::string& key) { return servers().primary_of_slot(rediscluster::keyslot(key)); }
  int another_primary(int than) {
    for (int each : servers().primaries()) {
      if (each != than) return each;
    }
    return -1;
  }

  inline static std::unique_ptr<LocalCluster> servers_;
};

// What is done to the shard of a key while somebody waits for the key.
enum class Upheaval : std::uint8_t { slot_moves, primary_is_demoted };

class T13 : public Blocking, public ::testing::WithParamInterface<Upheaval> {
 protected:
  void happen(const std::string& key) {
    const int home = primary_of(key);
    if (GetParam() == Upheaval::slot_moves) {
      const int slot = rediscluster::keyslot(key);
      servers().move_slots(slot, slot, home, another_primary(home));
    } else {
      servers().failover(servers().replicas_of(home).at(0));
    }
    servers().wait_until_ok();
    ASSERT_NE(primary_of(key), home);
  }
  /// A hash tag in this slot for the first upheaval, in another one of the same shard for the second.
  std::string tag(int slot) const {
    return "{" + rediscluster::testing::key_in_slot(slot + (GetParam() == Upheaval::slot_moves ? 0 : 100)) + "}";
  }
};

TEST_P(T13, blpop_gets_the_element_once_and_xreadgroup_the_entry_once) {
  RedisCluster client({.startup_nodes = servers().seeds()});
  RedisCluster producer({.startup_nodes = servers().seeds()});
  const std::string list = tag(100) + "list", stream = tag(100) + "stream";
  producer.xgroup_create(stream, "group", "$", {.mkstream = true});
  auto element = std::async(std::launch::async, [&] { return client.nothrow().blpop(list, 60s); });
  auto entries = std::async(std::launch::async, [&] { return client.nothrow().xreadgroup("group", "me", {{stream, ">"}}, {.block = 60s}); });
  ASSERT_TRUE(wait_until_blocked(primary_of(list), 2));
  happen(list);
  producer.rpush(list, {"one"});
  producer.xadd(stream, {{"field", "value"}});
  ASSERT_EQ(element.wait_for(10s), std::future_status::ready) << "the element reached nobody";
  ASSERT_EQ(entries.wait_for(10s), std::future_status::ready) << "the entry reached nobody";
  const auto got = element.get();
  ASSERT_TRUE(got) << to_string(got.error());
  ASSERT_TRUE(*got);
  EXPECT_EQ((*got)->second, "one");
  EXPECT_EQ(producer.llen(list), 0);
  const auto read = entries.get();
  ASSERT_TRUE(read) << to_string(read.error());
  ASSERT_EQ(read->size(), 1u);
  EXPECT_EQ(read->at(0).entries.size(), 1u);
  EXPECT_EQ(producer.xpending(stream, "group").count, 1) << "delivered to the group more than once, or not at all";
}

TEST_P(T13, the_wait_ends_with_the_time_that_was_asked_for) {
  RedisCluster client({.startup_nodes = servers().seeds()});
  const std::string key = tag(8000) + "empty";  // another shard: two failovers of one take long
  const auto begin = Clock::now();
  auto element = std::async(std::launch::async, [&] { return client.nothrow().blpop(key, 8s); });
  ASSERT_TRUE(wait_until_blocked(primary_of(key), 1));
  happen(key);
  const auto happened = Clock::now() - begin;
  const auto got = element.get();
  const auto took = Clock::now() - begin;
  ASSERT_TRUE(got) << to_string(got.error());
  EXPECT_FALSE(*got);
  EXPECT_GE(took, 7900ms) << "it came back early";
  EXPECT_LT(took, std::max<Clock::duration>(8s, happened) + 4s) << "it waited its whole time again";
}

INSTANTIATE_TEST_SUITE_P(While, T13, ::testing::Values(Upheaval::slot_moves, Upheaval::primary_is_demoted),
                         [](const auto& each) { return each.param == Upheaval::slot_moves ? "the_slot_moves" : "the_primary_is_demoted"; });

/// One consumer whose calls are cancelled at random moments, and what became of them.
struct Consumer {
  std::set<std::string> elements{};
  int twice = 0;
  int cancelled = 0;
  int in_doubt = 0;
  std::vector<std::string> odd{};
  Clock::duration longest_stop{};

  void note(const rediscluster::Result<std::optional<std::pair<std::string, std::string>>>& result) {
    if (result) {
      if (*result) twice += elements.insert((*result)->second).second ? 0 : 1;
    } else if (result.error().code != Errc::cancelled) {
      odd.push_back(to_string(result.error()));
    } else if (result.error().execution == Execution::not_executed) {
      ++cancelled;
    } else {
      ++in_doubt;
    }
  }
};

void consume(RedisCluster& client, const std::string& key, int calls, unsigned seed, Consumer& consumer) {
  std::mt19937 random(seed);
  for (int i = 0; i < calls; ++i) {
    std::stop_source source;
    const auto pause = std::chrono::microseconds(random() % 1500);
    std::jthread canceller([&, pause] {
      std::this_thread::sleep_for(pause);  // the random moment that the play is about
      const auto begin = Clock::now();
      source.request_stop();
      consumer.longest_stop = std::max(consumer.longest_stop, Clock::now() - begin);
    });
    consumer.note(client.nothrow().run(cmd::blpop(key, 0ms), RunOptions{.stop = source.get_token()}));
  }
}

TEST_F(Blocking, T14_ten_thousand_cancelled_calls_lose_no_element_in_silence) {
  constexpr int consumers = 4, calls = 2500;
  RedisCluster client({.startup_nodes = servers().seeds()});
  RedisCluster producer({.startup_nodes = servers().seeds()});
  std::array<Consumer, consumers> results;
  std::atomic<bool> done{false};
  std::int64_t pushed = 0;
  std::thread producing([&] {
    std::mt19937 random(4711);
    for (; !done; ++pushed) {
      const std::string key = "T14:" + std::to_string(pushed % consumers);
      producer.rpush(key, {std::to_string(pushed)});
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 1000));  // so that most calls have to wait
    }
  });
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < consumers; ++i) {
      threads.emplace_back([&, i] { consume(client, "T14:" + std::to_string(i), calls, i, results[i]); });
    }
  }
  done = true;
  producing.join();
  std::int64_t popped = pushed, delivered = 0, in_doubt = 0, cancelled = 0;
  for (int i = 0; i < consumers; ++i) {
    const Consumer& each = results[static_cast<std::size_t>(i)];
    popped -= producer.llen("T14:" + std::to_string(i));
    delivered += static_cast<std::int64_t>(each.elements.size());
    in_doubt += each.in_doubt;
    cancelled += each.cancelled;
    EXPECT_EQ(each.twice, 0);
    EXPECT_EQ(each.odd, std::vector<std::string>{});
    EXPECT_LT(each.longest_stop, 5s) << "request_stop() must not take long";
    EXPECT_EQ(each.elements.size() + static_cast<std::size_t>(each.cancelled + each.in_doubt), static_cast<std::size_t>(calls));
  }
  std::printf("popped %ld, delivered %ld, in doubt %ld, cancelled %ld\n", static_cast<long>(popped), static_cast<long>(delivered),
              static_cast<long>(in_doubt), static_cast<long>(cancelled));
  EXPECT_GE(popped, delivered);
  EXPECT_LE(popped, delivered + in_doubt) << "elements were lost and nobody was told";
  EXPECT_GT(delivered, 100);
  EXPECT_GT(cancelled, 100);
}

/// A pause of writes on a node, as a failover by hand makes one, and what is held up by it.
class Paused : public Blocking {
 protected:
  /// The node that serves the key lets no write through for so long.
  void pause_writes(const std::string& key, std::chrono::milliseconds span) {
    servers().call(primary_of(key), {"CLIENT", "PAUSE", std::to_string(span.count()), "WRITE"});
  }
  void end_pause(const std::string& key) { servers().call(primary_of(key), {"CLIENT", "UNPAUSE"}); }
  /// Tells all connections of that node that their wait is over.
  void unblock_all(const std::string& key) {
    RedisCluster admin({.startup_nodes = servers().seeds()});
    auto node = admin.on_slot(rediscluster::keyslot(key));
    for (const auto& each : node.client_list()) node.client_unblock(each.id, rediscluster::UnblockMode::error);
  }
};

TEST_F(Paused, a_call_cancelled_in_a_pause_leaves_its_element_or_says_that_it_is_in_doubt) {
  RedisCluster client({.startup_nodes = servers().seeds()});
  for (const bool is_stream : {false, true}) {
    const std::string list = "{paused}q", other = "{paused}q2", stream = "{paused}s";
    client.del({list, other, stream});
    client.rpush(list, {"element"});
    if (is_stream) client.xgroup_create(stream, "g", "$", {.mkstream = true});
    if (is_stream) client.xadd(stream, {{"f", "v"}});
    pause_writes(list, 800ms);
    std::stop_source source;
    const RunOptions options{.stop = source.get_token()};
    auto popped = std::async(std::launch::async, [&] { return client.nothrow().run(cmd::blpop(list, 0ms), options); });
    auto read = std::async(std::launch::async, [&] {
      return is_stream ? client.nothrow().run(cmd::xreadgroup("g", "me", {{stream, ">"}}, {.block = 0ms}), options).transform([](auto&& all) { return all.size(); })
                       : rediscluster::Result<std::size_t>(0);
    });
    ASSERT_TRUE(wait_until_blocked(primary_of(list), is_stream ? 2 : 1));
    source.request_stop();
    const auto element = popped.get();
    const auto entries = read.get();
    end_pause(list);
    const bool is_there = client.llen(list) == 1;
    if (!element) {
      EXPECT_EQ(element.error().code, Errc::cancelled) << to_string(element.error());
      EXPECT_TRUE(is_there || element.error().execution == Execution::maybe_executed) << "lost in silence";
      EXPECT_TRUE(is_there) << "the connection ended within the pause, so it should not have run";
    } else {
      EXPECT_FALSE(is_there);
    }
    EXPECT_TRUE(entries || entries.error().code == Errc::cancelled) << to_string(entries.error());
    client.rpush(other, {"its own"});
    EXPECT_EQ(client.blpop(other, 1s)->second, "its own");
    if (is_stream && !entries) {
      EXPECT_EQ(client.xreadgroup("g", "me", {{stream, ">"}}, {.block = 1s}).size(), 1u);
    }
  }
}

TEST_F(Paused, what_shares_a_connection_with_a_command_that_was_unblocked_gets_its_own_replies) {
  RedisCluster client({.startup_nodes = servers().seeds(), .lanes_per_node = 1});
  client.del({"{paused}n", "{paused}none"});
  client.set("{paused}y", "Y");
  pause_writes("{paused}n", 800ms);
  auto pipeline = client.nothrow().pipeline();
  const auto n = pipeline.incr("{paused}n");
  const auto y = pipeline.get("{paused}y");
  const auto none = pipeline.get("{paused}none");
  auto done = std::async(std::launch::async, [&] { static_cast<void>(pipeline.execute()); });
  ASSERT_TRUE(wait_until_blocked(primary_of("{paused}n"), 1));
  unblock_all("{paused}n");
  done.get();
  end_pause("{paused}n");
  EXPECT_EQ(y.result().value(), "Y");
  EXPECT_EQ(none.result().value(), std::nullopt);
  EXPECT_LE(client.get("{paused}n").value_or("0"), "1") << "it ran twice";
  EXPECT_TRUE(n.result() || n.result().error().execution == Execution::maybe_executed);
}

TEST_F(Paused, somebody_may_end_a_wait) {
  RedisCluster client({.startup_nodes = servers().seeds()});
  auto popped = std::async(std::launch::async, [&] { return client.nothrow().blpop("{paused}empty", 10s); });
  ASSERT_TRUE(wait_until_blocked(primary_of("{paused}empty"), 1));
  unblock_all("{paused}empty");
  const auto element = popped.get();
  ASSERT_FALSE(element);
  EXPECT_EQ(element.error().code, Errc::unblocked) << to_string(element.error());
  EXPECT_EQ(element.error().execution, Execution::not_executed);
}

TEST_F(Blocking, a_timeout_given_for_one_call_bounds_it_and_nothing_is_lost) {
  RedisCluster client({.startup_nodes = servers().seeds()});
  for (const auto block : {0ms, 5000ms}) {
    const auto begin = Clock::now();
    const auto element = client.nothrow().run(cmd::blpop("bounded", block), RunOptions{.timeout = 100ms});
    EXPECT_LT(Clock::now() - begin, 1s);
    ASSERT_FALSE(element);
    EXPECT_EQ(element.error().code, Errc::timed_out) << to_string(element.error());
    EXPECT_EQ(element.error().execution, Execution::not_executed) << to_string(element.error());
  }
  client.rpush("bounded", {"element"});
  EXPECT_EQ(client.run(cmd::blpop("bounded", 5s), RunOptions{.timeout = 100ms})->second, "element");
}

}  // namespace
