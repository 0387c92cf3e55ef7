#include "cluster/topology/node_names.hpp"

#include "net/tls_identity.hpp"

#include <algorithm>

namespace rediscluster::cluster {
namespace {

bool is_called(const slots::NodeView& told, const NodeAddress& address) {
  return told.address.port == address.port &&
         (told.address.host == address.host || told.hostname == address.host || told.ip == address.host);
}

// Whether a view says that another node is there.
bool is_anothers(const NodeAddress& place, const std::string& id, const slots::ClusterView& view) {
  const auto is_other = [&](const slots::NodeView& node) { return node.id != id && node.address == place; };
  return std::any_of(view.shards.begin(), view.shards.end(), [&](const slots::ShardView& shard) {
    return is_other(shard.primary) || std::any_of(shard.replicas.begin(), shard.replicas.end(), is_other);
  });
}

// A connection that lives is one to the same process as before. What cannot be reached, or is silent, may have moved.
bool is_well(Node& node) {
  return node.lanes().open_shared() > 0 && node.seems_well(base::Clock::now());
}

}  // namespace

// Who bears the id, unless it has moved.
Node* NodeNames::same_as_before(const slots::NodeView& told, const slots::ClusterView& view) const {
  Node* same = told.id.empty() ? nullptr : node_with_id(told.id);
  if (same == nullptr) return nullptr;
  const NodeAddress place = same->announced();
  const bool stays = is_called(told, place) || (!is_anothers(place, told.id, view) && is_well(*same));
  return stays ? same : nullptr;
}

Node* NodeNames::find(const slots::NodeView& told, const slots::ClusterView& view) const {
  Node* same = same_as_before(told, view);
  return same != nullptr ? same : nodes_.find(remapped(told.address));
}

Node& NodeNames::primary(const slots::NodeView& told, const slots::ClusterView& view, Sheet& sheet) {
  Node* same = same_as_before(told, view);
  return note(same != nullptr ? *same : make(remapped(told.address), told.address), told, sheet);
}

Node* NodeNames::replica(const slots::NodeView& told, const slots::ClusterView& view, Sheet& sheet) {
  if (Node* same = same_as_before(told, view)) return &note(*same, told, sheet);
  const NodeAddress reachable = remapped(told.address);
  if (!nodes_.has_room(reachable, NodeTable::most_nodes)) return nullptr;
  return &note(make(reachable, told.address), told, sheet);
}

Node& NodeNames::note(Node& node, const slots::NodeView& told, Sheet& sheet) const {
  node.note_zone(told.zone);
  // Where its name is the endpoint, the metadata do not tell it; a certificate may bear it all the same.
  const bool is_named = told.hostname.empty() && told.address.host != "?" && !net::is_ip_address(told.address.host);
  node.set_hostname(is_named ? told.address.host : told.hostname);
  if (!told.ip.empty()) node.set_fallback(remapped({told.ip, told.address.port}));
  if (!told.id.empty()) sheet.ids[told.id] = &node;
  if (told.hostname.empty() && told.ip.empty()) return node;
  const NodeAddress own = node.announced();
  for (const std::string* host : {&told.address.host, &told.hostname, &told.ip}) {
    if (host->empty() || *host == "?" || *host == own.host) continue;
    const auto [entry, is_new] = sheet.other_names.try_emplace(NodeAddress{*host, told.address.port}, &node);
    if (!is_new && entry->second != &node) entry->second = nullptr;
  }
  return node;
}

void NodeNames::adopt(Sheet sheet) {
  std::lock_guard lock{mutex_};
  ids_ = std::move(sheet.ids);
  other_names_ = std::move(sheet.other_names);
}

Node* NodeNames::known_as(const NodeAddress& announced) const {
  std::lock_guard lock{mutex_};
  const auto found = other_names_.find(announced);
  return found == other_names_.end() ? nullptr : found->second;
}

Node& NodeNames::make(const NodeAddress& reachable, const NodeAddress& announced) {
  Node& node = nodes_.at(reachable);
  if (remap_) node.set_announced(announced);
  return node;
}

Node& NodeNames::node_at(const NodeAddress& announced) {
  if (Node* known = known_as(announced)) return *known;
  Node& node = nodes_.kept_at(remapped(announced));
  if (remap_) node.set_announced(announced);
  return node;
}

bool NodeNames::has_room(const NodeAddress& announced) {
  return known_as(announced) != nullptr || nodes_.has_room(remapped(announced), NodeTable::most_primaries);
}

Node* NodeNames::node_with_id(const std::string& id) const {
  std::lock_guard lock{mutex_};
  const auto found = ids_.find(id);
  return found == ids_.end() ? nullptr : found->second;
}

void NodeNames::add_to(std::set<const Node*>& nodes) const {
  std::lock_guard lock{mutex_};
  for (const auto& [id, node] : ids_) nodes.insert(node);
  for (const auto& [name, node] : other_names_) nodes.insert(node);
}

std::vector<std::string> NodeNames::ids() const {
  std::lock_guard lock{mutex_};
  std::vector<std::string> ids;
  for (const auto& [id, node] : ids_) ids.push_back(id);
  return ids;
}

}  // namespace rediscluster::cluster
