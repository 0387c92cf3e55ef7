/// The bounds that the user set on connections: of the whole client and of each node. Connections that carry blocking
/// commands leave one of a bound above 1 to the others, so that these, and the questions for the topology, get through.
/// Thread-safe.
#pragma once

#include "base/quota.hpp"

#include <rediscluster/errors.hpp>

#include <cstdint>
#include <functional>
#include <optional>

namespace rediscluster::cluster {

class Node;

/// What a connection is for.
enum class LaneKind : std::uint8_t {
  shared,     ///< Short commands of many callers.
  dedicated,  ///< One blocking command at a time.
};

/// One bound, with its smaller part for dedicated connections. Bounds nothing when it has no limit.
class ConnectionLimit {
 public:
  /// @param option  whose value it is, for messages.
  ConnectionLimit(std::optional<int> limit, const char* option);

  bool is_set() const { return all_.has_value(); }
  bool has_room() const { return !all_ || all_->has_room(); }
  /// The quotas that a connection counts against; null: none.
  base::Quota* all() { return all_ ? &*all_ : nullptr; }
  base::Quota* dedicated(LaneKind kind) { return dedicated_ && kind == LaneKind::dedicated ? &*dedicated_ : nullptr; }
  /// Whether this is the part for dedicated connections.
  bool is_part(const base::Quota& quota) const { return dedicated_ && &quota == &*dedicated_; }
  bool owns(const base::Quota& quota) const { return all_ && (&quota == &*all_ || is_part(quota)); }
  /// Errc::too_many_connections: which limit, how many, what to do.
  Error explain(const base::Quota& full, const NodeAddress& node) const;

 private:
  const char* const option_;
  std::optional<base::Quota> all_;
  std::optional<base::Quota> dedicated_;
};

/// What may be ended so that a new connection has room.
enum class MakeRoom : std::uint8_t {
  idle_dedicated,   ///< An idle connection for blocking commands.
  idle,             ///< Any idle connection.
  idle_or_drained,  ///< Or else one in use, once its callers have their replies.
};

/// The bound on all connections of a client, and who makes room below it.
struct ClientLimit {
  ConnectionLimit limit;
  std::function<void(const Node& wanting, MakeRoom how)> make_room;
};

}  // namespace rediscluster::cluster
