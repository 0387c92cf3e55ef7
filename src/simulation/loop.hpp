/// The event loop of a simulated client: its descriptors are the simulated network's, its time is the world's.
#pragma once

#include "simulation/network.hpp"

#include <rediscluster/async/loop.hpp>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

namespace rediscluster::simulation {

class SimLoop {
 public:
  SimLoop(World& world, Network& network) : world_(world), network_(network) {}
  SimLoop(const SimLoop&) = delete;
  SimLoop& operator=(const SimLoop&) = delete;

  /// For the client, which owns it. This outlives it.
  std::unique_ptr<Loop> handle();
  /// One turn, if there is something to do now. False: there is not.
  bool turn();
  /// When it wants one by itself.
  base::TimePoint next_turn() const { return client_ == nullptr ? base::TimePoint::max() : next_turn_; }
  /// It may have become ready.
  void look_at(int descriptor) { candidates_.insert(descriptor); }

 private:
  class Handle;
  struct Watch {
    Loop::Watched* watched;
    bool wants_writable = false;
  };
  bool tell_who_is_ready();

  World& world_;
  Network& network_;
  Loop::Client* client_ = nullptr;
  std::map<int, Watch> watches_;  // by descriptor, which is the seed's
  std::set<int> candidates_;  // may be ready: told of, or ready the last time and perhaps not used up
  std::vector<std::pair<int, short>> ready_;
  base::TimePoint next_turn_ = base::TimePoint::min();
  bool is_woken_ = false;
  std::vector<std::function<void()>> after_turn_;
  bool turns_ = false;
};

}  // namespace rediscluster::simulation
