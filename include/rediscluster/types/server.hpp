/// What servers tell of themselves, as plain values: slow commands, latency, memory, modules, roles, reports.
/// Fields that a server does not send keep their defaults; fields unknown here are left out.
#pragma once

#include <rediscluster/cpp20.hpp>

#include <rediscluster/errors.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rediscluster {

/// One entry of SLOWLOG GET or COMMANDLOG GET.
struct SlowlogEntry {
  std::int64_t id = 0;         ///< Grows; never used again while the server runs.
  std::int64_t unix_time = 0;  ///< Seconds.
  std::int64_t cost = 0;       ///< Microseconds it ran; bytes in the logs of large requests and large replies (Valkey 8.1).
  std::vector<std::string> words{};  ///< The command; servers shorten long ones.
  std::string client_address{};      ///< "host:port"; empty before Redis 4.0.
  std::string client_name{};         ///< As given by CLIENT SETNAME.
  NodeAddress node{};                ///< Whose log it stands in, where several were asked; empty where you named the node.
};

/// One entry of LATENCY LATEST: the newest spike of an event.
struct LatencyEvent {
  std::string event{};         ///< "command", "fork", ...
  std::int64_t unix_time = 0;  ///< Of the newest spike, in seconds.
  std::int64_t latest_ms = 0;  ///< Length of the newest spike.
  std::int64_t longest_ms = 0; ///< Longest spike since the server started or LATENCY RESET.
};

/// One spike in LATENCY HISTORY.
struct LatencySpike {
  std::int64_t unix_time = 0;     ///< Seconds.
  std::int64_t milliseconds = 0;  ///< How long it was.
};

/// How long one command took: LATENCY HISTOGRAM.
struct LatencyHistogram {
  std::int64_t calls = 0;
  std::map<std::int64_t, std::int64_t> calls_within{};  ///< Upper bound in microseconds to the calls up to it, added up.
};

/// One entry of MODULE LIST.
struct ModuleInfo {
  std::string name{};
  std::int64_t version = 0;
  std::string path{};               ///< Of the library (Redis 7.0).
  std::vector<std::string> args{};  ///< It was loaded with these (Redis 7.0).
};

/// A replica as its primary's ROLE names it.
struct RoleReplica {
  std::string host{};
  int port = 0;
  std::int64_t offset = 0;  ///< Bytes of the replication stream it has acknowledged.
};

/// ROLE.
struct ServerRole {
  std::string role{};                    ///< "master" or "slave".
  std::int64_t offset = 0;               ///< Of the replication stream; -1: a replica that has received nothing.
  std::vector<RoleReplica> replicas{};   ///< Of a primary.
  std::string primary_host{};            ///< Of a replica.
  int primary_port = 0;                  ///< Of a replica.
  std::string link_state{};              ///< Of a replica: "connect", "connecting", "sync", "connected", "none", ...
};

/// INFO: the report of one server.
struct ServerInfo {
  struct Section {
    std::string name{};  ///< "Server", "Memory", ...
    std::map<std::string, std::string> fields{};  ///< A name that stands there several times ("module") has all its values, a line each.
  };
  std::vector<Section> sections{};

  /// Value of a field such as "redis_version", in whatever section it stands; empty: there is none.
  std::optional<std::string_view> find(std::string_view field) const {
    for (const Section& section : sections) {
      if (const auto at = section.fields.find(std::string(field)); at != section.fields.end()) return at->second;
    }
    return std::nullopt;
  }
};

/// MEMORY STATS, in bytes unless the name says otherwise.
struct MemoryStats {
  std::int64_t peak_allocated = 0;
  std::int64_t total_allocated = 0;
  std::int64_t startup_allocated = 0;
  std::int64_t replication_backlog = 0;
  std::int64_t clients_replicas = 0;   ///< Buffers of replicas' connections.
  std::int64_t clients_normal = 0;     ///< Buffers of other connections.
  std::int64_t cluster_links = 0;      ///< Buffers of the cluster bus (Redis 7.0).
  std::int64_t aof_buffer = 0;
  std::int64_t overhead_total = 0;     ///< Everything that is not data.
  std::int64_t keys_count = 0;         ///< Number of keys.
  std::int64_t keys_bytes_per_key = 0;
  std::int64_t dataset_bytes = 0;
  double dataset_percentage = 0;
  double peak_percentage = 0;
  double fragmentation = 0;            ///< Resident size by allocated size.
  std::int64_t fragmentation_bytes = 0;
  std::map<std::string, double> figures{};  ///< Every figure by the server's name for it; "db.0/..." for those of a database.
};

/// HELLO.
struct HelloReply {
  std::string server{};   ///< "redis" or "valkey".
  std::string version{};
  int protocol = 0;       ///< 2 or 3.
  std::int64_t client_id = 0;
  std::string mode{};     ///< "cluster", "standalone", "sentinel".
  std::string role{};     ///< "master" or "replica".
  std::vector<ModuleInfo> modules{};
};

/// CLIENT TRACKINGINFO.
struct TrackingInfo {
  std::vector<std::string> flags{};  ///< "off", "on", "bcast", "optin", ...
  std::int64_t redirect = -1;        ///< Id of the connection that gets the news; 0: this one; -1: tracking is off.
  std::vector<std::string> prefixes{};
};

/// A connection to a server: one line of CLIENT LIST, or CLIENT INFO.
struct ClientInfo {
  std::int64_t id = 0;
  std::string address{};        ///< "host:port" of the peer.
  std::string local_address{};  ///< "host:port" at the server (Redis 6.2).
  std::string name{};           ///< CLIENT SETNAME
  std::string user{};           ///< Redis 6.0.
  std::string flags{};          ///< "N" normal, "M" primary, "S" replica, "P" pub/sub, "b" blocked, ...
  std::string last_command{};   ///< "config|get"
  std::int64_t age_seconds = 0;
  std::int64_t idle_seconds = 0;
  std::int64_t database = 0;
  std::int64_t subscriptions = 0;
  std::int64_t pattern_subscriptions = 0;
  std::int64_t shard_subscriptions = 0;
  std::int64_t protocol = 0;    ///< 2 or 3; 0: not told.
  std::string library_name{};   ///< Redis 7.2.
  std::string library_version{};
  std::map<std::string, std::string> fields{};  ///< Everything the server wrote, by its own names.
};

}  // namespace rediscluster
