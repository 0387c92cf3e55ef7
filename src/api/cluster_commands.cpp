// The cluster commands of the surfaces: which node each goes to, and its reply as a typed value.
#include "api/client.hpp"
#include "cluster/nodes/node_directory.hpp"
#include "wire/decode.hpp"

#include <rediscluster/cluster_commands.hpp>
#include <rediscluster/commands/cluster.hpp>
#include <rediscluster/key_slot.hpp>

#include <algorithm>
#include <map>

namespace rediscluster::detail {
namespace {

Result<void> check_slot(int slot) {
  if (slot >= 0 && slot < slot_count) return {};
  return fail(Errc::bad_option, "slot " + std::to_string(slot) + " is not between 0 and 16383");
}

Result<void> check_slots(std::span<const int> slots) {
  if (slots.empty()) return fail(Errc::wrong_arity, "no slots were given");
  for (const int slot : slots) {
    if (auto checked = check_slot(slot); !checked) return checked;
  }
  return {};
}

}  // namespace

Result<ClusterInfo> cluster_info(Client& client) {
  Result<std::string> text = run<std::string>(client, cmd::cluster_info());
  if (!text) return fail(std::move(text.error()));
  return cluster::read_info(*text);
}

Result<ClusterNodes> cluster_nodes(Client& client) { return cluster::ask_nodes(client.cluster()); }

Result<std::vector<SlotRange>> cluster_slots(Client& client) { return cluster::ask_slots(client.cluster()); }

Result<std::int64_t> cluster_count_keys_in_slot(Client& client, int slot) {
  if (auto checked = check_slot(slot); !checked) return fail(std::move(checked.error()));
  return run<std::int64_t>(client, cmd::cluster_countkeysinslot(slot));
}

Result<std::vector<std::string>> cluster_get_keys_in_slot(Client& client, int slot, std::int64_t count) {
  if (auto checked = check_slot(slot); !checked) return fail(std::move(checked.error()));
  return run<std::vector<std::string>>(client, cmd::cluster_getkeysinslot(slot, count));
}

Result<std::int64_t> cluster_count_failure_report(Client& client, std::string_view node_id) {
  cluster::Cluster& cluster = client.cluster();
  Result<cluster::Node*> suspect = cluster::find_node(cluster, node_id);
  if (!suspect) return fail(std::move(suspect.error()));
  // A node holds no reports about itself: another one is asked, if there is one.
  cluster::CallOptions options;
  options.node = *suspect;
  for (cluster::Node* primary : cluster.topology().primaries()) {
    if (primary != *suspect) options.node = primary;
  }
  const auto command = cmd::cluster_count_failure_reports(node_id);
  cluster::Call call;
  if (Result<void> done = cluster.execute(command, call, options); !done) return fail(std::move(done.error()));
  return wire::decode<std::int64_t>(call.reply(), command.facts());
}

Result<std::vector<ClusterNode>> cluster_replicas(Client& client, std::string_view node_id) {
  return cluster::ask_replicas(client.cluster(), node_id);
}

Result<bool> cluster_save_config(Client& client) { return run<bool>(client, cmd::cluster_saveconfig()); }

Result<bool> cluster_add_slots(Client& client, std::string_view node_id, std::span<const int> slots) {
  if (auto checked = check_slots(slots); !checked) return fail(std::move(checked.error()));
  return run_on_node(client, cmd::cluster_addslots(std::vector<int>(slots.begin(), slots.end())), node_id);
}

Result<bool> cluster_del_slots(Client& client, std::span<const int> slots) {
  if (auto checked = check_slots(slots); !checked) return fail(std::move(checked.error()));
  // Each owner is told of its own slots: CLUSTER NODES says who that is, also where the slot map has nothing.
  Result<ClusterNodes> nodes = cluster_nodes(client);
  if (!nodes) return fail(std::move(nodes.error()));
  std::map<std::string, std::vector<int>> by_owner;
  std::size_t owned = 0;
  for (const auto& [id, node] : *nodes) {
    for (const int slot : slots) {
      const auto holds = [&](const SlotRun& run) { return slot >= run.start && slot <= run.end; };
      if (std::none_of(node.slots.begin(), node.slots.end(), holds)) continue;
      by_owner[id].push_back(slot);
      ++owned;
    }
  }
  if (owned != slots.size()) {
    return fail(Errc::slot_not_covered, std::to_string(slots.size() - owned) + " of the given slots belong to no node; nothing was sent");
  }
  for (const auto& [id, owned_slots] : by_owner) {
    Result<bool> done = run_on_node(client, cmd::cluster_delslots(owned_slots), id);
    if (!done || !*done) return done;
  }
  return true;
}

Result<bool> cluster_meet(Client& client, std::string_view node_id, std::string_view host, int port) {
  return run_on_node(client, cmd::cluster_meet(host, port), node_id);
}

Result<bool> cluster_replicate(Client& client, std::string_view replica_id, std::string_view primary_id) {
  return run_on_node(client, cmd::cluster_replicate(primary_id), replica_id);
}

Result<bool> cluster_failover(Client& client, std::string_view node_id, FailoverMode mode) {
  return run_on_node(client, cmd::cluster_failover(mode), node_id);
}

Result<bool> cluster_reset(Client& client, std::string_view node_id, bool soft) {
  return run_on_node(client, cmd::cluster_reset(soft ? ResetMode::soft : ResetMode::hard), node_id);
}

Result<std::vector<bool>> cluster_reset_all_nodes(Client& client, bool soft) {
  Result<ClusterNodes> nodes = cluster_nodes(client);
  if (!nodes) return fail(std::move(nodes.error()));
  std::vector<bool> done;
  for (const auto& [id, node] : *nodes) {
    Result<bool> one = cluster_reset(client, id, soft);
    if (!one) return fail(std::move(one.error()));
    done.push_back(*one);
  }
  return done;
}

Result<bool> cluster_set_config_epoch(Client& client, std::string_view node_id, std::int64_t epoch) {
  return run_on_node(client, cmd::cluster_set_config_epoch(epoch), node_id);
}

Result<bool> cluster_setslot(Client& client, std::string_view node_id, int slot, SlotState state, std::string_view bind_to_node_id) {
  if (auto checked = check_slot(slot); !checked) return fail(std::move(checked.error()));
  if (state == SlotState::stable) return run_on_node(client, cmd::cluster_setslot_stable(slot), node_id);
  if (bind_to_node_id.empty()) {
    return fail(Errc::bad_option, "CLUSTER SETSLOT importing, migrating and node need bind_to_node_id: the other node's id");
  }
  return run_on_node(client, cmd::cluster_setslot(slot, state, bind_to_node_id), node_id);
}

int cluster_keyslot(std::string_view key) { return keyslot(key); }

}  // namespace rediscluster::detail
