/// A subscriber of a simulated client, and what it must have heard: each message once, in the order of its node, and each that it missed
/// in a gap that it was told of.
#pragma once

#include "simulation/oracle.hpp"
#include "simulation/task.hpp"

#include <rediscluster/async.hpp>

#include <map>
#include <optional>
#include <set>

namespace rediscluster::simulation {

class Listener {
 public:
  Listener(World& world, Oracle& oracle, const Ledger& ledger, const AsyncRedisCluster& redis) : world_(world), oracle_(oracle), ledger_(ledger), redis_(redis) {}
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Listens until the client is closed.
  void begin() { listen(tasks_); }
  bool is_over() const { return tasks_.under_way == 0; }
  /// A caller has published this.
  void published(const Call& call, const std::string& channel) { published_.push_back({&call, channel}); }
  /// When all messages that will come have come: what was missed.
  void judge();

  /// Those that are published to: two of all nodes, and some of a slot each.
  static std::string channel(std::size_t number) { return (number < 2 ? "news" : "s") + std::to_string(number); }
  static bool is_sharded(std::size_t number) { return number >= 2; }
  static constexpr std::size_t channels = 6;

 private:
  struct Published {
    const Call* call;
    std::string channel;
  };
  struct Heard {
    std::optional<base::TimePoint> since{};   // it was confirmed
    std::set<std::string> texts{};
    base::TimePoint last_gap{};
    std::map<int, std::uint64_t> last_of_node{};  // what each that was published to has run, in the order of the world
  };
  Task listen(Tasks& tasks);
  void hear(const Message& message);
  void judge_order(Heard& heard, const Token& token, const std::string& channel);

  World& world_;
  Oracle& oracle_;
  const Ledger& ledger_;
  const AsyncRedisCluster& redis_;
  Tasks tasks_;
  std::map<std::string, Heard> heard_;  // by channel
  std::vector<Published> published_;
};

}  // namespace rediscluster::simulation
