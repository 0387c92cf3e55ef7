#include "slots/own_view.hpp"

#include "slots/parse_cluster_nodes.hpp"

#include <algorithm>

namespace rediscluster::slots {
namespace {

OwnView view_of(const ClusterNode& node) {
  OwnView view;
  view.node_id = node.id;
  view.is_primary = node.role == Role::master;
  view.config_epoch = node.config_epoch;
  for (const SlotRun& run : node.slots) view.owned.add(run);
  for (const SlotMigration& each : node.migrations) {
    const bool leaving = each.direction == SlotMigration::Direction::migrating;
    (leaving ? view.leaving : view.arriving)[each.slot] = each.node_id;
  }
  return view;
}

}  // namespace

Result<std::string> read_process(std::string_view info_text, const NodeAddress& asked) {
  const ClusterInfo fields = parse_cluster_info(info_text);  // INFO has the same form
  for (const char* name : {"run_id", "process_id"}) {
    const auto found = fields.find(name);
    if (found != fields.end() && !found->second.empty()) return found->second;
  }
  return fail(Errc::unexpected_reply, "INFO server: neither run_id nor process_id, so a restart could not be noticed", asked,
              Execution::executed);
}

Result<OwnView> read_own_slots(std::string_view nodes_text, const NodeAddress& asked) {
  const Result<ClusterNodes> nodes = parse_cluster_nodes(nodes_text, asked);
  if (!nodes) return fail(nodes.error());
  const auto myself = std::find_if(nodes->begin(), nodes->end(), [](const auto& each) { return has_flag(each.second, "myself"); });
  if (myself == nodes->end()) {
    return fail(Errc::unexpected_reply, "CLUSTER NODES: no line says \"myself\"", asked, Execution::executed);
  }
  return view_of(myself->second);
}

SlotSet rival_claims(const ClusterNodes& known, const OwnView& view) {
  SlotSet claimed;
  for (const auto& [address, node] : known) {
    if (node.id == view.node_id || node.config_epoch <= view.config_epoch) continue;
    for (const SlotRun& run : node.slots) claimed.add(run);
  }
  return claimed;
}

Result<OwnView> read_own_view(std::string_view nodes_text, std::string_view info_text, const NodeAddress& asked) {
  Result<OwnView> view = read_own_slots(nodes_text, asked);
  if (!view) return view;
  Result<std::string> process = read_process(info_text, asked);
  if (!process) return fail(std::move(process.error()));
  view->process = std::move(*process);
  return view;
}

}  // namespace rediscluster::slots
