/// What the cluster commands tell, as plain values.
#pragma once

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
  std::string host;         ///< Address as announced; the answering node's own when it tells none.
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

/// Field to value, e.g. "cluster_state" to "ok".
using ClusterInfo = std::map<std::string, std::string>;

}  // namespace rediscluster
