/// A living cluster with reactors beside it: the one way of an operation into them, and the end of all. Thread-safe.
#pragma once

#include "cluster/cluster.hpp"
#include "cluster/flight/wing.hpp"

#include <rediscluster/async/async_options.hpp>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace rediscluster::cluster {

class AsyncCluster {
 public:
  /// @param cluster  outlives it.
  /// @param loop     of the user's, instead of threads of ours; null: none.
  /// Errors: std::system_error, when the process has no descriptors or threads left.
  AsyncCluster(Cluster& cluster, const AsyncOptions& options, std::unique_ptr<Loop> loop = nullptr);
  /// Before anything is begun: the cluster's background work is done here. Of several that were made for one cluster at the same time (by
  /// threads of a child after fork()) one is adopted, and the others are destroyed. Any thread.
  void adopt();
  bool is_adopted() const { return is_adopted_.load(std::memory_order_acquire); }
  ~AsyncCluster() { close(); }
  AsyncCluster(const AsyncCluster&) = delete;
  AsyncCluster& operator=(const AsyncCluster&) = delete;

  Cluster& cluster() { return cluster_; }
  const AsyncOptions& options() const { return options_; }
  /// The deck for who calls: of his own reactor, when he is on one.
  FlightDeck& deck() { return wings_.size() == 1 ? wings_.front()->deck() : deck_of_caller(); }
  /// For calls that block.
  Crew& workers() { return workers_; }
  /// Whether the calling thread drives a reactor of ours, or works for one: it must not wait for the end of either.
  bool is_own_thread() const;
  /// Has a function called that waits for the end of a reactor whose thread the calling one is, or that works for one: when this turn is
  /// over, or by another thread. Errors: those of start_thread().
  Result<void> call_outside(std::function<void()> function);
  /// Nothing new begins, and what is under way ends soon. Any thread.
  void begin_close() noexcept;
  /// Ends everything, and returns when all has had its end. Not on a thread of its own.
  void close() noexcept;

 private:
  Cluster& cluster_;
  const AsyncOptions options_;
  Crew helpers_;  // for dial and credentials of the user's
  Crew workers_;
  std::vector<std::unique_ptr<Wing>> wings_;
  FlightDeck& deck_of_caller();
  void end_everything() noexcept;

  std::atomic<bool> is_adopted_{false};
  std::atomic<bool> is_closing_{false};
  std::mutex close_mutex_;  // guards what follows
  std::condition_variable close_changed_;
  enum class End : std::uint8_t { none, under_way, over } end_ = End::none;
  std::thread::id closer_;  // while it is under way
};

}  // namespace rediscluster::cluster
