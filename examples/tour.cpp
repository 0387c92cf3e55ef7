/// A walk through the main job, on a real cluster: the topology, commands on one and on many shards, and a primary that
/// is killed while writes go on.
///
///   example_tour               starts 3 primaries and 3 replicas on free loopback ports, and stops them at the end
///   example_tour --keep        the same, and leaves them running
///   example_tour --url redis://host:port     your cluster; nothing is killed there, keys "tour:*" are removed at the
///   end
///
/// Ends with 0 when every write was acknowledged and is readable afterwards.
#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <rediscluster/rediscluster.hpp>
#include <rediscluster/testing/local_cluster.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tour/screen.hpp"
#include "tour/topology.hpp"
#include "tour/writers.hpp"

namespace {

using namespace std::chrono_literals;
using rediscluster::RedisCluster;
using rediscluster::testing::LocalCluster;
using rediscluster::testing::SlotProbe;
using tour::Screen;
using tour::Topology;
using tour::Writers;

constexpr auto node_timeout = 2000ms;
constexpr auto before_kill = 2s;
constexpr auto after_takeover = 2s;
constexpr auto on_foreign_cluster = 3s;
constexpr auto takeover_limit = 20s;
constexpr std::size_t read_batch = 500;

volatile std::sig_atomic_t interrupted = 0;

struct Choice {
  bool keep = false;
  std::string url;
};

Choice read_arguments(int argc, char** argv) {
  Choice choice;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--keep") {
      choice.keep = true;
    } else if (word == "--url" && i + 1 < argc) {
      choice.url = argv[++i];
    } else {
      throw std::invalid_argument("usage: example_tour [--keep | --url redis://host:port]");
    }
  }
  if (choice.keep && !choice.url.empty())
    throw std::invalid_argument("--keep is for the cluster the tour starts; --url names yours");
  return choice;
}

std::string quoted(const std::optional<std::string>& value) { return value ? "\"" + *value + "\"" : "(no such key)"; }

/// "12 ms", "3.6 s".
std::string in_words(std::chrono::milliseconds duration) {
  if (duration < 1s) return std::to_string(duration.count()) + " ms";
  char text[32];
  std::snprintf(text, sizeof text, "%.1f s", static_cast<double>(duration.count()) / 1000);
  return text;
}

void show_call(Screen& screen, const Topology& topology, const std::string& call, const std::string& result,
               std::string_view key) {
  screen.line("  " + tour::padded(call, 29) + tour::padded(result, 9) +
              screen.paint(topology.way_of(key), Screen::Colour::dim));
}

void single_keys(Screen& screen, RedisCluster& cluster, const Topology& topology) {
  screen.heading("One key, one shard: the client knows the way");
  const bool stored = cluster.set("tour:name", "Ada");
  show_call(screen, topology, "set(\"tour:name\", \"Ada\")", stored ? "true" : "false", "tour:name");
  show_call(screen, topology, "get(\"tour:name\")", quoted(cluster.get("tour:name")), "tour:name");
  cluster.del("tour:visits");
  show_call(screen, topology, "incr(\"tour:visits\")", std::to_string(cluster.incr("tour:visits")), "tour:visits");
  show_call(screen, topology, "incr(\"tour:visits\")", std::to_string(cluster.incr("tour:visits")), "tour:visits");
  show_call(screen, topology, "get(\"tour:nobody\")", cluster.get("tour:nobody") ? "?" : "nullopt", "tour:nobody");
}

void many_keys(Screen& screen, RedisCluster& cluster, const Topology& topology) {
  screen.heading("Many keys, all shards: split, sent at once, put together in order");
  screen.line("  mset({{\"tour:a\", \"1\"}, ... {\"tour:f\", \"6\"}})");
  cluster.mset({{"tour:a", "1"}, {"tour:b", "2"}, {"tour:c", "3"}, {"tour:d", "4"}, {"tour:e", "5"}, {"tour:f", "6"}});
  const std::vector<std::string> keys{"tour:a", "tour:b", "tour:c", "tour:d", "tour:e", "tour:f"};
  const auto values = cluster.mget(keys);
  screen.line("  mget({\"tour:a\", ... \"tour:f\"})");
  for (std::size_t i = 0; i < keys.size(); ++i)
    show_call(screen, topology, "    " + keys[i], quoted(values.at(i)), keys[i]);
  screen.line("  del({\"tour:a\", ... \"tour:f\"})  " + std::to_string(cluster.del(keys)) +
              " keys removed, on all shards together");
}

std::chrono::milliseconds longest_pause(const Writers& writers, std::size_t shards) {
  std::chrono::milliseconds longest{0};
  for (std::size_t shard = 0; shard < shards; ++shard) longest = std::max(longest, writers.longest_pause(shard));
  return longest;
}

void show_progress(Screen& screen, const Writers& writers, std::size_t shards) {
  std::string text = "  " + tour::with_commas(writers.acknowledged()) + " writes ok  " +
                     std::to_string(writers.errors()) + " errors  longest pause";
  if (shards > 3) {
    text += " " + in_words(longest_pause(writers, shards));
  } else {
    for (std::size_t shard = 0; shard < shards; ++shard) {
      text += "  " + std::to_string(shard + 1) + ": " + in_words(writers.longest_pause(shard));
    }
  }
  screen.live_line(text);
}

/// Shows the counters until `done` says so. @return false when that took longer than `limit`.
template <class Done>
bool watch(Screen& screen, const Writers& writers, std::size_t shards, std::chrono::milliseconds limit, Done done) {
  const auto end = Writers::Clock::now() + limit;
  while (!done()) {
    if (interrupted != 0) throw std::runtime_error("interrupted");
    if (Writers::Clock::now() >= end) return false;
    show_progress(screen, writers, shards);
    std::this_thread::sleep_for(50ms);
  }
  return true;
}

/// Kills the primary of the middle shard and waits until its replica serves and the writers have got through to it.
void kill_and_watch(Screen& screen, LocalCluster& servers, const Topology& topology, const Writers& writers) {
  const std::size_t shards = topology.shards().size();
  const std::size_t victim_shard = shards / 2;
  const tour::Shard& shard = topology.shards()[victim_shard];
  const int victim = servers.find_node(shard.primary.id).value();
  const int slot = shard.primary.slots.front().start;
  watch(screen, writers, shards, before_kill, [] { return false; });

  servers.kill(victim);
  const auto killed = Writers::Clock::now();
  const auto since_kill = [&] {
    return std::chrono::duration_cast<std::chrono::milliseconds>(Writers::Clock::now() - killed);
  };
  screen.line("  " + screen.paint("kill -9", Screen::Colour::red) + "   primary of shard " +
              std::to_string(victim_shard + 1) + ", " + tour::address_of(shard.primary) + ". The writes go on.");
  const std::size_t before = writers.acknowledged_on(victim_shard);
  std::vector<rediscluster::NodeAddress> others;
  for (const auto& replica : shard.replicas) others.push_back({replica.host, replica.port});
  SlotProbe probe(others, slot);
  if (!watch(screen, writers, shards, takeover_limit, [&] { return probe.ask().has_value(); })) {
    throw std::runtime_error("the replica did not take over within " + in_words(takeover_limit));
  }
  screen.line("  " + screen.paint("takeover", Screen::Colour::green) + "  the replica serves the shard " +
              in_words(since_kill()) + " after the kill (the servers' own time, node timeout " +
              in_words(node_timeout) + ")");
  watch(screen, writers, shards, takeover_limit, [&] { return writers.acknowledged_on(victim_shard) > before + 1; });
  screen.line("  " + screen.paint("resumed", Screen::Colour::green) + "   the waiting write got through " +
              in_words(since_kill()) + " after the kill; errors so far: " + std::to_string(writers.errors()));
  watch(screen, writers, shards, after_takeover, [] { return false; });
}

/// Reads every acknowledged key. @return how many did not hold what was written.
std::size_t count_unreadable(RedisCluster& cluster, const std::vector<std::size_t>& numbers) {
  std::size_t wrong = 0;
  for (std::size_t first = 0; first < numbers.size(); first += read_batch) {
    std::vector<std::string> keys;
    for (std::size_t i = first; i < std::min(first + read_batch, numbers.size()); ++i)
      keys.push_back(Writers::key_of(numbers[i]));
    const auto values = cluster.mget(keys);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (values.at(i) != std::to_string(numbers[first + i])) ++wrong;
    }
  }
  return wrong;
}

void remove_keys(RedisCluster& cluster, const std::vector<std::size_t>& numbers) {
  cluster.del(std::vector<std::string>{"tour:name", "tour:visits"});
  for (std::size_t first = 0; first < numbers.size(); first += read_batch) {
    std::vector<std::string> keys;
    for (std::size_t i = first; i < std::min(first + read_batch, numbers.size()); ++i)
      keys.push_back(Writers::key_of(numbers[i]));
    cluster.unlink(keys);
  }
}

/// @param servers  null on a foreign cluster: nothing is killed there.
/// @param tidy     the cluster lives on, so the keys are removed again.
/// @return         true when all is well.
bool write_through_failure(Screen& screen, RedisCluster& cluster, const Topology& topology, LocalCluster* servers,
                           bool tidy) {
  const std::size_t shards = topology.shards().size();
  screen.heading(servers != nullptr ? "A primary is killed while " + std::to_string(shards) +
                                          " threads write, one a shard, through one client"
                                    : std::to_string(shards) + " threads write, one a shard, through one client");
  Writers writers(cluster, topology);
  if (servers != nullptr) {
    kill_and_watch(screen, *servers, topology, writers);
  } else {
    watch(screen, writers, shards, on_foreign_cluster, [] { return false; });
  }
  writers.stop();
  const auto numbers = writers.written();
  const std::size_t unreadable = count_unreadable(cluster, numbers);
  const bool good = unreadable == 0 && writers.errors() == 0 && !numbers.empty();
  screen.line("  " + screen.paint(good ? "\u2713 " : "\u2717 ", good ? Screen::Colour::green : Screen::Colour::red) +
              tour::with_commas(numbers.size()) + " writes acknowledged, " + std::to_string(writers.errors()) +
              " errors, " + tour::with_commas(unreadable) + " not readable, longest pause " +
              in_words(longest_pause(writers, shards)));
  if (writers.errors() != 0) screen.line("    first error: " + writers.first_error());
  if (tidy) remove_keys(cluster, numbers);
  return good;
}

void say_farewell(Screen& screen, const Choice& choice, LocalCluster* servers) {
  screen.heading("What to try next");
  if (servers != nullptr && choice.keep) {
    std::string pids;
    for (const pid_t pid : servers->pids()) pids += " " + std::to_string(pid);
    servers->keep();
    screen.line("  The cluster runs on:   " + servers->url());
    screen.line("  Look into it:          redis-cli -c -u " + servers->url());
    screen.line("  The tour on it:        ./quickstart --url " + servers->url());
    screen.line("  Stop it:               kill" + pids);
    screen.line("  Its files:             " + servers->node(0).server().folder().string() + " and " +
                std::to_string(servers->size() - 1) + " more beside it");
    return;
  }
  screen.line("  ./quickstart --keep                      leaves a cluster running to play with");
  screen.line("  ./quickstart --url redis://host:port     the same tour on your cluster, nothing killed");
  screen.line("  examples/                                small programs to start from");
  screen.line("  ./test                                   builds and runs the tests");
}

bool run_tour(const Choice& choice) {
  Screen screen;
  std::unique_ptr<LocalCluster> servers;
  std::string url = choice.url;
  if (url.empty()) {
    screen.line("Starting 3 primaries and 3 replicas on free loopback ports ...");
    servers = std::make_unique<LocalCluster>(
        rediscluster::testing::LocalClusterOptions{.node_timeout = node_timeout, .keep_running = choice.keep});
    url = servers->url();
  }
  RedisCluster cluster = RedisCluster::from_url(url, {.resend = rediscluster::Resend::idempotent_writes});

  const Topology topology(cluster.cluster_nodes());
  screen.heading("The cluster: " + std::to_string(topology.shards().size()) + " shards share 16384 slots");
  topology.draw(screen);
  single_keys(screen, cluster, topology);
  many_keys(screen, cluster, topology);
  const bool good = write_through_failure(screen, cluster, topology, servers.get(), servers == nullptr || choice.keep);
  if (servers != nullptr) {
    screen.heading("The cluster afterwards");
    Topology(cluster.cluster_nodes()).draw(screen);
    if (choice.keep) {
      screen.line("  The killed server is started again, as a replica.");
      for (int node = 0; node < servers->size(); ++node) {
        if (!servers->node(node).can_answer()) servers->restart(node);
      }
      servers->wait_until_ok();
    }
  }
  say_farewell(screen, choice, servers.get());
  return good;
}

}  // namespace

int main(int argc, char** argv) try {
  std::signal(SIGINT, [](int) { interrupted = 1; });
  const Choice choice = read_arguments(argc, argv);
  return run_tour(choice) ? 0 : 1;
} catch (const std::exception& problem) {
  std::fprintf(stderr, "\ntour: %s\n", problem.what());
  return 1;
}
