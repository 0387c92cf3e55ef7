/// A run of commands whose connection is cut at every byte of the questions and of the answers: each command has one
/// outcome, the outcome is true, and nothing that counts runs twice.
#include <atomic>

#include "play.hpp"

namespace {

using namespace play;

/// Answers as a small store would, and remembers how often each counter was told to count.
class CountingNode {
 public:
  CountingNode() : cluster_(1) {
    ScriptedNode& node = cluster_[0];
    node.always(starts_with({"GET"})).answer_bulk("value");
    node.always(starts_with({"SET"})).answer_status("OK");
    node.always(starts_with({"INCR"})).answer_integer(1);
    node.always(starts_with({"RPUSH"})).answer_integer(1);
    node.always(starts_with({"DEL"})).answer_integer(1);
  }
  ScriptedNode& node() { return cluster_[0]; }
  std::vector<NodeAddress> seeds() const { return cluster_.seeds(); }
  int received(const char* name, const std::string& key) const {
    return const_cast<ScriptedCluster&>(cluster_)[0].received(CommandWords{name, key});
  }

 private:
  ScriptedCluster cluster_;
};

constexpr int most_ends = 4;  // of connections, under one command (docs/reliability.md)

/// What became of one command.
struct Outcome {
  const char* name;
  std::string key;
  bool succeeded;
  Error error;
};

template <class T>
Outcome outcome_of(const char* name, const std::string& key, const Result<T>& result) {
  return {name, key, result.has_value(), result ? Error{} : result.error()};
}

/// A run of commands, each with a key of its own run, so that the node's log tells what arrived of it.
std::vector<Outcome> run_commands(RedisCluster& client, const std::string& run) {
  auto commands = client.nothrow();
  std::vector<Outcome> outcomes;
  for (int i = 0; i < 3; ++i) {
    const std::string key = run + ":" + std::to_string(i);
    outcomes.push_back(outcome_of("GET", key, commands.get(key)));
    outcomes.push_back(outcome_of("INCR", key, commands.incr(key)));
    outcomes.push_back(outcome_of("SET", key, commands.set(key, "v")));
    outcomes.push_back(outcome_of("RPUSH", key, commands.rpush(key, "v")));
  }
  return outcomes;
}

void expect_truth(const std::vector<Outcome>& outcomes, const CountingNode& store, int& in_doubt) {
  for (const Outcome& each : outcomes) {
    const int received = store.received(each.name, each.key);
    const std::string what = std::string(each.name) + ": " + (each.succeeded ? "succeeded" : to_string(each.error));
    if (std::string_view(each.name) == "GET") {
      EXPECT_TRUE(each.succeeded || each.error.attempts >= most_ends) << what << ": a read is sent again until it succeeds";
      continue;
    }
    EXPECT_LE(received, 1) << what << ": was sent twice";
    if (each.succeeded) {
      EXPECT_EQ(received, 1) << what << ": succeeded without having been sent";
    } else {
      EXPECT_EQ(each.error.code, Errc::connection_lost) << what;
      EXPECT_EQ(each.error.execution, Execution::maybe_executed)
          << what << ": what never left is sent again, not surfaced";
      ++in_doubt;
    }
  }
}

/// @param arm  cuts the connection after so many more bytes.
void sweep(const std::function<void(ScriptedNode&, std::size_t)>& arm, std::size_t step,
           const std::function<std::size_t(const ScriptedNode&)>& bytes_so_far) {
  CountingNode store;
  RedisCluster client({.startup_nodes = store.seeds(), .lanes_per_node = 1, .topology_refresh_period = 60s});
  const std::size_t before = bytes_so_far(store.node());
  run_commands(client, "run-9999");
  const std::size_t length = bytes_so_far(store.node()) - before;
  ASSERT_GT(length, 50u);
  int in_doubt = 0;
  for (std::size_t offset = 0; offset < length; offset += step) {
    SCOPED_TRACE(offset);
    arm(store.node(), offset);
    expect_truth(run_commands(client, "run-" + std::to_string(1000 + offset)), store, in_doubt);
    if (::testing::Test::HasFailure()) return;
  }
  EXPECT_GT(in_doubt, 0) << "no cut hit a write: the play plays nothing";
  // Each cut hits one command, and only writes whose bytes had all left can end in doubt.
  EXPECT_LE(in_doubt, static_cast<int>(length / step) + 1);
}

const auto bytes_received = [](const ScriptedNode& node) { return node.bytes_received(); };
const auto bytes_sent = [](const ScriptedNode& node) { return node.bytes_sent(); };

TEST(Cut, at_every_byte_of_the_questions_by_fin) {
  sweep([](ScriptedNode& node, std::size_t count) { node.cut_after_received(count, Cut::fin); }, 1, bytes_received);
}

TEST(Cut, at_every_byte_of_the_questions_by_reset) {
  sweep([](ScriptedNode& node, std::size_t count) { node.cut_after_received(count, Cut::reset); }, 3, bytes_received);
}

TEST(Cut, at_every_byte_of_the_answers_by_fin) {
  sweep([](ScriptedNode& node, std::size_t count) { node.cut_after(count, Cut::fin); }, 1, bytes_sent);
}

TEST(Cut, at_every_byte_of_the_answers_by_reset) {
  sweep([](ScriptedNode& node, std::size_t count) { node.cut_after(count, Cut::reset); }, 1, bytes_sent);
}

TEST(Cut, in_a_long_answer_which_then_comes_whole_or_not_at_all) {
  std::string large(400'000, ' ');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>('a' + i % 23);
  ScriptedCluster cluster(1);
  echo_gets(cluster[0]);
  cluster[0].always("GET", "large").answer_bulk(large);
  RedisCluster client({.startup_nodes = cluster.seeds(), .lanes_per_node = 1});
  for (const std::size_t cut : {5u, 70'000u, 300'000u, 400'010u}) {
    EXPECT_EQ(client.get("k"), "k");  // there is a connection to be cut
    cluster[0].cut_after(cut, cut % 2 == 0 ? Cut::fin : Cut::reset);
    EXPECT_TRUE(client.get("large") == large) << "cut after " << cut;
  }
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Cut, beside_long_answers_every_caller_gets_its_own) {
  const std::string large(300'000, 'x');
  ScriptedCluster cluster(1);
  echo_gets(cluster[0]);
  cluster[0].always("GET", "large").answer_bulk(large);
  RedisCluster client({.startup_nodes = cluster.seeds(), .lanes_per_node = 1});
  Crowd(6, [&](int caller) {
    for (int i = 0; i < 40; ++i) {
      const std::string key = "k" + std::to_string(caller) + ":" + std::to_string(i);
      if ((caller + i) % 3 == 0) {
        EXPECT_TRUE(client.get("large") == large);
      } else {
        EXPECT_EQ(client.get(key), key);
      }
    }
  }).join();
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Cut, under_many_callers_on_one_connection_nothing_runs_twice) {
  constexpr int callers = 6;
  constexpr int runs = 12;
  CountingNode store;
  RedisCluster client({.startup_nodes = store.seeds(), .lanes_per_node = 1});
  std::atomic<bool> stopping{false};
  Crowd vandal(1, [&](int) {
    for (std::size_t i = 0; !stopping; ++i) {
      if (i % 2 == 0)
        store.node().cut_after(i * 7 % 60, Cut::fin);
      else
        store.node().cut_after_received(i * 13 % 300, Cut::reset);
      std::this_thread::yield();
    }
  });
  std::vector<std::vector<Outcome>> outcomes(callers);
  Crowd(callers, [&](int caller) {
    for (int run = 0; run < runs; ++run) {
      for (Outcome& each : run_commands(client, std::to_string(caller) + ":" + std::to_string(run))) {
        outcomes[static_cast<std::size_t>(caller)].push_back(std::move(each));
      }
    }
  }).join();
  stopping = true;
  vandal.join();
  int in_doubt = 0;
  for (const std::vector<Outcome>& mine : outcomes) {
    ASSERT_EQ(mine.size(), static_cast<std::size_t>(runs * 12)) << "a command without an outcome";
    expect_truth(mine, store, in_doubt);
  }
}

}  // namespace
