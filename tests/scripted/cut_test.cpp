/// A run of commands whose connection is cut at every byte of the questions and of the answers: each command has one
/// outcome, the outcome is true, and nothing that counts runs twice.
#include <atomic>

#include "cut_play.hpp"

namespace {

using namespace play;

std::vector<Outcome> run_commands(RedisCluster& client, const std::string& run) { return run_each(client.nothrow(), run); }

void sweep_blocking(const Arm& arm, std::size_t step, const BytesSoFar& bytes_so_far) {
  CountingNode store;
  RedisCluster client({.startup_nodes = store.seeds(), .lanes_per_node = 1, .topology_refresh_period = 60s});
  sweep(store, [&](const std::string& run) { return run_commands(client, run); }, arm, step, bytes_so_far);
}

TEST(Cut, at_every_byte_of_the_questions_by_fin) {
  sweep_blocking([](ScriptedNode& node, std::size_t count) { node.cut_after_received(count, Cut::fin); }, 1, bytes_received);
}

TEST(Cut, at_every_byte_of_the_questions_by_reset) {
  sweep_blocking([](ScriptedNode& node, std::size_t count) { node.cut_after_received(count, Cut::reset); }, 3, bytes_received);
}

TEST(Cut, at_every_byte_of_the_answers_by_fin) {
  sweep_blocking([](ScriptedNode& node, std::size_t count) { node.cut_after(count, Cut::fin); }, 1, bytes_sent);
}

TEST(Cut, at_every_byte_of_the_answers_by_reset) {
  sweep_blocking([](ScriptedNode& node, std::size_t count) { node.cut_after(count, Cut::reset); }, 1, bytes_sent);
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
