/// What the handshakes with one server have taught, so that it is not told again what it refuses: refusals stand in its
/// errorstats and its ACL log, and people are woken by those. Thread-safe.
#pragma once

#include "link/handshake.hpp"

#include <atomic>
#include <mutex>
#include <string>

namespace rediscluster::cluster {

class ServerMemory {
 public:
  /// As far as we know.
  bool knows_hello() const { return knows_hello_.load(std::memory_order_relaxed); }

  /// Takes out of the handshake what the server would refuse.
  void adapt(link::HandshakeOptions& options) const {
    std::lock_guard lock{mutex_};
    if (refuses_library_) options.library_version.clear();
  }
  /// A handshake is done.
  void note(const link::Handshake& handshake, int wanted_protocol) {
    if (handshake.protocol() < wanted_protocol) knows_hello_.store(false, std::memory_order_relaxed);
    std::lock_guard lock{mutex_};
    // Another version may know more. It is heard of by a handshake that still leaves out the name; the next one says it.
    refuses_library_ = handshake.refused_library() || (refuses_library_ && handshake.server_version() == version_);
    version_ = handshake.server_version();
  }

 private:
  std::atomic<bool> knows_hello_{true};
  mutable std::mutex mutex_;  // guards what follows
  bool refuses_library_ = false;
  std::string version_;
};

}  // namespace rediscluster::cluster
