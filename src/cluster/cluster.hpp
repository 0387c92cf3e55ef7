/// The living cluster: topology, nodes and refresher, and the one way a command takes through them.
/// Thread-safe: one object serves all threads of a client.
#pragma once

#include "cluster/nodes/login.hpp"
#include "cluster/run/block_run.hpp"
#include "cluster/run/call.hpp"
#include "cluster/run/caller_limits.hpp"
#include "cluster/run/run_errands.hpp"
#include "cluster/run/pipeline_run.hpp"
#include "cluster/run/single_run.hpp"
#include "commands/well_formed.hpp"
#include "routing/plan.hpp"

#include <rediscluster/types/cluster.hpp>

namespace rediscluster::cluster {

class Cluster {
 public:
  explicit Cluster(Config config);
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  /// Finds the cluster through the startup nodes and starts the background work.
  /// Errors: see TopologyRefresher::initialise.
  Result<void> connect();

  /// Before connect(): its background work is done by a fiber there, instead of by a thread.
  void run_background_on(base::FiberHost& host) { refresher_.run_on(host); }

  /// Runs a command to its end. On success call.reply() is a reply that is no error.
  Result<void> execute(const EncodedCommand& command, Call& call, const CallOptions& options = {});

  /// Who runs a command asynchronously, by where it goes.
  struct AsyncWay {
    enum class Kind : std::uint8_t {
      one_place,  ///< As SingleRun does: to `slot`, or any node.
      parts,      ///< As FanOut does, by `plan`.
      thread,     ///< It takes more than that, or is to be refused: execute() says.
    };
    Kind kind = Kind::thread;
    int slot = Course::any_slot;
    routing::Plan::Kind plan = routing::Plan::Kind::slot;
    std::optional<int> channel{};  ///< Any node may take it, that of this slot's way first (way_of_channel).
  };
  AsyncWay async_way_of(const EncodedCommand& command) const;

  /// Runs a command on several nodes at the same time, each to its own end.
  /// Errors: what kept it from being sent at all.
  Result<std::vector<Errand>> execute_on_each(const EncodedCommand& command, NodeGroup group);

  /// Runs many commands at the same time, each to its own end.
  /// @param ends    one per command; where one is an error already, the command is not sent.
  /// @param keeper  keeps the bytes of the replies, and must outlive them.
  /// Errors: none of its own: what concerns all of them is the end of each.
  void execute_pipeline(std::span<const CommandView> commands, std::span<CommandEnd> ends, base::BlockKeeper& keeper, const BatchOptions& options);

  /// Runs commands between MULTI and EXEC, on a shared connection to the node of the slot.
  /// @param slot  of their keys, or Course::any_slot.
  /// Errors: none of them has run unless the error says maybe_executed; single commands may have ended in errors.
  Result<BlockEnds> execute_block(std::span<const CommandView> commands, int slot, base::Deadline deadline);

  /// Connects for the first time where that has not happened; where another thread does it, waits for that one.
  /// Errors: those of connect(), of that one, too; Errc::not_allowed inside a hook; timed_out, cancelled.
  Result<void> check_ready(base::Deadline deadline, const std::stop_token* stop = nullptr);

  /// Errors: Errc::not_allowed for a command that writes, with options.readonly_mode; those of check_well_formed().
  Result<void> check_allowed(const EncodedCommand& command) const;
  /// Whether nothing speaks against the command, and its slot is known, at one glance. False: it has to be looked at.
  bool is_plain(const EncodedCommand& command) const {
    return command.slot() >= 0 && (command.facts().flags & flags_to_look_at_) == 0 && !command.block_for() &&
           is_well_formed(command, config_.options.max_argument_bytes);
  }
  /// Until when a command that begins now may take: what a blocking one waits on its server comes on top of
  /// options.command_timeout, not of a timeout that was given for this call.
  base::Deadline deadline_for(const EncodedCommand& command, const CallOptions& options, base::TimePoint now = base::Clock::now()) const {
    const bool is_usual = !options.timeout && !options.beside_wait && !command.block_for();
    return is_usual ? CallerLimits::deadline(now, std::nullopt, usual_timeout_) : special_deadline(command, options, now);
  }

  const Surroundings& surroundings() const { return surroundings_; }
  /// Asks for credentials and says them on the connections that are open. Errors: see reauthenticate().
  Result<void> refresh_credentials();
  /// Who has connections of his own, to say new credentials on.
  LoginListeners& login_listeners() { return login_listeners_; }

  const Config& config() const { return config_; }
  Topology& topology() { return topology_; }
  const Topology& topology() const { return topology_; }
  TopologyRefresher& refresher() { return refresher_; }
  NodeTable& nodes() { return nodes_; }
  /// Ends all connections; calls under way and later ones fail with client_closed.
  void close();
  /// What has happened so far, and what is under way.
  ClientStats stats();
  /// For who has waited in vain for the cluster to be found, and why it was not.
  Error still_connecting(std::string_view who);
  /// Whether the cluster was found.
  bool is_connected() const { return connected_.load(std::memory_order_acquire); }
  bool is_closed() const { return closed_.load(std::memory_order_acquire); }

 private:
  class ConnectingTurn;
  Result<void> ensure_connected(base::Deadline deadline, const std::stop_token& stop);
  Result<void> await_connecting(std::unique_lock<std::mutex>& lock, base::Deadline deadline, const std::stop_token& stop);
  Result<void> execute_planned(const EncodedCommand& command, Call& call, base::Deadline deadline, const CallOptions& options);
  Result<void> run_single(const EncodedCommand& command, Call& call, int slot, base::Deadline deadline, const CallOptions& options);
  base::Deadline special_deadline(const EncodedCommand& command, const CallOptions& options, base::TimePoint now) const;
  base::Duration beside_wait(const CallOptions& options) const;
  Result<void> publish(const EncodedCommand& command, Call& call, int slot, base::Deadline deadline, const CallOptions& options);
  Result<void> admit(const EncodedCommand& command, base::Deadline deadline, const std::stop_token* stop = nullptr);
  Result<void> prepare(base::Deadline deadline, const std::stop_token* stop);

  const Config config_;
  LoginListeners login_listeners_;
  NodeTable nodes_;
  Topology topology_;
  TopologyRefresher refresher_;
  std::mutex connect_mutex_;  // guards connecting for the first time: the next four
  base::Condition connecting_changed_;
  bool is_connecting_ = false;
  std::uint64_t failed_attempts_ = 0;
  Error last_failure_;
  std::atomic<bool> connected_{false};
  std::atomic<bool> is_ready_{false};  // connected, and with no hooks that might be running us
  std::atomic<bool> closed_{false};
  base::Quota helpers_{32};  // enough for two callers that connect to many nodes; others take turns with themselves
  const Surroundings surroundings_;
  const base::Duration usual_timeout_;       // options.command_timeout
  const std::uint32_t flags_to_look_at_;     // of commands that are not plain
};

}  // namespace rediscluster::cluster
