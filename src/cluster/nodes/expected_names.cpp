#include "cluster/nodes/expected_names.hpp"

#include "net/tls_identity.hpp"

#include <algorithm>

namespace rediscluster::cluster {
namespace {

bool fits(const TlsNameRule& rule, const NodeAddress& address) {
  return (rule.host.empty() || rule.host == address.host) && (!rule.port || *rule.port == address.port);
}

// What the user says of an address; empty: nothing.
std::string name_by_user(const TlsNames& names, const NodeAddress& address) {
  try {
    if (names.function()) return names.function()(address);
  } catch (...) {
    return {};
  }
  const auto rule = std::find_if(names.rules().begin(), names.rules().end(), [&](const TlsNameRule& each) { return fits(each, address); });
  return rule == names.rules().end() ? std::string() : rule->name;
}

}  // namespace

std::vector<std::string> expected_names(const TlsOptions& tls, const KnownAs& node) {
  std::string by_user = name_by_user(tls.names, node.reached);
  if (by_user.empty() && node.announced != node.reached) by_user = name_by_user(tls.names, node.announced);
  if (by_user.empty()) by_user = tls.server_name;
  if (!by_user.empty()) return {by_user};
  std::vector<std::string> names{node.reached.host};
  if (node.announced.host != node.reached.host) names.push_back(node.announced.host);
  // A cluster that goes by names announces them; where it goes by addresses, the name is in the metadata.
  if (net::is_ip_address(node.announced.host) && !node.hostname.empty()) names.push_back(node.hostname);
  return names;
}

}  // namespace rediscluster::cluster
