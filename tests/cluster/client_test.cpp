// The client as a whole against a real cluster: commands over many slots, any command as words, blocking commands,
// unusual values, many threads, URLs, moved clients.
#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "support/commands_fixture.hpp"

namespace {

using namespace rediscluster;
using namespace std::chrono_literals;
using namespace test_support;
using rediscluster::testing::key_in_slot;
using Strings = std::vector<std::string>;
using Maybes = std::vector<std::optional<std::string>>;

class ClientCommands : public Commands {};
INSTANTIATE_TEST_SUITE_P(Protocol, ClientCommands, ::testing::Values(3, 2),
                         [](const auto& each) { return "RESP" + std::to_string(each.param); });

TEST_P(ClientCommands, over_many_slots_with_repeated_keys) {
  on_both_surfaces([](auto& c) {
    std::map<std::string, std::string> values;
    Strings keys;
    for (int i = 0; i < 500; ++i) {
      keys.push_back("key:" + std::to_string(i));
      values[keys.back()] = "value " + std::to_string(i);
    }
    EXPECT_TRUE(value(c.mset(values)));
    Strings asked = keys;
    asked.insert(asked.begin() + 100, {"none", keys[3], keys[3]});
    const Maybes found = value(c.mget(asked));
    ASSERT_EQ(found.size(), asked.size());
    for (std::size_t i = 0; i < asked.size(); ++i) {
      if (asked[i] == "none") {
        EXPECT_EQ(found[i], std::nullopt);
      } else {
        EXPECT_EQ(found[i], values[asked[i]]) << asked[i];
      }
    }
    EXPECT_EQ(value(c.exists(asked)), 502) << "a key given twice counts twice";
    EXPECT_EQ(value(c.touch(keys)), 500);
    EXPECT_EQ(value(c.del({keys[0], keys[0], keys[1], "none"})), 2) << "a key can be deleted once";
    EXPECT_EQ(value(c.unlink(keys)), 498);
    EXPECT_EQ(value(c.dbsize()), 0);
    EXPECT_TRUE(value(c.mset({{"a", "1"}, {"b", "1"}, {"a", "2"}})));
    EXPECT_EQ(value(c.get("a")), "2") << "the last value of a repeated key stands";
  });
}

TEST_P(ClientCommands, scan_iter_gives_every_key) {
  constexpr int count = 5000;
  std::vector<std::pair<std::string, std::string>> batch;
  for (int i = 0; i < count; ++i) batch.emplace_back("scan:" + std::to_string(i), "v");
  client_.mset(batch);
  client_.set("other", "v");
  std::set<std::string> seen;
  for (const std::string& key : client_.scan_iter({.match = "scan:*", .count = 300})) seen.insert(key);
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(count));
  EXPECT_FALSE(seen.contains("other"));
  seen.clear();
  for (const std::string& key : client_.scan_iter()) seen.insert(key);
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(count + 1));
}

TEST_P(ClientCommands, scan_iter_of_an_empty_cluster_gives_nothing) {
  for (const std::string& key : client_.scan_iter()) ADD_FAILURE() << key;
}

TEST_P(ClientCommands, any_command_as_words) {
  client_.set("k", "v");
  EXPECT_EQ(client_.execute_command("GET", "k").as_string(), "v");
  EXPECT_EQ(client_.execute_command("object", "encoding", "k").as_string(), "embstr");
  EXPECT_EQ(client_.execute_command("INCRBY", "n", 5).as_integer(), 5);
  EXPECT_EQ(client_.execute_command("PING").as_string(), "PONG");
  EXPECT_EQ(client_.execute_command("DBSIZE").as_integer(), 2);
  EXPECT_EQ(client_.execute_command("MGET", "k", "none", "n").size(), 3u);
  EXPECT_TRUE(client_.execute_command("MGET", "k", "none", "n")[1].is_nil());
  EXPECT_EQ(client_.execute_command("EVAL", "return KEYS[1] .. ARGV[1]", 1, "k", "x").as_string(), "kx");
  EXPECT_EQ(client_.execute_command("XADD", "stream", "1-1", "field", "value").as_string(), "1-1");
  EXPECT_EQ(client_.execute_command("XRANGE", "stream", "-", "+").size(), 1u);
}

TEST_P(ClientCommands, an_unknown_command_gets_the_servers_own_error) {
  const Result<Reply> reply = client_.nothrow().execute_command("NOSUCHCOMMAND", "a", "b");
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().code, Errc::response_error);
  EXPECT_EQ(reply.error().execution, Execution::not_executed);
  EXPECT_NE(reply.error().message.find("unknown command"), std::string::npos) << reply.error().message;
}

TEST_P(ClientCommands, errors_of_the_server_surface_as_what_they_are) {
  client_.set("text", "no number");
  EXPECT_THROW(client_.incr("text"), ResponseError);
  EXPECT_THROW(client_.lpush("text", "x"), ResponseError);
  const Result<std::int64_t> pushed = client_.nothrow().lpush("text", "x");
  ASSERT_FALSE(pushed.has_value());
  EXPECT_EQ(pushed.error().code, Errc::wrong_type);
  EXPECT_EQ(pushed.error().execution, Execution::not_executed);
  EXPECT_EQ(pushed.error().attempts, 1);
}

TEST_P(ClientCommands, a_blocking_command_gets_what_another_thread_pushes) {
  std::thread pusher([&] {
    std::this_thread::yield();
    RedisCluster other({.startup_nodes = shared_cluster().seeds()});
    other.rpush("queue", "job");
  });
  const auto job = client_.blpop("queue", 5s);
  pusher.join();
  ASSERT_TRUE(job.has_value());
  EXPECT_EQ(*job, (std::pair<std::string, std::string>{"queue", "job"}));
}

TEST_P(ClientCommands, a_blocking_command_and_others_share_a_client) {
  std::atomic<bool> popped{false};
  std::thread worker([&] {
    EXPECT_EQ(client_.blpop("queue", 5s)->second, "job");
    popped = true;
  });
  for (int i = 0; i < 200; ++i) client_.set("k", i);
  EXPECT_FALSE(popped);
  client_.rpush("queue", "job");
  worker.join();
}

TEST_P(ClientCommands, a_blocking_command_without_anything_to_get_gives_nothing_in_time) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(client_.blpop("empty", 200ms), std::nullopt);
  EXPECT_EQ(client_.bzpopmin("empty", 100ms), std::nullopt);
  EXPECT_EQ(client_.blmove("empty", "{empty}2", ListEnd::left, ListEnd::left, 100ms), std::nullopt);
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(took, 390ms);
  EXPECT_LT(took, 2s);
}

TEST_P(ClientCommands, values_may_hold_any_bytes_or_none) {
  std::string every_byte;
  for (int i = 0; i < 256; ++i) every_byte += static_cast<char>(i);
  for (const std::string& bytes : {every_byte, std::string(), std::string("\r\n$3\r\nfoo\r\n"), std::string(3, '\0')}) {
    EXPECT_TRUE(client_.set(bytes, bytes));
    EXPECT_EQ(client_.get(bytes), bytes);
    EXPECT_EQ(client_.hset("h", bytes, bytes), 1);
    EXPECT_EQ(client_.hget("h", bytes), bytes);
    EXPECT_EQ(client_.echo(bytes), bytes);
  }
  EXPECT_EQ(client_.hlen("h"), 4);
}

TEST_P(ClientCommands, values_may_be_large) {
  std::string large(5 << 20, 'x');
  for (std::size_t i = 0; i < large.size(); i += 1000) large[i] = static_cast<char>('a' + i / 1000 % 26);
  EXPECT_TRUE(client_.set("large", large));
  EXPECT_EQ(client_.get("large"), large);
  EXPECT_TRUE(client_.mset({{"large1", large}, {"large2", large}}));
  EXPECT_EQ(client_.mget({"large1", "large2"}), (Maybes{large, large}));
  EXPECT_EQ(client_.strlen("large"), static_cast<std::int64_t>(large.size()));

  // Each way to run a command has its own way to where the text is wanted.
  EXPECT_EQ(client_.run(cmd::get("large"), RunOptions{.timeout = 8s}), large);
  EXPECT_EQ(client_.on_slot(keyslot("large")).get("large"), large);
  const auto read = client_.register_script("return redis.call('get', KEYS[1])");
  EXPECT_EQ(read.run<std::string>({"large"}), large) << "the node learns the script";
  EXPECT_EQ(read.run<std::optional<std::string>>({"large"}), large) << "it knows the script";
  auto tx = client_.transaction();
  tx.watch({"large"});
  EXPECT_EQ(tx.now().get("large"), large);
  tx.reset();
  const auto echoes = client_.on_all_primaries().echo(large);
  EXPECT_EQ(echoes.size(), 3u);
  for (const auto& each : echoes) EXPECT_EQ(each.result, large);
}

TEST_P(ClientCommands, many_elements_arrive) {
  std::vector<int> numbers(100'000);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<int>(i);
  EXPECT_EQ(client_.rpush("l", numbers), 100'000);
  const Strings all = client_.lrange("l", 0, -1);
  ASSERT_EQ(all.size(), numbers.size());
  EXPECT_EQ(all[54'321], "54321");
}

TEST_P(ClientCommands, many_threads_on_one_client_get_their_own_values) {
  constexpr int threads = 16;
  constexpr int calls = 400;
  std::atomic<int> wrong{0};
  std::vector<std::thread> workers;
  for (int t = 0; t < threads; ++t) {
    workers.emplace_back([&, t] {
      NothrowRedisCluster commands = client_.nothrow();
      for (int i = 0; i < calls; ++i) {
        const std::string key = std::to_string(t) + ":" + std::to_string(i);
        const std::string expected = "value of " + key;
        if (!commands.set(key, expected).value_or(false)) ++wrong;
        if (commands.get(key).value_or("error") != expected) ++wrong;
        if (i % 20 == 0 && commands.mget({key, key}).value_or(Maybes{}) != Maybes{expected, expected}) ++wrong;
        if (!commands.incr("counter")) ++wrong;
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(client_.get("counter"), std::to_string(threads * calls));
}

// Not bound to a protocol.

TEST(Client, is_made_from_a_url) {
  RedisCluster client = RedisCluster::from_url(shared_cluster().url() + "?protocol=2&socket_timeout=5&client_name=url");
  EXPECT_TRUE(client.set("k", "v"));
  EXPECT_EQ(client.get("k"), "v");
}

TEST(Client, is_made_from_a_url_with_several_nodes_of_which_some_are_down) {
  const NodeAddress up = shared_cluster().node(1).address();
  RedisCluster client = RedisCluster::from_url("redis://127.0.0.1:1," + to_string(up) + "/0");
  EXPECT_EQ(client.ping(), "PONG");
}

TEST(Client, can_be_moved) {
  RedisCluster first({.startup_nodes = shared_cluster().seeds()});
  first.set("k", "v");
  RedisCluster second = std::move(first);
  EXPECT_EQ(second.get("k"), "v");
  RedisCluster third({.startup_nodes = shared_cluster().seeds()});
  third = std::move(second);
  EXPECT_EQ(third.get("k"), "v");
}

TEST(Client, runs_command_values) {
  RedisCluster client({.startup_nodes = shared_cluster().seeds()});
  const Command<std::int64_t> command = cmd::incr("command:values");
  const std::int64_t first = client.run(command);
  EXPECT_EQ(client.run(command), first + 1);
  EXPECT_EQ(client.run(cmd::get("command:values").as<Reply>()).as_integer(), first + 1);
}

TEST(Client, writes_every_slot) {
  RedisCluster client({.startup_nodes = shared_cluster().seeds()});
  for (int slot = 0; slot < slot_count; slot += 61) {
    const std::string key = key_in_slot(slot);
    EXPECT_TRUE(client.set(key, key));
    EXPECT_EQ(client.get(key), key);
  }
}

}  // namespace
