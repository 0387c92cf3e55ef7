/// Options of commands about servers, connections and the cluster. Made for designated initialisers; every field has a
/// default that sends nothing. Plain values; share them freely. They hold no keys, so they never take part in routing.
#pragma once

#include <rediscluster/time_span.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <rediscluster/arguments.hpp>
#include <string>
#include <utility>
#include <vector>

namespace rediscluster {

class EncodedCommand;

// ---- connections

enum class Switch : std::uint8_t { on, off };
/// CLIENT CACHING.
enum class Caching : std::uint8_t { yes, no };
/// CLIENT REPLY. `skip`: none to the next command.
enum class ReplyMode : std::uint8_t { on, off, skip };
/// What the command that was waiting gets: CLIENT UNBLOCK. `timeout` for a connection that CLIENT PAUSE or a failover holds back ends the
/// server (Redis 7.0 and 8.0, Valkey 8.1): where that may be, `error`.
enum class UnblockMode : std::uint8_t { timeout, error };
/// Kinds of connections. A primary is one that a replica gets its data from.
enum class ClientType : std::uint8_t { normal, primary, replica, pubsub };

/// CLIENT LIST. Redis before 8.0 takes one of them.
struct ClientListOptions {
  std::optional<ClientType> type{};
  std::vector<std::int64_t> ids{};  ///< Redis 6.2.
};

/// CLIENT KILL: connections to which all of it applies. An empty filter is refused by the server.
struct ClientFilter {
  std::optional<std::int64_t> id{};
  std::optional<ClientType> type{};
  std::optional<std::string> user{};
  std::optional<std::string> address{};        ///< "host:port" of the peer.
  std::optional<std::string> local_address{};  ///< "host:port" at the server (Redis 6.2).
  std::optional<bool> skip_me{};               ///< Whether the asking connection is spared; the server's default is yes.
  std::optional<std::chrono::seconds> max_age{};  ///< Only those at least so old (Redis 7.4).
};

/// The same in words, such as {"TYPE", "pubsub"}; one word alone is the address of the peer, "host:port".
struct KillWords : Args {
  using Args::Args;
  KillWords(const Args& words) : Args(words) {}
};

/// CLIENT TRACKING ON.
struct TrackingOptions {
  std::optional<std::int64_t> redirect{};  ///< Id of the connection that gets the news.
  std::vector<std::string> prefixes{};     ///< With broadcast: only keys that begin so.
  bool broadcast = false;
  bool opt_in = false;
  bool opt_out = false;
  bool no_loop = false;  ///< Not of keys that this connection changed.
};

/// HELLO. Needs a protocol version in front when anything is set.
struct HelloOptions {
  std::optional<std::pair<std::string, std::string>> auth{};  ///< User and password.
  std::optional<std::string> client_name{};
};

// ---- servers

enum class ShutdownSave : std::uint8_t { server_default, save, no_save };

struct ShutdownOptions {
  ShutdownSave save = ShutdownSave::server_default;
  bool now = false;    ///< Do not wait for replicas (Redis 7.0).
  bool force = false;  ///< Go even if saving fails (Redis 7.0).
  bool abort = false;  ///< Take a shutdown that waits back (Redis 7.0).
};

/// FAILOVER, of servers that are not in a cluster; see cluster_failover().
struct FailoverOptions {
  std::optional<std::pair<std::string, int>> to{};  ///< Host and port of the replica; empty: any.
  bool force = false;                               ///< After the timeout even if the replica lags; needs `to`.
  bool abort = false;                               ///< Take a failover that waits back.
  std::optional<TimeSpan> timeout{};
};

/// MODULE LOADEX.
struct ModuleOptions {
  std::vector<std::pair<std::string, std::string>> config{};  ///< Names and values.
  std::vector<std::string> args{};
};

/// Which of COMMANDLOG's logs (Valkey 8.1).
enum class CommandLog : std::uint8_t { slow, large_request, large_reply };

/// HOTKEYS START (Redis 8.6).
struct HotkeysOptions {
  bool cpu = true;  ///< Count processor time.
  bool net = true;  ///< Count bytes.
  std::optional<std::int64_t> count{};             ///< How many keys to report.
  std::optional<std::chrono::seconds> duration{};  ///< Ends by itself after this.
  std::optional<std::int64_t> sample{};            ///< Look at one command of so many.
  std::vector<int> slots{};                        ///< Only these.
};

// ---- the cluster

/// CLUSTER SLOT-STATS ORDERBY.
struct SlotStatsOptions {
  std::optional<std::int64_t> limit{};
  std::optional<bool> descending{};
};

/// CLUSTERSCAN (Valkey 9.1).
struct ClusterscanOptions {
  std::optional<std::string> match{};
  std::optional<std::int64_t> count{};
  std::optional<std::string> type{};
  std::optional<int> slot{};  ///< Only this one.
};

namespace detail {

void encode(EncodedCommand& command, Switch value);
void encode(EncodedCommand& command, Caching value);
void encode(EncodedCommand& command, ReplyMode mode);
void encode(EncodedCommand& command, UnblockMode mode);
void encode(EncodedCommand& command, const ClientListOptions& options);
void encode(EncodedCommand& command, const ClientFilter& filter);
void encode(EncodedCommand& command, const KillWords& words);
void encode(EncodedCommand& command, const TrackingOptions& options);
void encode(EncodedCommand& command, const HelloOptions& options);
void encode(EncodedCommand& command, const ShutdownOptions& options);
void encode(EncodedCommand& command, const FailoverOptions& options);
void encode(EncodedCommand& command, const ModuleOptions& options);
void encode(EncodedCommand& command, CommandLog log);
void encode(EncodedCommand& command, const HotkeysOptions& options);
void encode(EncodedCommand& command, const SlotStatsOptions& options);
void encode(EncodedCommand& command, const ClusterscanOptions& options);

}  // namespace detail
}  // namespace rediscluster
