/// No reply ever reaches the wrong command: extra, missing, late and broken replies, pushes anywhere, calls given up.
#include <atomic>
#include <random>

#include "play.hpp"

namespace {

using namespace play;

constexpr const char* bulk_a = "$1\r\na\r\n";

// Replies that are too many, too few or none.

TEST(Desync, a_second_reply_in_one_go_ends_the_connection) {
  ScriptedCluster cluster(1);
  cluster[0].expect("GET", "a").answer_raw(std::string(bulk_a) + "$5\r\nwrong\r\n");
  cluster[0].expect("GET", "b").answer_bulk("b");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client.get("a"), "a");
  EXPECT_EQ(client.get("b"), "b");
  EXPECT_GE(cluster[0].connections(), 2);
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Desync, a_reply_that_comes_while_nobody_waits_is_never_given_to_the_next_command) {
  ScriptedCluster cluster(1);
  echo_gets(cluster[0]);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client.get("a"), "a");
  cluster[0].send_unasked("$5\r\nwrong\r\n");
  const auto sent_at = Clock::now();
  ASSERT_TRUE(wait_until([&] { return Clock::now() - sent_at > 20ms; }, 1s));  // it has arrived
  EXPECT_EQ(client.get("b"), "b");
  EXPECT_EQ(client.get("c"), "c");
}

TEST(Desync, a_doubled_redirect_is_followed_once) {
  ScriptedCluster cluster(2);
  const std::string moved = "-" + moved_to(cluster[0]) + "\r\n";
  cluster[1].expect("GET", "foo").answer_raw(moved + moved);
  cluster[1].always(starts_with({"GET"})).answer_bulk("home");
  cluster[0].expect("GET", "foo").answer_bulk("bar");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client.get(key_in_slot(slot_of_foo + 1)), "home");  // connects: behind a handshake it would be part of that
  EXPECT_EQ(client.get("foo"), "bar");
  EXPECT_EQ(client.get(key_in_slot(slot_of_foo + 1)), "home");
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Desync, a_missing_reply_gives_nobody_a_wrong_one) {
  ScriptedCluster cluster(1);
  cluster[0].expect("GETDEL", "swallowed").answer_raw("");
  cluster[0].always(starts_with({"GETDEL"})).answer_with([](const CommandWords& words) {
    return RawReply::bulk(words.at(1));
  });
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 60ms});
  EXPECT_FALSE(client.nothrow().getdel("swallowed").has_value());
  for (const std::string key : {"b", "c", "d"}) {
    const auto value = client.nothrow().getdel(key);
    if (value) {
      EXPECT_EQ(*value, key);
    }
  }
}

TEST(Desync, bytes_that_are_no_reply_end_the_connection_and_leave_a_write_in_doubt) {
  for (const char* garbage : {"garbage\r\n", "$abc\r\n", "$-2\r\n", "*-7\r\n", ":12x\r\n", "\r\n",
                              "HTTP/1.1 400 Bad Request\r\n\r\n", "$3\r\nabcdef", "*99999999999999999999\r\n",
                              "$9223372036854775807\r\n", "#x\r\n", "%4611686018427387904\r\n"}) {
    SCOPED_TRACE(garbage);
    ScriptedCluster cluster(1);
    cluster[0].expect("INCR", "n").answer_raw(garbage);
    cluster[0].expect("INCR", "n").answer_integer(2);
    RedisCluster client({.startup_nodes = cluster.seeds()});
    const Error error = error_of(client.nothrow().incr("n"));
    EXPECT_EQ(error.code, Errc::protocol_error) << to_string(error);
    EXPECT_EQ(error.execution, Execution::maybe_executed);
    EXPECT_EQ(client.incr("n"), 2) << "the next command needs a new connection";
    EXPECT_EQ(cluster.complaints(), "");
  }
}

TEST(Desync, a_read_that_met_garbage_is_sent_again) {
  ScriptedCluster cluster(1);
  cluster[0].expect("GET", "k").answer_raw("garbage\r\n");
  cluster[0].expect("GET", "k").answer_bulk("v");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client.get("k"), "v");
  EXPECT_EQ(cluster.complaints(), "");
}

void expect_unexpected_from(const Error& error, const ScriptedNode& node, int attempts) {
  EXPECT_EQ(error.code, Errc::unexpected_reply);
  EXPECT_EQ(error.node, node.address());
  EXPECT_EQ(error.attempts, attempts);
}

TEST(Desync, a_reply_of_the_wrong_shape_is_an_error_that_names_its_node_and_attempts) {
  ScriptedCluster cluster(1);
  cluster[0].expect("GET", "k").close();
  cluster[0].expect("GET", "k").answer_array({"not", "a", "string"});
  RedisCluster client({.startup_nodes = cluster.seeds()});
  expect_unexpected_from(error_of(client.nothrow().get("k")), cluster[0], 2);
}

TEST(Desync, a_reply_of_the_wrong_shape_names_them_among_others_too) {
  ScriptedCluster cluster(2);
  cluster[0].expect("GET", "bar").answer_array({"not", "a", "string"});
  cluster[1].expect("GET", "foo").answer_error("LOADING Redis is loading the dataset in memory");
  cluster[1].expect("GET", "foo").answer_array({"not", "a", "string"});
  std::vector<rediscluster::Pending<std::optional<std::string>>> replies;
  {
    RedisCluster client({.startup_nodes = cluster.seeds()});
    auto pipeline = client.nothrow().pipeline();
    for (const char* key : {"bar", "foo"}) replies.push_back(pipeline.get(key));
    EXPECT_TRUE(pipeline.execute().has_value());
  }
  expect_unexpected_from(error_of(replies[0].result()), cluster[0], 1);
  expect_unexpected_from(error_of(replies[1].result()), cluster[1], 2);
}

TEST(Desync, a_reply_of_the_wrong_shape_names_them_in_a_transaction_and_of_many_nodes) {
  ScriptedCluster cluster(1);
  cluster[0].always("MULTI").answer_status("OK");
  cluster[0].always("GET", "k").answer_status("QUEUED");
  cluster[0].always("EXEC").answer_raw("*1\r\n*1\r\n:1\r\n");
  cluster[0].always("DBSIZE").answer_bulk("many");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  auto transaction = client.nothrow().transaction();
  auto value = transaction.get("k");
  EXPECT_TRUE(transaction.execute().has_value());
  expect_unexpected_from(error_of(value.result()), cluster[0], 1);
  const auto sizes = client.nothrow().on_all_primaries().dbsize();
  ASSERT_TRUE(sizes.has_value());
  for (const auto& each : *sizes) expect_unexpected_from(error_of(each.result), cluster[0], 1);
  EXPECT_EQ(sizes->size(), 1u);
}

TEST(Desync, a_reply_of_the_wrong_shape_is_an_error_that_names_the_command_and_shows_it) {
  ScriptedCluster cluster(1);
  cluster[0].expect("GET", "k").answer_array({"not", "a", "string"});
  cluster[0].expect("GET", "k").answer_bulk("v");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const Error error = error_of(client.nothrow().get("k"));
  EXPECT_EQ(error.code, Errc::unexpected_reply);
  EXPECT_EQ(error.execution, Execution::executed);
  EXPECT_TRUE(contains(error.message, "GET")) << error.message;
  EXPECT_TRUE(contains(error.message, "*3")) << error.message;
  EXPECT_EQ(client.get("k"), "v");
}

TEST(Desync, a_reply_beyond_the_limit_ends_the_connection) {
  ScriptedCluster cluster(1);
  cluster[0].expect("GETDEL", "k").answer_raw("$1000000\r\n");
  RedisCluster client({.startup_nodes = cluster.seeds(), .max_bulk_bytes = 1000});
  EXPECT_EQ(error_of(client.nothrow().getdel("k")).code, Errc::protocol_error);
}

// Pushes and attributes.

std::string some_pushes() {
  return std::string(">0\r\n") +                                       // empty
         ">2\r\n$10\r\ninvalidate\r\n_\r\n" +                          // with a null
         ">3\r\n$7\r\nunknown\r\n%1\r\n+a\r\n*1\r\n:1\r\n#t\r\n" +     // of a kind nobody knows
         ">3\r\n$7\r\nmessage\r\n$2\r\nch\r\n$8\r\n$1\r\nno\r\n\r\n";  // whose text looks like replies
}

TEST(Desync, pushes_around_replies_are_dropped_wherever_the_bytes_are_split) {
  const std::string bytes = some_pushes() + bulk_a + some_pushes();
  for (std::size_t split = 1; split < bytes.size(); split += 3) {
    ScriptedCluster cluster(1);
    cluster[0].expect("GET", "a").answer_in_pieces(bytes, {split}, 1ms);
    cluster[0].expect("GET", "b").answer_bulk("b");
    RedisCluster client({.startup_nodes = cluster.seeds()});
    ASSERT_EQ(client.get("a"), "a") << "split after " << split << " bytes";
    ASSERT_EQ(client.get("b"), "b") << "split after " << split << " bytes";
    ASSERT_EQ(cluster.complaints(), "");
  }
}

TEST(Desync, a_huge_push_is_dropped) {
  ScriptedCluster cluster(1);
  const std::string text(3 << 20, 'p');
  cluster[0]
      .expect("GET", "a")
      .answer_raw(">2\r\n$4\r\nhuge\r\n$" + std::to_string(text.size()) + "\r\n" + text + "\r\n" + bulk_a);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client.get("a"), "a");
}

TEST(Desync, attributes_in_front_of_a_reply_belong_to_it) {
  ScriptedCluster cluster(1);
  cluster[0].expect("GET", "a").answer_raw("|1\r\n+ttl\r\n:3600\r\n" + std::string(bulk_a));
  cluster[0].expect("GET", "b").answer_bulk("b");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client.get("a"), "a");
  EXPECT_EQ(client.get("b"), "b");
}

TEST(Desync, a_flood_of_pushes_mispairs_nothing) {
  constexpr int callers = 4;
  constexpr int calls = 1000;
  ScriptedCluster cluster(1);
  echo_gets(cluster[0]);
  RedisCluster client({.startup_nodes = cluster.seeds(), .lanes_per_node = 2});
  std::atomic<bool> stopping{false};
  std::atomic<int> wrong{0};
  Crowd flood(1, [&](int) {
    while (!stopping) cluster[0].send_unasked(some_pushes());
  });
  Crowd(callers, [&](int caller) {
    for (int i = 0; i < calls; ++i) {
      const std::string key = std::to_string(caller) + ":" + std::to_string(i);
      if (client.nothrow().get(key).value_or("an error") != key) ++wrong;
    }
  }).join();
  stopping = true;
  EXPECT_EQ(wrong, 0);
}

// Calls given up at any moment.

struct Tally {
  std::atomic<int> right{0};
  std::atomic<int> given_up{0};
  std::atomic<int> wrong{0};
};

/// The value a node gives for a key: the key itself in front, then as much as the key asks for ("<size>:<name>").
std::string value_of(const std::string& key) { return key + std::string(std::stoul(key), '.'); }

void answer_now_and_then_slowly(ScriptedNode& node) {
  const auto answer = [](const CommandWords& words) { return RawReply::bulk(value_of(words.at(1))); };
  node.always(starts_with({"GETDEL"})).answer_with(answer);
  node.always([](const CommandWords& words) { return words.front() == "GETDEL" && words.at(1).ends_with("7"); })
      .after_delay(3ms)
      .answer_with(answer);
}

void call_and_check(RedisCluster& client, int caller, int calls, Tally& tally) {
  std::minstd_rand random(static_cast<unsigned>(caller + 1));
  for (int i = 0; i < calls; ++i) {
    const std::size_t size = random() % 16 == 0 ? random() % 60'000 : random() % 100;
    const std::string key = std::to_string(size) + ":" + std::to_string(caller) + ":" + std::to_string(i);
    const auto value = client.nothrow().getdel(key);
    if (!value) {
      // A connection that stays silent is ended, so some calls are lost with it.
      const bool is_given_up = value.error().code == Errc::timed_out || value.error().code == Errc::connection_lost;
      ++(is_given_up ? tally.given_up : tally.wrong);
    } else {
      ++(*value == value_of(key) ? tally.right : tally.wrong);
    }
  }
}

TEST(Desync, calls_given_up_at_random_moments_leave_no_trace) {
  constexpr int callers = 16;
  constexpr int calls = 1500;  // 24,000 in all, on two connections
  ScriptedCluster cluster(1);
  answer_now_and_then_slowly(cluster[0]);
  RedisCluster client({.startup_nodes = cluster.seeds(), .socket_timeout = 2ms, .lanes_per_node = 2});
  Tally tally;
  Crowd(callers, [&](int caller) { call_and_check(client, caller, calls, tally); }).join();
  EXPECT_EQ(tally.wrong, 0);
  EXPECT_GT(tally.right, callers * calls / 100) << "hardly any call was answered in time: the play plays nothing";
  EXPECT_GT(tally.given_up, callers * calls / 100) << "hardly any call was given up: the play plays nothing";
}

TEST(Desync, calls_given_up_while_connections_break_leave_no_trace) {
  constexpr int callers = 8;
  constexpr int calls = 1000;
  ScriptedCluster cluster(1);
  answer_now_and_then_slowly(cluster[0]);
  RedisCluster client({.startup_nodes = cluster.seeds(), .socket_timeout = 2ms, .lanes_per_node = 2});
  std::atomic<bool> stopping{false};
  Crowd vandal(1, [&](int) {
    for (int i = 0; !stopping; ++i) {
      cluster[0].cut_after(static_cast<std::size_t>(i * 37 % 5000), i % 2 == 0 ? Cut::fin : Cut::reset);
      std::this_thread::yield();
    }
  });
  std::atomic<int> wrong{0};
  std::atomic<int> right{0};
  Crowd(callers, [&](int caller) {
    for (int i = 0; i < calls; ++i) {
      const std::string key = std::to_string(i % 300) + ":" + std::to_string(caller) + ":" + std::to_string(i);
      const auto value = client.nothrow().getdel(key);
      if (value)
        ++(*value == value_of(key) ? right : wrong);
      else if (value.error().code == Errc::unexpected_reply || value.error().code == Errc::protocol_error)
        ++wrong;
    }
  }).join();
  stopping = true;
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(right, 0);
}

}  // namespace
