/// Which addresses a client may connect to, whatever a server tells it. A server that has been taken over, or somebody
/// who can change what it says, could otherwise send the client, and its password, anywhere (MOVED, CLUSTER SLOTS).
/// Plain values.
#pragma once

#include <rediscluster/errors.hpp>

#include <concepts>
#include <functional>
#include <initializer_list>
#include <string>
#include <type_traits>
#include <vector>

namespace rediscluster {

/// Whether the client may connect to a node. Called by any thread, several at a time, no lock held; often, so be quick.
/// An exception from it counts as no.
using AddressFilter = std::function<bool(const NodeAddress&)>;

/// Rules, of which one must fit, or a function. Applied to the address that would be connected to (after host_port_remap);
/// startup nodes are always allowed. Rules: a network "10.0.0.0/8" or "fd00::/8"; an address "10.0.0.5", "fe80::1%eth0" (a zone
/// counts where the rule has one); a name "redis-1.example"; all names below one, "*.example". A name is judged as a name: what it resolves to is the business
/// of whoever answers for it.
/// Errors: a wrong rule is refused with the client's construction: Errc::bad_option.
class AllowedAddresses {
 public:
  AllowedAddresses() = default;  ///< All.
  AllowedAddresses(std::initializer_list<std::string> rules) : rules_(rules) {}
  AllowedAddresses(std::vector<std::string> rules) : rules_(std::move(rules)) {}
  template <class Function>
    requires(!std::same_as<std::remove_cvref_t<Function>, AllowedAddresses> &&
             std::is_invocable_r_v<bool, Function&, const NodeAddress&>)
  AllowedAddresses(Function function) : function_(std::move(function)) {}

  const std::vector<std::string>& rules() const { return rules_; }
  /// Empty when there are only rules.
  const AddressFilter& function() const { return function_; }

 private:
  std::vector<std::string> rules_;
  AddressFilter function_;
};

}  // namespace rediscluster
