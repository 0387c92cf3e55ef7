/// Notes the moment a slot is served again (T_up), seen by a witness that is not the client under test.
/// Starts asking when made, on a thread of its own that is joined at the end.
#pragma once

#include <atomic>
#include <chrono>
#include <future>
#include <optional>
#include <rediscluster/testing/local_cluster.hpp>
#include <thread>
#include <vector>

namespace rediscluster::testing {

class SlotWatch {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// @param except  a node that is not asked: the one about to fall. -1: none.
  SlotWatch(const LocalCluster& cluster, int slot, int except = -1, std::string password = "") {
    std::vector<NodeAddress> nodes;
    for (int index = 0; index < cluster.size(); ++index) {
      if (index != except) nodes.push_back(cluster.node(index).address());
    }
    seen_ = served_at_.get_future();
    thread_ = std::thread(
        [this, slot, nodes = std::move(nodes), secret = std::move(password)] { watch(nodes, slot, secret); });
  }

  ~SlotWatch() {
    is_stopping_ = true;
    thread_.join();
  }

  SlotWatch(const SlotWatch&) = delete;
  SlotWatch& operator=(const SlotWatch&) = delete;

  /// When a node first answered OK to a write; empty: none did within the timeout. Ask once.
  std::optional<TimePoint> served_at(std::chrono::milliseconds timeout) {
    if (seen_.wait_for(timeout) != std::future_status::ready) return std::nullopt;
    return seen_.get();
  }

 private:
  void watch(const std::vector<NodeAddress>& nodes, int slot, const std::string& password) {
    SlotProbe probe(nodes, slot, password);
    while (!is_stopping_) {
      if (probe.ask()) return served_at_.set_value(std::chrono::steady_clock::now());
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  std::promise<TimePoint> served_at_;
  std::future<TimePoint> seen_;
  std::atomic<bool> is_stopping_ = false;
  std::thread thread_;
};

}  // namespace rediscluster::testing
