/// Text of an address, for messages and URLs of this component. Pure.
#pragma once

#include <rediscluster/errors.hpp>
#include <string>

namespace rediscluster::testing {

/// "host:port"; IPv6 hosts in brackets.
inline std::string address_text(const NodeAddress& address) {
  const bool is_ipv6 = address.host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

}  // namespace rediscluster::testing
