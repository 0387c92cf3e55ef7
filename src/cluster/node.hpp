/// One server of the cluster with its lanes. Lives until the client dies, also after it has left the cluster, so that a
/// pointer to it never dangles. Thread-safe.
#pragma once

#include "base/random.hpp"
#include "cluster/config.hpp"
#include "cluster/lane_pool.hpp"

namespace rediscluster::cluster {

class Node {
 public:
  Node(NodeAddress address, const Config& config, std::uint64_t random_seed);

  const NodeAddress& address() const { return address_; }
  LanePool& lanes() { return lanes_; }
  /// Ends all connections for good, those that are being made included.
  void close();

  /// Whether some shared lane has waited this long for its oldest reply.
  bool is_stalled(base::TimePoint now, base::Duration limit);
  /// Whether the last attempt to connect failed.
  bool is_unreachable() const { return failures_in_a_row_.load(std::memory_order_relaxed) > 0; }

 private:
  Result<net::Socket> dial(base::Deadline deadline);
  Result<net::Socket> connect(base::Deadline deadline) const;
  void note_failure(const Error& error, base::TimePoint now);

  const NodeAddress address_;
  const Config& config_;
  std::atomic<int> failures_in_a_row_{0};
  std::atomic<bool> closing_{false};
  std::mutex dial_mutex_;  // guards what follows
  base::Random random_;
  base::TimePoint next_attempt_{};
  Error last_failure_;
  LanePool lanes_;  // last: its lanes call dial()
};

}  // namespace rediscluster::cluster
