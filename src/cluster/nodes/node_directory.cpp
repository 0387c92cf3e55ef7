#include "cluster/nodes/node_directory.hpp"

#include "slots/parse_cluster_nodes.hpp"
#include "slots/parse_cluster_slots.hpp"
#include "wire/decode.hpp"
#include "wire/printable.hpp"

#include <rediscluster/commands/cluster.hpp>

namespace rediscluster::cluster {
namespace {

SlotNode public_node(const slots::NodeView& node) { return {node.address.host, node.address.port, node.id}; }

Result<Node*> node_at(Cluster& cluster, const NodeAddress& address) {
  if (cluster.topology().has_room(address)) return &cluster.topology().node_at(address);
  return fail(Errc::unknown_node, to_string(address) + " is one node more than a client remembers");
}

}  // namespace

Result<ClusterNodes> ask_nodes(Cluster& cluster) {
  const auto command = cmd::cluster_nodes();
  Call call;
  if (Result<void> done = cluster.execute(command, call); !done) return fail(std::move(done.error()));
  Result<std::string> text = wire::decode<std::string>(call.reply(), command.facts());
  if (!text) return fail(std::move(text.error()));
  return slots::parse_cluster_nodes(*text, call.answered_by()->announced());
}

Result<std::vector<rediscluster::SlotRange>> ask_slots(Cluster& cluster) {
  Call call;
  if (Result<void> done = cluster.execute(cmd::cluster_slots(), call); !done) return fail(std::move(done.error()));
  Result<slots::ClusterView> view = slots::parse_cluster_slots(call.reply(), call.answered_by()->announced());
  if (!view) return fail(std::move(view.error()));
  std::vector<rediscluster::SlotRange> ranges;
  for (const slots::SlotRange& each : view->ranges) {
    const slots::ShardView& shard = view->shard_of(each);
    rediscluster::SlotRange range{each.first, each.last, public_node(shard.primary), {}};
    for (const slots::NodeView& replica : shard.replicas) range.replicas.push_back(public_node(replica));
    ranges.push_back(std::move(range));
  }
  return ranges;
}

Result<std::vector<ClusterNode>> ask_replicas(Cluster& cluster, std::string_view primary_id) {
  Result<Node*> primary = find_node(cluster, primary_id);
  if (!primary) return fail(std::move(primary.error()));
  const auto command = cmd::cluster_replicas(primary_id);
  Call call;
  if (Result<void> done = cluster.execute(command, call); !done) return fail(std::move(done.error()));
  Result<std::vector<std::string>> lines = wire::decode<std::vector<std::string>>(call.reply(), command.facts());
  if (!lines) return fail(std::move(lines.error()));
  std::vector<ClusterNode> replicas;
  std::optional<Error> odd;
  for (const std::string& line : *lines) {
    Result<ClusterNodes> parsed = slots::parse_cluster_nodes(line, (*primary)->announced());
    if (!parsed) {
      odd = std::move(parsed.error());  // left out, as in CLUSTER NODES
      continue;
    }
    for (auto& [id, replica] : *parsed) replicas.push_back(std::move(replica));
  }
  if (replicas.empty() && odd) return fail(std::move(*odd));
  return replicas;
}

ClusterInfo read_info(std::string_view text) { return slots::parse_cluster_info(text); }

Result<Node*> find_node(Cluster& cluster, std::string_view node_id) {
  if (Result<void> connected = cluster.connect(); !connected) return fail(std::move(connected.error()));
  if (Node* node = cluster.topology().node_with_id(std::string(node_id))) return node;
  // The slot map knows only nodes that serve slots: a fresh or emptied node is in CLUSTER NODES alone.
  Result<ClusterNodes> nodes = ask_nodes(cluster);
  if (!nodes) return fail(std::move(nodes.error()));
  const auto found = nodes->find(std::string(node_id));
  if (found != nodes->end() && !found->second.host.empty()) return node_at(cluster, {found->second.host, found->second.port});
  std::string known;
  if (found != nodes->end()) {
    return fail(Errc::unknown_node, "the cluster knows no address of the node \"" + wire::printable(node_id, 60) + "\" now (noaddr)");
  }
  for (const auto& [id, node] : *nodes) known += (known.empty() ? " " : ", ") + id + " at " + to_string(NodeAddress{node.host, node.port});
  return fail(Errc::unknown_node,
              "no node of the cluster has the id \"" + wire::printable(node_id, 60) + "\"; there are:" + known);
}

Result<Node*> find_target(Cluster& cluster, std::string_view node) {
  if (node.find(':') == std::string_view::npos) return find_node(cluster, node);
  if (Result<void> connected = cluster.connect(); !connected) return fail(std::move(connected.error()));
  std::string known;
  for (Node* each : cluster.topology().all_nodes()) {
    if (to_string(each->address()) == node || to_string(each->announced()) == node) return each;
    known += (known.empty() ? " " : ", ") + to_string(each->address());
  }
  Result<ClusterNodes> announced = ask_nodes(cluster);
  if (!announced) return fail(std::move(announced.error()));
  for (const auto& [id, each] : *announced) {
    const NodeAddress address{each.host, each.port};
    const bool is_it = to_string(address) == node || (!each.hostname.empty() && to_string(NodeAddress{each.hostname, each.port}) == node);
    if (!each.host.empty() && is_it) return node_at(cluster, address);
  }
  return fail(Errc::unknown_node, "no node of the cluster has the address \"" + wire::printable(node, 80) + "\"; there are:" + known);
}

}  // namespace rediscluster::cluster
