/// What others leave for the thread of a pub/sub object: that the topology has changed, credentials to be said, or only that
/// it should look up. What a listener's last call touches may outlive the object. Thread-safe.
#pragma once

#include "cluster/cluster.hpp"
#include "net/poller.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>

namespace rediscluster::cluster {

class PumpMail {
 public:
  /// Where the thread waits; woken when there is mail.
  net::Poller& poller() const { return box_->poller; }

  /// From now on the cluster leaves its news here, until stop_listening(). Not by two threads at once.
  void listen_to(Cluster& cluster);
  void stop_listening();

  /// Whether the topology has changed since the last time; true at first.
  bool take_topology_change() { return box_->topology_changed.exchange(false, std::memory_order_acq_rel); }
  /// Credentials that came since the last time; null: none.
  std::shared_ptr<const Login> take_login();

 private:
  struct Box {
    net::Poller poller;
    std::atomic<bool> topology_changed{true};
    std::mutex mutex;  // guards login
    std::shared_ptr<const Login> login;  // shared with other listeners
  };
  const std::shared_ptr<Box> box_ = std::make_shared<Box>();  // with the listeners
  Cluster* cluster_ = nullptr;  // that is listened to
  int topology_listener_ = 0;
  int login_listener_ = 0;
};

}  // namespace rediscluster::cluster
