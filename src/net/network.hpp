/// A network of IP addresses, "10.0.0.0/8" or "fd00::/8"; a lone address is a network of one. One with a zone, "fe80::%eth0/10", is
/// a network on that interface alone; without one it does not matter. Plain value.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace rediscluster::net {

/// Takes the zone off an IPv6 address, "fe80::1%eth0", and gives it back; empty: it has none.
std::string take_zone(std::string& address);

class Network {
 public:
  /// Nothing for any other text. Bits behind the prefix do not matter.
  static std::optional<Network> parse(const std::string& text);

  /// Whether this is the text of an address in the network. A name is in none. IPv4 addresses in IPv6 ("::ffff:10.0.0.5")
  /// are in the networks of IPv4.
  bool contains(const std::string& text) const;

 private:
  using Bytes = std::array<std::uint8_t, 16>;
  Bytes address_{};  // IPv4 as ::ffff:a.b.c.d
  int prefix_ = 0;   // bits
  std::string zone_; // empty: any
};

}  // namespace rediscluster::net
