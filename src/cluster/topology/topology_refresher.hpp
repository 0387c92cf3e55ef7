/// Keeps the topology true: asks a random node for the cluster's view when somebody has a reason, and now and then when
/// nobody has. One round of questions at a time, rate-limited, jittered, on a thread of its own and never in a caller's way. A node
/// that does not answer soon is not waited for, but its answer counts when it comes: another one is asked beside it.
/// The same thread looks after the nodes (NodeWatch).
///
/// A view is adopted only after review (slots/review.hpp): a doubtful one needs a second, equal one.
/// Thread-safe.
#pragma once

#include "base/condition.hpp"
#include "base/flow.hpp"
#include "base/random.hpp"
#include "cluster/topology/node_watch.hpp"
#include "cluster/topology/return_witnesses.hpp"
#include "cluster/topology/seed_hunt.hpp"
#include "slots/review.hpp"

#include <list>
#include <mutex>
#include <optional>
#include <stop_token>

namespace rediscluster::cluster {

class TopologyRefresher {
 public:
  TopologyRefresher(const Config& config, NodeTable& nodes, Topology& topology, std::uint64_t random_seed);
  ~TopologyRefresher();

  /// Asks the startup nodes until one tells a usable view (SeedHunt), and while one of them is loading its data all of them again. Called before start(), by one
  /// thread at a time.
  /// Errors: wrong_password, no_auth or no_permission of a startup node that refused us; not_cluster_mode or tls_failed when all say
  /// so; Errc::no_reachable_node. Each lists all startup nodes, with the reason of each.
  Result<void> initialise(base::Deadline deadline, const std::stop_token& stop);
  /// Lets the background thread begin. Errors: Errc::connect_failed when the system gives no more threads.
  Result<void> start();
  /// What kept the startup nodes from telling a view the last time; empty: nothing yet.
  std::string last_trouble();
  /// Before anything else: it runs as a fiber there, and not on a thread of its own.
  void run_on(base::FiberHost& host) { host_ = &host; }
  /// Ends it; waits at most for one connection under way that does not notice the end of its node, and not at all when it is this thread itself (in a hook of the
  /// user's) that ends it. May be called twice.
  void stop();
  /// Somebody has a reason to doubt the topology. Never blocks.
  void request();
  /// A slot has moved: request(), or when the user set reinitialize_steps, at every so-manieth of these. Never blocks.
  void note_moved();
  /// Refreshes finished so far, for tests and counters.
  std::uint64_t rounds() const { return rounds_.load(std::memory_order_relaxed); }

 private:
  using Lock = std::unique_lock<std::mutex>;
  /// Asks startup nodes beside the first caller (SeedHunt), on a thread of its own.
  struct Helper {
    base::Flow thread{};
    std::atomic<bool> is_done{false};
  };
  enum class Helpers : std::uint8_t { all, done };

  Result<void> make_thread();
  bool rest_before_hunt(base::Deadline deadline, const std::stop_token& stop);
  Result<SeedHunt::Found> hunt(base::Deadline deadline, const std::stop_token& stop);
  void note_failed_hunt(const SeedHunt& hunt);
  void begin_hunt(std::shared_ptr<SeedHunt> hunt);
  std::string what_is_wrong_with(const slots::ClusterView& view) const;
  void assist(Lock& lock);
  bool begin_to_help(Helper& helper, const std::shared_ptr<SeedHunt>& hunt, SeedHunt::Seed& claimed);
  std::list<Helper> take_helpers(Helpers which);
  void run();
  void take_turn(Lock& lock);
  void note_thrown(Lock& lock, const char* what);
  void round();
  bool ask(Node& node, std::string& reason);
  int questions_to(const Node& node) const;
  bool may_be_asked(const Node& node) const;
  bool hear(std::string& reason);
  bool take_answer(const ViewQuestion& question, std::string& reason);
  bool is_stopping();
  void adopt(const Node& source, const slots::ClusterView& view, base::TimePoint begin, const slots::SlotSet& kept = {});
  bool consider(Node& source, slots::ClusterView view, base::TimePoint begin);
  std::vector<Node*> candidates();
  base::Duration least_interval() const;
  bool names_known_node(const slots::ClusterView& view) const;

  const Config& config_;
  NodeTable& nodes_;
  Topology& topology_;
  base::FiberHost* host_ = nullptr;  // null: a thread

  std::mutex mutex_;  // guards what follows, but for the counters
  base::Condition wake_;
  bool wanted_ = false;
  bool started_ = false;  // until then the thread only waits
  bool stopping_ = false;
  std::atomic<std::uint64_t> rounds_{0};
  std::atomic<std::uint32_t> moves_{0};
  base::Flow thread_;
  std::shared_ptr<SeedHunt> hunt_;    // under way, shared with its helpers; null: none
  std::list<Helper> helpers_;         // of hunts; ended by the next hunt if they are done, or by stop()
  // Written by who is in initialise() only.
  std::optional<Error> last_failure_;
  bool is_loading_ = false;           // a startup node, at the last hunt
  int failed_hunts_ = 0;
  base::TimePoint next_hunt_{};       // not before

  // The background thread's own (initialise() runs before it starts).
  base::Random random_;
  base::TimePoint last_round_{};
  NodeWatch watch_;
  std::vector<std::unique_ptr<ViewQuestion>> questions_;  // under way, the oldest first
  base::TimePoint heard_since_{};  // when the question that the topology is from was asked: answers to older ones are of no interest
  int fruitless_rounds_ = 0;  // in a row, without a change of the topology
  ReturnWitnesses returns_;
  std::optional<slots::ClusterView> doubtful_;
  int doubtful_votes_ = 0;
  const Node* doubtful_source_ = nullptr;
};

}  // namespace rediscluster::cluster
