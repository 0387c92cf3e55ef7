/// How a client behaves. Fields stand in the order of the seed's constructor, then the connection's own, then ours.
/// Plain values: fill in with designated initialisers, `{.startup_nodes = {{"127.0.0.1", 7000}}, .socket_timeout = 5s}`.
#pragma once

#include <rediscluster/errors.hpp>
#include <rediscluster/policies.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace rediscluster {

/// Maps addresses as the cluster announces them to addresses this client can reach (NAT, containers).
using AddressMap = std::function<NodeAddress(const NodeAddress&)>;

/// Options of RedisCluster. All durations cover what their comment says, on a monotonic clock.
struct Options {
  // The seed's.
  std::string host{};                          ///< One startup node more, in front of the others; empty: none.
  int port = 7000;                             ///< Port of `host`.
  std::vector<NodeAddress> startup_nodes{};    ///< Where to ask for the cluster first, and as a last resort later.
  std::optional<int> max_connections{};           ///< Bound on all connections of this client; empty: none.
  std::optional<int> max_connections_per_node{};  ///< Bound on connections to one node; empty: none beyond the client's own.
  bool init_slot_cache = true;                 ///< Connect in the constructor; false: with the first command.
  bool readonly_mode = false;                  ///< Refuse writes locally, read from replicas.
  std::optional<int> reinitialize_steps{};     ///< Ask for the whole topology after so many MOVED; empty: after the first.
  bool skip_full_coverage_check = false;       ///< Accepted for the seed's sake: partial coverage is never an error by itself here.
  bool nodemanager_follow_cluster = false;     ///< Accepted for the seed's sake: the client always follows and keeps the seeds.
  bool read_from_replicas = false;             ///< Send read-only commands to replicas too.
  std::optional<int> cluster_down_retry_attempts{};  ///< Give up after so many CLUSTERDOWN answers; empty: only at the deadline.
  AddressMap host_port_remap{};                ///< Applied to every address the cluster tells (slots, MOVED, ASK).

  // The connection's.
  std::string username{};                      ///< ACL user; empty: the default user.
  std::string password{};                      ///< Empty: no authentication.
  std::string client_name{};                   ///< CLIENT SETNAME on each connection; empty: none.
  std::optional<std::chrono::milliseconds> socket_timeout{};  ///< One attempt: from sending to the reply; empty: command_timeout alone.
  std::chrono::milliseconds socket_connect_timeout{1000};     ///< One attempt to connect, handshake included.
  bool socket_keepalive = true;                ///< TCP keepalive; finds a silent peer in about 13 s.
  int protocol = 3;                            ///< 3: RESP3 with fall-back to RESP2; 2: RESP2.
  int db = 0;                                  ///< Must be 0: a cluster has one database.

  // Ours.
  std::chrono::milliseconds command_timeout{10'000};  ///< One command with everything it needs: queueing, connecting, redirects, retries, reply.
  Resend resend = Resend::reads;               ///< What may be sent twice.
  CrossSlot cross_slot = CrossSlot::split;     ///< Commands over several slots.
  int lanes_per_node = 4;                      ///< Shared connections to one node at most; a lone caller uses one.
  std::chrono::milliseconds topology_refresh_period{60'000};  ///< Asks for the topology this often even when all is well.
  std::uint64_t max_reply_bytes = 1024ull * 1024 * 1024;  ///< A larger reply closes the connection with protocol_error.
  std::uint64_t max_bulk_bytes = 512ull * 1024 * 1024;    ///< The same for one string in a reply.
  std::uint64_t max_elements = 128ull * 1024 * 1024;      ///< The same for the elements of one array.
  std::uint32_t max_depth = 128;                          ///< The same for arrays inside arrays.
};

}  // namespace rediscluster
