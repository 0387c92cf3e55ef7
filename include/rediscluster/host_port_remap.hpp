/// From the addresses a cluster announces to the addresses this client can reach (NAT, containers, tunnels).
/// Plain values. The client applies it once to every address the cluster tells: CLUSTER SLOTS, MOVED, ASK and CLUSTER
/// NODES; never to the startup nodes, which the user wrote down as he reaches them.
#pragma once

#include <rediscluster/errors.hpp>

#include <concepts>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace rediscluster {

/// Announced address in, reachable address out. Called by any thread, several at a time, while no lock is held.
/// An exception from it counts as "unchanged".
using AddressMap = std::function<NodeAddress(const NodeAddress&)>;

/// One rule as redis-py-cluster has them. Hosts are given in pairs, ports in pairs; a rule has one pair or both.
/// `{.from_host = "10.0.0.5", .to_host = "127.0.0.1"}` keeps the port; `{.from_port = 7000, .to_port = 17000}` the host.
struct HostPortRule {
  std::string from_host{};           ///< Full dotted IPv4; compared as numbers: "10.0.0.05" is "10.0.0.5". Empty: any host.
  std::optional<int> from_port{};    ///< 1..65535; empty: any port.
  std::string to_host{};             ///< Full dotted IPv4. Given exactly when from_host is.
  std::optional<int> to_port{};      ///< Given exactly when from_port is.
};

/// Rules, of which the first one that fits an address wins (with host and port in it, both must fit), or a function for
/// everything rules cannot say: names, IPv6, arithmetic on ports.
/// Errors: wrong rules are refused with the client's construction: Errc::bad_option with rule and reason.
class HostPortRemap {
 public:
  HostPortRemap() = default;  ///< Every address as announced.
  HostPortRemap(std::initializer_list<HostPortRule> rules) : rules_(rules) {}
  HostPortRemap(std::vector<HostPortRule> rules) : rules_(std::move(rules)) {}
  template <class Function>
    requires(!std::same_as<std::remove_cvref_t<Function>, HostPortRemap> &&
             std::is_invocable_r_v<NodeAddress, Function&, const NodeAddress&>)
  HostPortRemap(Function function) : function_(std::move(function)) {}

  const std::vector<HostPortRule>& rules() const { return rules_; }
  /// Empty when there are only rules.
  const AddressMap& function() const { return function_; }

 private:
  std::vector<HostPortRule> rules_;
  AddressMap function_;
};

}  // namespace rediscluster
