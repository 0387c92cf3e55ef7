#include "cluster/nodes/address_map.hpp"

#include <cstdint>
#include <string_view>

namespace rediscluster::cluster {
namespace {

/// A full dotted IPv4 address as a number; nothing for any other text. Leading zeros count for nothing: "010" is 10.
std::optional<std::uint32_t> ipv4_number(std::string_view text) {
  std::uint32_t address = 0;
  for (int octet = 0; octet < 4; ++octet) {
    const std::size_t dot = octet < 3 ? text.find('.') : text.size();
    if (dot == std::string_view::npos || dot == 0 || dot > 3) return std::nullopt;
    std::uint32_t number = 0;
    for (const char digit : text.substr(0, dot)) {
      if (digit < '0' || digit > '9') return std::nullopt;
      number = number * 10 + static_cast<std::uint32_t>(digit - '0');
    }
    if (number > 255) return std::nullopt;
    address = address << 8 | number;
    text.remove_prefix(octet < 3 ? dot + 1 : dot);
  }
  return address;
}

Failure bad_rule(std::size_t number, const std::string& what) {
  return fail(Errc::bad_option, "host_port_remap: rule " + std::to_string(number) + ": " + what);
}

Result<void> check_host(std::size_t number, const char* field, const std::string& host) {
  if (ipv4_number(host)) return {};
  return bad_rule(number, std::string(field) + " is \"" + host +
                              "\", which is no full IPv4 address such as 10.0.0.5; for names and IPv6 give a function");
}

Result<void> check_port(std::size_t number, const char* field, int port) {
  if (port >= 1 && port <= 65535) return {};
  return bad_rule(number, std::string(field) + " is " + std::to_string(port) + "; it must be between 1 and 65535");
}

Result<void> check_rule(std::size_t number, const HostPortRule& rule) {
  const bool hosts = !rule.from_host.empty();
  if (hosts != !rule.to_host.empty()) {
    return bad_rule(number, hosts ? "from_host is given without to_host; give both or neither" : "to_host is given without from_host; give both or neither");
  }
  if (rule.from_port.has_value() != rule.to_port.has_value()) {
    return bad_rule(number, rule.from_port ? "from_port is given without to_port; give both or neither" : "to_port is given without from_port; give both or neither");
  }
  if (!hosts && !rule.from_port) return bad_rule(number, "it is empty; give from_host and to_host, or from_port and to_port, or all four");
  if (hosts) {
    if (auto checked = check_host(number, "from_host", rule.from_host); !checked) return checked;
    if (auto checked = check_host(number, "to_host", rule.to_host); !checked) return checked;
  }
  if (!rule.from_port) return {};
  if (auto checked = check_port(number, "from_port", *rule.from_port); !checked) return checked;
  return check_port(number, "to_port", *rule.to_port);
}

bool fits(const HostPortRule& rule, const NodeAddress& address, const std::optional<std::uint32_t>& host) {
  if (!rule.from_host.empty() && (!host || *host != ipv4_number(rule.from_host))) return false;
  return !rule.from_port || *rule.from_port == address.port;
}

NodeAddress apply(const std::vector<HostPortRule>& rules, const NodeAddress& address) {
  const std::optional<std::uint32_t> host = ipv4_number(address.host);
  for (const HostPortRule& rule : rules) {
    if (!fits(rule, address, host)) continue;
    return {rule.to_host.empty() ? address.host : rule.to_host, rule.to_port.value_or(address.port)};
  }
  return address;
}

// The user's function may throw, on threads that are not his.
NodeAddress apply_safely(const AddressMap& map, const NodeAddress& address) {
  try {
    return map(address);
  } catch (...) {
    return address;
  }
}

}  // namespace

Result<AddressMap> make_address_map(const HostPortRemap& remap) {
  if (remap.function()) {
    return AddressMap([map = remap.function()](const NodeAddress& address) { return apply_safely(map, address); });
  }
  const std::vector<HostPortRule>& rules = remap.rules();
  if (rules.empty()) return AddressMap();
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (auto checked = check_rule(i + 1, rules[i]); !checked) return fail(std::move(checked.error()));
  }
  return AddressMap([rules](const NodeAddress& address) { return apply(rules, address); });
}

}  // namespace rediscluster::cluster
