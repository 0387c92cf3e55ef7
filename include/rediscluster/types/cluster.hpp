/// What the cluster commands tell, as plain values.
#pragma once

#include <rediscluster/cpp20.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace rediscluster {

/// Several nodes named at once.
enum class NodeGroup : std::uint8_t {
  primaries,  ///< Every primary that serves a slot.
  replicas,   ///< Every replica of those.
  all,        ///< Both.
};

enum class Role : std::uint8_t { master, replica };

/// First and last slot of a run, both included.
struct SlotRun {
  int start = 0;
  int end = 0;
  friend bool operator==(const SlotRun&, const SlotRun&) = default;
};

/// A slot on its way from or to this node (only the answering node tells its own).
struct SlotMigration {
  enum class Direction : std::uint8_t { importing, migrating };
  int slot = 0;
  Direction direction = Direction::importing;
  std::string node_id;  ///< The other node.
  friend bool operator==(const SlotMigration&, const SlotMigration&) = default;
};

/// One line of CLUSTER NODES.
struct ClusterNode {
  std::string id;           ///< 40 hex digits
  std::string host;         ///< Address as announced; the answering node's own when it tells none; empty: nobody knows it ("noaddr").
  int port = 0;
  int bus_port = 0;         ///< 0: not told
  std::string hostname;     ///< Empty: none announced (7.0+).
  Role role = Role::replica;
  std::vector<std::string> flags;  ///< "myself", "master", "slave", "fail?", "fail", "handshake", "noaddr", ...
  std::string master_id;    ///< Of a replica; empty for a master.
  std::int64_t ping_sent = 0;      ///< Milliseconds since the epoch; 0: no ping is pending.
  std::int64_t pong_received = 0;  ///< Milliseconds since the epoch.
  std::int64_t config_epoch = 0;
  bool connected = false;   ///< State of the cluster bus link.
  std::vector<SlotRun> slots;
  std::vector<SlotMigration> migrations;
};

/// By node id.
using ClusterNodes = std::map<std::string, ClusterNode>;

/// A node as CLUSTER SLOTS names it.
struct SlotNode {
  std::string host;
  int port = 0;
  std::string id;
  friend bool operator==(const SlotNode&, const SlotNode&) = default;
};

/// Slots start..end, both included, and who serves them.
struct SlotRange {
  int start = 0;
  int end = 0;
  SlotNode master;
  std::vector<SlotNode> replicas;
  friend bool operator==(const SlotRange&, const SlotRange&) = default;
};

/// One link of a node's cluster bus: CLUSTER LINKS (Redis 7.0).
struct ClusterLink {
  std::string direction;  ///< "to": made by the node; "from": made by the peer.
  std::string node_id;    ///< The peer.
  std::int64_t create_time = 0;  ///< Unix time in milliseconds.
  std::string events;            ///< "r", "w" or "rw": what the node waits for.
  std::int64_t send_buffer_allocated = 0;  ///< Bytes.
  std::int64_t send_buffer_used = 0;       ///< Bytes.
};

/// A node in CLUSTER SHARDS.
struct ShardNode {
  std::string id;
  int port = 0;           ///< 0: only TLS
  int tls_port = 0;       ///< 0: no TLS
  std::string ip;
  std::string endpoint;   ///< What clients shall connect to: `ip` or `hostname`; "?" when the node does not know.
  std::string hostname;   ///< Empty: none announced.
  std::string role;       ///< "master" or "replica"
  std::int64_t replication_offset = 0;  ///< Bytes.
  std::string health;     ///< "online", "failed" or "loading"
  std::string availability_zone;  ///< Valkey 8.1.
};

/// A shard in CLUSTER SHARDS (Redis 7.0): the answering node's own words, nothing filled in.
struct ClusterShard {
  std::vector<SlotRun> slots;
  std::vector<ShardNode> nodes;
  std::string id;         ///< Redis 8.0, Valkey 8.0
};

/// One slot in CLUSTER SLOT-STATS (Valkey 8.0, Redis 8.2). Figures the server does not keep are 0.
struct SlotStatistics {
  int slot = 0;
  std::int64_t key_count = 0;
  std::int64_t cpu_usec = 0;           ///< Microseconds spent on commands in this slot.
  std::int64_t network_bytes_in = 0;
  std::int64_t network_bytes_out = 0;
  std::int64_t memory_bytes = 0;
};

/// Field to value, e.g. "cluster_state" to "ok".
using ClusterInfo = std::map<std::string, std::string>;

}  // namespace rediscluster
