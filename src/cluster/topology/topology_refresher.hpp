/// Keeps the topology true: asks a random node for the cluster's view when somebody has a reason, and now and then when
/// nobody has. One refresh at a time, rate-limited, jittered, on a thread of its own and never in a caller's way.
/// The same thread looks after silent nodes: a stalled node is a reason to ask, and a stalled node that has lost its
/// slots is cut off, so that those who wait for it can go on; idle connections to nodes that no topology names are ended.
///
/// A view is adopted only after review (slots/review.hpp): a doubtful one needs a second, equal one.
/// Thread-safe.
#pragma once

#include "base/random.hpp"
#include "cluster/topology/topology.hpp"
#include "slots/review.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

namespace rediscluster::cluster {

class TopologyRefresher {
 public:
  TopologyRefresher(const Config& config, NodeTable& nodes, Topology& topology, std::uint64_t random_seed);
  ~TopologyRefresher();

  /// Asks the startup nodes until one tells a usable view. Called once, before start(), or by the first command.
  /// Errors: Errc::no_reachable_node listing each startup node with its own reason; not_cluster_mode when all say so.
  Result<void> initialise(base::Deadline deadline);
  /// Lets the background thread begin. Errors: Errc::connect_failed when the system gives no more threads.
  Result<void> start();
  /// Ends it; waits at most for one question under way, and not at all when it is this thread itself (in a hook of the
  /// user's) that ends it. May be called twice.
  void stop();
  /// Somebody has a reason to doubt the topology. Never blocks.
  void request();
  /// A slot has moved: request(), or when the user set reinitialize_steps, at every so-manieth of these. Never blocks.
  void note_moved();
  /// Refreshes finished so far, for tests and counters.
  std::uint64_t rounds() const { return rounds_.load(std::memory_order_relaxed); }

 private:
  Result<void> make_thread();
  void run();
  void round();
  void watch_health(base::TimePoint now);
  void watch_waiting(base::TimePoint now);
  void retire_nodes(base::TimePoint now);
  void adopt(const Node& source, const slots::ClusterView& view, base::TimePoint begin);
  bool consider(Node& source, slots::ClusterView view, base::TimePoint begin);
  std::vector<Node*> candidates();
  base::Duration least_interval() const;
  bool names_known_node(const slots::ClusterView& view) const;

  const Config& config_;
  NodeTable& nodes_;
  Topology& topology_;

  std::mutex mutex_;  // guards wanted_, started_, stopping_, thread_
  std::condition_variable wake_;
  bool wanted_ = false;
  bool started_ = false;  // until then the thread only waits
  bool stopping_ = false;
  std::atomic<std::uint64_t> rounds_{0};
  std::atomic<std::uint32_t> moves_{0};
  std::thread thread_;

  // The background thread's own (initialise() runs before it starts).
  base::Random random_;
  base::TimePoint next_look_at_waiting_{};
  base::TimePoint next_retirement_{};
  int fruitless_rounds_ = 0;  // in a row, without a change of the topology
  std::optional<slots::ClusterView> doubtful_;
  int doubtful_votes_ = 0;
  const Node* doubtful_source_ = nullptr;
};

}  // namespace rediscluster::cluster
