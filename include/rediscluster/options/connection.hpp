/// Who makes the connections of a client, and how many there may be. Plain values.
#pragma once

#include <rediscluster/result.hpp>

#include <chrono>
#include <concepts>
#include <functional>
#include <optional>

namespace rediscluster {

/// Makes a connection to a node: redis-py-cluster's `connection_class`. For proxies, tunnels, Unix sockets, network namespaces.
/// @param node      the reachable address, after host_port_remap.
/// @param deadline  nobody waits longer; a function that comes back later makes its callers late.
/// @return  descriptor of a connected stream socket. The client owns it from then on: it makes it blocking, sets its
///          options and closes it. Or an error, `return fail(Errc::connect_failed, "...")`; it is retried like a refusal.
/// Errors:  an exception, a negative number, and what is no connected stream socket end in Errc::connect_failed with
///          the reason (a descriptor that is no socket is left open: it may be somebody else's).
/// Threads: called by any thread of the user's or the client's, several at a time, no lock held. It must not use this client.
using DialFunction = std::function<Result<int>(const NodeAddress& node, std::chrono::steady_clock::time_point deadline)>;

/// The bound on connections to one node: a number, or `true` as in redis-py-cluster: `max_connections` then counts for
/// each node by itself and there is no bound on all of them together.
class ConnectionsPerNode {
 public:
  constexpr ConnectionsPerNode() = default;  ///< No bound of its own.
  constexpr ConnectionsPerNode(std::same_as<bool> auto applies) : is_per_node_(applies) {}
  constexpr ConnectionsPerNode(std::same_as<int> auto limit) : limit_(limit) {}

  constexpr std::optional<int> limit() const { return limit_; }
  /// Whether `max_connections` is meant per node.
  constexpr bool shifts_total() const { return is_per_node_; }

 private:
  bool is_per_node_ = false;
  std::optional<int> limit_{};
};

}  // namespace rediscluster
