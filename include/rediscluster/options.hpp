/// How a client behaves. Fields stand in the order of redis-py-cluster's constructor, then the connection's own, then ours.
/// Plain values: fill in with designated initialisers, `{.startup_nodes = {{"127.0.0.1", 7000}}, .socket_timeout = 5s}`, which C++ takes in
/// this order only. The table of docs/guide/options.md has the same.
#pragma once

#include <rediscluster/allowed_addresses.hpp>
#include <rediscluster/options/connection.hpp>
#include <rediscluster/types/credential.hpp>
#include <rediscluster/errors.hpp>
#include <rediscluster/events.hpp>
#include <rediscluster/host_port_remap.hpp>
#include <rediscluster/policies.hpp>
#include <rediscluster/time_span.hpp>
#include <rediscluster/options/tls.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rediscluster {

/// Options of RedisCluster. All durations cover what their comment says, on a monotonic clock.
struct Options {
  // Those of redis-py-cluster.
  std::string host{};                          ///< One startup node more, in front of the others; empty: none.
  int port = 7000;                             ///< Port of `host`.
  std::vector<NodeAddress> startup_nodes{};    ///< Where to ask for the cluster first, and as a last resort later.
  /// Bound on all connections of this client, those that ask for the topology included; empty: none. At the bound calls
  /// share the connections there are, idle ones to other nodes are closed to make room, and who still finds none waits
  /// within its deadline, then fails with Errc::too_many_connections. Fewer than there are primaries works, slowly.
  /// Blocking commands leave one connection (of a bound above 1) to the others.
  std::optional<int> max_connections{};
  /// Bound on connections to one node; `true`: max_connections is meant per node. Likewise.
  ConnectionsPerNode max_connections_per_node{};
  bool init_slot_cache = true;                 ///< Connect in the constructor; false: with the first command.
  bool readonly_mode = false;                  ///< Refuse writes locally; reads as with ReadFrom::prefer_replica if `read_from` is primary.
  std::optional<int> reinitialize_steps{};     ///< Ask for the whole topology after so many MOVED; empty: after each. The slots named are learnt at once.
  bool skip_full_coverage_check = false;       ///< No effect, both ways: nobody here asks for CONFIG, and partial coverage is no error by itself.
  bool nodemanager_follow_cluster = false;     ///< No effect, both ways: the client always asks the nodes it knows, and keeps the startup nodes as a last resort.
  DialFunction dial{};                         ///< Makes every connection (redis-py-cluster's connection_class); empty: TCP.
  bool read_from_replicas = false;             ///< As `read_from = ReadFrom::any`, if that is primary.
  std::optional<int> cluster_down_retry_attempts{};  ///< Give up after so many CLUSTERDOWN answers; empty: only at the deadline.
  HostPortRemap host_port_remap{};             ///< Applied once to every address the cluster tells: rules or a function.

  // The connection's.
  std::string username{};                      ///< ACL user; empty: the default user.
  std::string password{};                      ///< Empty: the user has none; without a user: no authentication.
  CredentialsProvider credentials{};           ///< Asked for user and password on each connect, in place of the two above; empty: these.
  std::string client_name{};                   ///< CLIENT SETNAME on each connection; empty: none.
  std::optional<TimeSpan> socket_timeout{};  ///< One attempt: from sending to the reply; empty: command_timeout alone.
  TimeSpan socket_connect_timeout = std::chrono::seconds(1);     ///< One attempt to connect, handshake included.
  bool socket_keepalive = true;                ///< TCP keepalive; finds a silent peer in about 13 s.
  int protocol = 3;                            ///< 3: RESP3 with fall-back to RESP2; 2: RESP2.
  AllowedAddresses allowed_addresses{};        ///< Where the client may connect to, whatever servers say; startup nodes always.
  TlsOptions tls{};                            ///< Encryption, and who may be talked to; `rediss://` turns it on.
  int db = 0;                                  ///< Must be 0: a cluster has one database.

  // Ours.
  /// One command with everything it needs: queueing, connecting, redirects, retries, reply. A single call may have
  /// another one: `run(command, {.timeout = 2s})`, see RunOptions; `execute({.timeout = 2s})` of pipelines and transactions.
  TimeSpan command_timeout = std::chrono::seconds(10);
  Resend resend = Resend::reads;               ///< What may be sent twice.
  CrossSlot cross_slot = CrossSlot::split;     ///< Commands over several slots.
  ReadFrom read_from = ReadFrom::primary;      ///< Which copy of a shard answers commands that only read its data.
  std::string availability_zone{};             ///< Where this client runs, for ReadFrom::same_zone.
  int lanes_per_node = 4;                      ///< Connections that callers share ("lanes"): so many to one node at most; a lone caller uses one.
  int blocking_connections_per_node = 64;      ///< Calls that wait on one node at the same time (BLPOP, ...) and transactions that watch keys there: each needs a connection of its own.
  TimeSpan topology_refresh_period = std::chrono::minutes(1);  ///< Asks for the topology this often even when all is well.
  std::uint64_t max_argument_bytes = 512ull * 1024 * 1024;  ///< A longer argument is refused with too_large; as the servers' proto-max-bulk-len.
  std::uint64_t max_reply_bytes = 1024ull * 1024 * 1024;  ///< A larger reply closes the connection with protocol_error.
  std::uint64_t max_bulk_bytes = 512ull * 1024 * 1024;    ///< The same for one string in a reply.
  std::uint64_t max_elements = 128ull * 1024 * 1024;      ///< The same for the elements of one array.
  std::uint32_t max_depth = 128;                          ///< The same for arrays inside arrays.
  EventHook on_event{};                                   ///< Hears what happens, as values; what it may do: events.hpp. Empty: nobody does.
  LogHook on_log{};                                       ///< The same as lines of text.
  LogLevel log_level = LogLevel::info;                    ///< Lines below it are not made.
};

}  // namespace rediscluster
