/// One server of the cluster with its lanes. Lives until the client dies, also after it has left the cluster, so that a
/// pointer to it does not dangle; but one that was never used is forgotten when no topology has named it for long, and who
/// keeps a pointer for more than a moment without using it says so (keep()). Thread-safe.
#pragma once

#include "base/random.hpp"
#include "cluster/config.hpp"
#include "cluster/nodes/auth_gate.hpp"
#include "cluster/nodes/connection_limits.hpp"
#include "cluster/nodes/lane_pool.hpp"
#include "cluster/nodes/port.hpp"
#include "cluster/nodes/read_record.hpp"
#include "cluster/nodes/server_memory.hpp"
#include "net/address_turn.hpp"

#include <optional>

namespace rediscluster::cluster {

class Node {
 public:
  /// @param client_limit  outlives the node.
  /// @param number  no other node of the client has it.
  Node(NodeAddress address, const Config& config, std::uint64_t random_seed, ClientLimit& client_limit, std::size_t number = 0);
  std::size_t number() const { return number_; }

  const Config& config() const { return config_; }
  /// Where this client reaches it.
  const NodeAddress& address() const { return address_; }
  /// Where the cluster says it is: what the user's host_port_remap has not been applied to. Same as address() until the
  /// cluster has named the node. An address told relative to this node ("same host, port 7001") is relative to this one.
  NodeAddress announced() const;
  void set_announced(const NodeAddress& announced);

  /// The name that the cluster tells for it beside its address; empty: none.
  void set_hostname(const std::string& hostname);

  /// Where it may be reached, too, when its name has no address.
  void set_fallback(const NodeAddress& address);

  /// It said nothing of use: if its name has further addresses, the next connection is made to another of them. Now and then, as these may be
  /// the same server's.
  /// @return  whether it is.
  bool pass_address(base::TimePoint now);

  /// Through which everybody must go who says a password to it.
  AuthGate& auth_gate() { return auth_gate_; }
  /// Whether connections to it may belong to a user with a name.
  bool knows_users() const { return memory_.knows_users(); }
  /// Whether it has let us in without a look at our password, as it has none. Told to hooks when that is new. Without a lock.
  void note_unused_password(bool is_unused);

  /// It is not forgotten any more.
  void keep() { is_kept_.store(true, std::memory_order_relaxed); }
  bool is_kept() { return is_kept_.load(std::memory_order_relaxed) || lanes_.was_used(); }

  LanePool& lanes() { return lanes_; }
  ReadRecord& reading() { return reading_; }
  /// The cluster, or the node itself, said in which zone it stands; empty: it did not.
  void note_zone(const std::string& zone) {
    if (!zone.empty()) reading_.note_zone(zone == config_.options.availability_zone);
  }
  /// Whether its server drops a command whose wait was ended from outside, as far as we know.
  bool drops_unblocked() const { return memory_.drops_unblocked(); }
  /// Connections made so far. A call during which one was made says nothing about the time an answer takes.
  std::uint32_t connections_made() const { return connections_made_.load(std::memory_order_relaxed); }
  /// A connection of the caller's own, after the handshake. It counts against the bounds like a dedicated lane's.
  /// Waits at most options.socket_connect_timeout; fails at once while the node is known to refuse.
  Result<net::Socket> dial_dedicated(base::Deadline deadline) {
    link::Link link(config_.limits);
    drive::Opening opening{link};
    return dial(deadline, opening, LaneKind::dedicated);
  }
  /// The same of who shares it among many commands.
  Result<net::Socket> dial_shared(base::Deadline deadline, drive::Opening& opening) { return dial(deadline, opening, LaneKind::shared); }
  /// Connections that are not in lanes(), see Port. Until remove_port().
  void add_port(Port& port);
  void remove_port(Port& port);
  /// Ends all connections that are shared; those in use are lost with this reason.
  void break_off(const Error& reason);
  /// Ends one connection that nobody uses, so that another one may be made below a bound. False: there is none.
  bool end_one_idle(bool dedicated_only);
  /// Ends one that is shared once nobody waits on it any more.
  void drain_one();
  /// Connections that are shared, as far as one can tell.
  int open_shared();
  /// Of all connections.
  drive::CallerLane::Counts counts();
  /// Tells hooks and counters that a connection to it has ended that nobody meant to end. Without a lock.
  void note_loss(const Error& error);
  /// Ends all connections for good, those that are being made included.
  void close();

  /// How long to wait for an answer before something is made of its absence: at least that long, longer where the node is
  /// far away.
  base::Duration patience(base::Duration least) const;
  /// Since when nothing has come on a shared lane though a caller waits for it, where that is longer than our patience.
  std::optional<base::TimePoint> stalled_since(base::TimePoint now);
  bool is_stalled(base::TimePoint now) { return stalled_since(now).has_value(); }
  /// Whether the last attempt to connect failed.
  bool is_unreachable() const { return failures_in_a_row_.load(std::memory_order_relaxed) > 0; }
  /// Nothing speaks against asking it first.
  bool seems_well(base::TimePoint now) { return !is_unreachable() && !is_stalled(now); }

 private:
  LanePool::Bound bound_of_lanes();
  Result<net::Socket> dial(base::Deadline deadline, drive::Opening& opening, LaneKind kind);
  Result<base::Permit> ask_for_permit(base::Deadline deadline, LaneKind kind);
  Result<net::Socket> connect_safely(base::Deadline deadline, drive::Opening& opening);
  Result<net::Socket> connect(base::Deadline deadline, drive::Opening& opening);
  Result<net::Socket> connect_to_one(base::Deadline deadline, drive::Opening& opening);
  base::Deadline share_of_one(base::Deadline deadline) const;
  Result<void> introduce(net::Socket& socket, drive::Opening& opening, Credentials& credentials, base::Deadline deadline);
  Result<void> authenticate(net::Socket& socket, drive::Opening& opening, const Credentials& credentials, Result<AuthGate::Pass> pass,
                            base::Deadline deadline);
  bool renew(Credentials& credentials) const;
  Result<void> shake_hands(net::Socket& socket, drive::Opening& opening, const Credentials& credentials, base::Deadline deadline);
  /// How a handshake failed, and whether another one would say less.
  struct Refusal {
    Error error;
    bool has_learnt = false;
  };
  std::optional<Refusal> shake_hands_once(net::Socket& socket, drive::Opening& opening, const Credentials& credentials, base::Deadline deadline);
  std::optional<Refusal> exchange_words(net::Socket& socket, drive::Opening& opening, link::Handshake& handshake, const std::string& user,
                                        base::Deadline deadline);
  Result<net::Socket> open_socket(base::Deadline deadline, const drive::Opening& opening);
  Result<net::Socket> open_plain(const NodeAddress& address, base::Deadline deadline, const drive::Opening& opening);
  Result<void> secure(net::Socket& socket, base::Deadline deadline);
  void note_failure(const Error& error, base::TimePoint now);

  const NodeAddress address_;
  const std::size_t number_;
  const Config& config_;
  ClientLimit& client_limit_;
  ConnectionLimit limit_;
  std::atomic<int> failures_in_a_row_{0};
  std::atomic<bool> closing_{false};
  std::atomic<bool> is_kept_{false};
  std::atomic<bool> has_unused_password_{false};
  std::atomic<std::uint32_t> connections_made_{0};
  ServerMemory memory_;
  ReadRecord reading_;
  AuthGate auth_gate_;
  net::AddressTurn turn_;
  std::atomic<base::TimePoint> last_pass_{base::TimePoint::min()};
  const std::shared_ptr<net::TlsSessions> tls_sessions_;  // shared with its connections; null: plain ones
  mutable std::mutex dial_mutex_;  // guards what follows
  NodeAddress announced_;
  std::string hostname_;
  std::optional<NodeAddress> fallback_;
  base::Random random_;
  base::TimePoint next_attempt_{};
  Error last_failure_;
  std::mutex ports_mutex_;  // guards what follows
  std::vector<Port*> ports_;
  LanePool lanes_;  // last: its lanes call dial()
};

}  // namespace rediscluster::cluster
