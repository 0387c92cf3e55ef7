#include "cluster/nodes/address_filter.hpp"

#include "net/network.hpp"

#include <algorithm>

namespace rediscluster::cluster {
namespace {

/// Host names and networks, as the rules say them.
struct Rules {
  std::vector<net::Network> networks;
  std::vector<std::string> names;     ///< Lower case.
  std::vector<std::string> suffixes;  ///< ".example", lower case.
};

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

// Digits and dots alone are a broken address rather than a name.
bool is_name(const std::string& text) {
  const bool has_letter = std::any_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
  return has_letter && text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == std::string::npos;
}

bool fits(const Rules& rules, const NodeAddress& node) {
  if (std::any_of(rules.networks.begin(), rules.networks.end(), [&](const net::Network& each) { return each.contains(node.host); })) return true;
  const std::string name = lower(node.host);
  if (std::find(rules.names.begin(), rules.names.end(), name) != rules.names.end()) return true;
  return std::any_of(rules.suffixes.begin(), rules.suffixes.end(),
                     [&](const std::string& each) { return name.size() > each.size() && name.ends_with(each); });
}

bool ask_safely(const AddressFilter& filter, const NodeAddress& node) {
  try {
    return filter(node);
  } catch (...) {
    return false;
  }
}

}  // namespace

Result<AddressFilter> make_address_filter(const AllowedAddresses& allowed) {
  if (allowed.function()) {
    return AddressFilter([filter = allowed.function()](const NodeAddress& node) { return ask_safely(filter, node); });
  }
  if (allowed.rules().empty()) return AddressFilter();
  Rules rules;
  for (const std::string& rule : allowed.rules()) {
    if (const auto network = net::Network::parse(rule)) {
      rules.networks.push_back(*network);
    } else if (rule.starts_with("*.") && is_name(rule.substr(2))) {
      rules.suffixes.push_back(lower(rule.substr(1)));
    } else if (is_name(rule)) {
      rules.names.push_back(lower(rule));
    } else {
      return fail(Errc::bad_option, "allowed_addresses: \"" + rule + "\" is no network such as 10.0.0.0/8, no address, and no name such as *.example");
    }
  }
  return AddressFilter([rules = std::move(rules)](const NodeAddress& node) { return fits(rules, node); });
}

}  // namespace rediscluster::cluster
