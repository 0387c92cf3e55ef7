/// A whole cluster of real servers on free loopback ports, made within about two seconds, gone with this object.
/// One thread at a time may change it (kill, stop, failover, move ...); address(), call(), seeds() and url() may be
/// called by any thread meanwhile. Everything throws ServerError when the servers do not do what was asked. Linux.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <rediscluster/testing/local_server.hpp>
#include <rediscluster/testing/slot_move.hpp>
#include <rediscluster/testing/slot_probe.hpp>
#include <rediscluster/testing/wait_until.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace rediscluster::testing {

struct LocalClusterOptions {
  int primaries = 3;
  int replicas_per_primary = 1;
  std::chrono::milliseconds node_timeout{2000};  ///< cluster-node-timeout: a dead node is noticed after this.
  bool require_full_coverage = false;            ///< true: one uncovered slot stops the whole cluster.
  std::string server = default_server();         ///< A program in PATH, or an absolute path.
  std::string password{};                        ///< Of every node; empty: none.
  std::optional<TlsFiles> tls{};                 ///< Every node listens for TLS too, on a port of its own.
  std::vector<std::string> extra_config{};       ///< Lines of redis.conf for every node; see LocalServerOptions.
  /// Further lines for one node, e.g. "cluster-announce-hostname node-2.test".
  std::function<std::vector<std::string>(int node)> config_of_node{};
  bool keep_running = false;  ///< true: the servers outlive this object and this process.
  std::chrono::milliseconds start_timeout{15'000};
};

/// One node. Nodes are numbered from 0: first the primaries in slot order, then the replicas of primary 0, of 1, ...
/// The numbers stay when roles change.
class LocalNode {
 public:
  NodeAddress address() const { return server_.address(); }
  NodeAddress tls_address() const { return server_.tls_address(); }
  const std::string& node_id() const { return node_id_; }
  pid_t pid() const { return server_.pid(); }
  LocalServer& server() { return server_; }
  const LocalServer& server() const { return server_; }
  /// Runs and is not stopped by a signal.
  bool can_answer() const { return server_.is_running() && !server_.is_stopped(); }
  /// What it says of itself now. Throws when it does not answer.
  bool is_primary() const;

 private:
  friend class LocalCluster;
  explicit LocalNode(LocalServerOptions options) : server_(std::move(options)) {}

  LocalServer server_;
  std::string node_id_;
};

enum class Failover : std::uint8_t {
  graceful,  ///< The primary stops writing, the replica catches up and takes over.
  force,     ///< Without the primary, by vote of the others.
  takeover,  ///< Without anybody's vote.
};

class LocalCluster {
 public:
  /// Starts the servers and waits until all of them agree that all is well.
  explicit LocalCluster(LocalClusterOptions options = {});
  ~LocalCluster();
  LocalCluster(const LocalCluster&) = delete;
  LocalCluster& operator=(const LocalCluster&) = delete;

  int size() const { return static_cast<int>(nodes_.size()); }
  LocalNode& node(int index) { return *nodes_.at(static_cast<std::size_t>(index)); }
  const LocalNode& node(int index) const { return *nodes_.at(static_cast<std::size_t>(index)); }
  const std::vector<std::unique_ptr<LocalNode>>& nodes() const { return nodes_; }
  std::vector<NodeAddress> seeds() const;
  std::string url() const { return nodes_.front()->server().url(); }
  std::vector<pid_t> pids() const;
  /// Node with this address or id; empty: none of ours.
  std::optional<int> find_node(const NodeAddress& address) const;
  std::optional<int> find_node(std::string_view node_id) const;

  /// Nodes that answer and call themselves primaries now.
  std::vector<int> primaries() const;
  /// Nodes that answer and call themselves replicas of this node now.
  std::vector<int> replicas_of(int primary) const;
  /// The node that claims the slot now (the newest claim, if two do).
  int primary_of_slot(int slot) const;

  /// One command on a new connection to one node, without following redirects.
  RawReply call(int index, std::initializer_list<std::string_view> words) const;
  RawReply call(int index, const std::vector<std::string>& words) const;

  void kill(int index) { node(index).server().kill(); }            ///< SIGKILL.
  void terminate(int index) { node(index).server().terminate(); }  ///< SIGTERM.
  void stop(int index) { node(index).server().stop(); }            ///< SIGSTOP: hangs, its sockets stay.
  void resume(int index) { node(index).server().resume(); }        ///< SIGCONT.
  void restart(int index) { node(index).server().restart(); }      ///< Same port and id, no data.

  /// Makes a replica the primary of its shard; returns when it calls itself one.
  /// Redis 7.0 keeps the votes of an election for four node timeouts: a replica that was elected, lost its shard to a
  /// failover back, and must be elected again within that time comes back with its old epoch, and the nodes disagree
  /// for ever. So let different shards fail over, or let that time pass.
  void failover(int replica, Failover how = Failover::graceful);

  /// Moves slots with their keys from one primary to another, slot by slot, as a resharding tool does.
  void move_slots(int first, int last, int from, int to);
  /// The same in steps the caller takes: the slot is now "migrating" at one and "importing" at the other.
  SlotMove begin_move(int slot, int from, int to);

  /// Adds a node: an empty primary, or a replica of `primary`.
  /// @return  its number. All nodes know it then, and it can be used: slots can be moved to it, a replica is in step and listed.
  int add_node(std::optional<int> primary = std::nullopt);

  /// Waits until every node that can answer says cluster_state:ok, all slots are covered, all agree on who serves
  /// them, every replica is in step with its primary, and nodes that cannot answer are known to have failed. A replica
  /// that some server left following another replica after a failover is given to the primary.
  void wait_until_ok(std::chrono::milliseconds timeout = std::chrono::seconds(15)) const;

  /// Waits until a node other than `except` answers OK to a write in the slot.
  /// @param except  -1: none.
  /// @return        that node.
  int wait_for_primary(int slot, int except = -1, std::chrono::milliseconds timeout = std::chrono::seconds(15)) const;

  /// The servers stay when this object goes, and so do their folders. Needs options.keep_running.
  void keep();

 private:
  LocalServerOptions server_options(int index) const;
  void start_servers();
  void form_cluster();
  void meet_all() const;
  void set_replicas() const;
  void start_replication() const;
  void wait_until_all_known() const;
  void wait_until_of_use(int index, std::optional<int> primary) const;
  std::string trouble_now(class Witness& witness) const;
  void end_chains(class Witness& witness) const;

  LocalClusterOptions options_;
  std::vector<std::unique_ptr<LocalNode>> nodes_;
};

}  // namespace rediscluster::testing
