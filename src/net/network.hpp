/// A network of IP addresses, "10.0.0.0/8" or "fd00::/8"; a lone address is a network of one. Plain value.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace rediscluster::net {

class Network {
 public:
  /// Nothing for any other text. Bits behind the prefix do not matter.
  static std::optional<Network> parse(const std::string& text);

  /// Whether this is the text of an address in the network. A name is in none. IPv4 addresses in IPv6 ("::ffff:10.0.0.5")
  /// are in the networks of IPv4.
  bool contains(const std::string& address) const;

 private:
  using Bytes = std::array<std::uint8_t, 16>;
  Bytes address_{};  // IPv4 as ::ffff:a.b.c.d
  int prefix_ = 0;   // bits
};

}  // namespace rediscluster::net
