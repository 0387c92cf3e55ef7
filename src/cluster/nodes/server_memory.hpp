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

  /// Whether it drops a command whose wait somebody ended; others may run it yet, see wire::was_unblocked_by_somebody().
  /// Changed in Redis 7.2, seen in 8.0 and Valkey 8.1.
  bool drops_unblocked() const { return drops_unblocked_.load(std::memory_order_relaxed); }

  /// Takes out of the handshake what the server would refuse.
  void adapt(link::HandshakeOptions& options) const {
    std::lock_guard lock{mutex_};
    if (!refusing_version_.empty() && refused_user_ == options.username) options.library_version.clear();
  }
  /// A handshake of this user is done.
  void note(const link::Handshake& handshake, int wanted_protocol, const std::string& user) {
    using Library = link::Handshake::Library;
    if (handshake.protocol() < wanted_protocol) knows_hello_.store(false, std::memory_order_relaxed);
    drops_unblocked_.store(major_version(handshake.server_version()) >= 8, std::memory_order_relaxed);
    std::lock_guard lock{mutex_};
    if (handshake.library() == Library::refused) {
      refusing_version_ = handshake.server_version();  // none: then nobody could tell when it is another one
      refused_user_ = user;
    } else if (handshake.library() == Library::taken || handshake.server_version() != refusing_version_) {
      // Another version may know more. A handshake that leaves out the name hears of it, and the next one says it.
      refusing_version_.clear();
    }
  }

 private:
  // 0: it said none.
  static int major_version(const std::string& version) {
    int major = 0;
    for (std::size_t i = 0; i < version.size() && i < 3 && version[i] >= '0' && version[i] <= '9'; ++i) major = major * 10 + (version[i] - '0');
    return major;
  }

  std::atomic<bool> knows_hello_{true};
  std::atomic<bool> drops_unblocked_{false};
  mutable std::mutex mutex_;  // guards what follows
  std::string refusing_version_;  // of the server when it refused the library's name; empty: it has not
  std::string refused_user_;
};

}  // namespace rediscluster::cluster
