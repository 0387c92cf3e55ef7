#include "net/network.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace rediscluster::net {
namespace {

constexpr int ipv4_offset = 96;  // bits in front of an IPv4 address that is written as one of IPv6

std::optional<std::array<std::uint8_t, 16>> bytes_of(const std::string& address, bool& is_ipv4) {
  std::array<std::uint8_t, 16> bytes{};
  is_ipv4 = ::inet_pton(AF_INET, address.c_str(), bytes.data() + 12) == 1;
  if (is_ipv4) {
    bytes[10] = bytes[11] = 0xff;
    return bytes;
  }
  if (::inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1) return bytes;
  return std::nullopt;
}

}  // namespace

std::string take_zone(std::string& address) {
  const std::size_t percent = address.find('%');
  if (percent == std::string::npos || address.find(':') > percent) return {};
  std::string zone = address.substr(percent + 1);
  if (!zone.empty()) address.resize(percent);
  return zone;
}

std::optional<Network> Network::parse(const std::string& text) {
  const std::size_t slash = text.find('/');
  bool is_ipv4 = false;
  Network network;
  std::string address = text.substr(0, slash);
  network.zone_ = take_zone(address);
  const auto bytes = bytes_of(address, is_ipv4);
  if (!bytes) return std::nullopt;
  network.address_ = *bytes;
  network.prefix_ = 128;
  if (slash == std::string::npos) return network;
  int prefix = -1;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + slash + 1, end, prefix);
  if (error != std::errc() || stop != end || prefix < 0 || prefix > (is_ipv4 ? 32 : 128)) return std::nullopt;
  network.prefix_ = prefix + (is_ipv4 ? ipv4_offset : 0);
  return network;
}

bool Network::contains(const std::string& text) const {
  bool is_ipv4 = false;
  std::string address = text;
  const std::string zone = take_zone(address);
  const auto bytes = bytes_of(address, is_ipv4);
  if (!bytes || (!zone_.empty() && zone_ != zone)) return false;
  const auto whole = static_cast<std::size_t>(prefix_ / 8);
  if (!std::equal(bytes->begin(), bytes->begin() + static_cast<std::ptrdiff_t>(whole), address_.begin())) return false;
  const int rest = prefix_ % 8;
  return rest == 0 || ((*bytes)[whole] ^ address_[whole]) >> (8 - rest) == 0;
}

}  // namespace rediscluster::net
