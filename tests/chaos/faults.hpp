/// What befalls the servers: one thing after another, several at a time, each with an end. One thread.
#pragma once

#include "chaos/play.hpp"

#include <rediscluster/testing/local_cluster.hpp>

#include <functional>
#include <map>
#include <random>

namespace chaos {

class Faults {
 public:
  /// @param has_netem  `tc netem` works here, on a loopback device that nobody else uses.
  Faults(rediscluster::testing::LocalCluster& cluster, std::uint64_t seed, bool has_netem);

  /// Goes on for so long.
  void rage(std::chrono::milliseconds span);
  /// Everything that was done to the servers comes to its end. Throws ServerError when they do not recover.
  void heal();
  /// How often each was done, as text.
  std::string told() const;

 private:
  struct Kind {
    const char* name;
    unsigned weight;
    void (Faults::*befall)();
  };
  static const std::vector<Kind>& kinds();
  void one();
  void kill();
  void shut_down();
  void stop();
  void fail_over();
  void migrate();
  void cut();
  void slow_down();
  void later(milliseconds most, std::function<void()> what);
  void do_what_is_due();
  void restart(int node);
  void fix_slots();
  int any_node() { return static_cast<int>(below(static_cast<std::size_t>(cluster_.size()))); }
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_() % bound); }

  rediscluster::testing::LocalCluster& cluster_;
  std::mt19937_64 random_;
  const bool has_netem_;
  std::multimap<Clock::time_point, std::function<void()>> due_;
  std::map<std::string, int> done_;
  bool has_open_slots_ = false;
};

}  // namespace chaos
