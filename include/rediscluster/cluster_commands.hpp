/// The cluster commands as members: topology, slots and nodes. Those with a node id go to exactly that node.
#pragma once

#include <rediscluster/client.hpp>
#include <rediscluster/options/command.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rediscluster {

namespace detail {
Result<ClusterInfo> cluster_info(Client& client);
Result<ClusterNodes> cluster_nodes(Client& client);
Result<std::vector<SlotRange>> cluster_slots(Client& client);
Result<std::int64_t> cluster_count_keys_in_slot(Client& client, int slot);
Result<std::vector<std::string>> cluster_get_keys_in_slot(Client& client, int slot, std::int64_t count);
Result<std::int64_t> cluster_count_failure_report(Client& client, std::string_view node_id);
Result<std::vector<ClusterNode>> cluster_replicas(Client& client, std::string_view node_id);
Result<bool> cluster_save_config(Client& client);
Result<bool> cluster_add_slots(Client& client, std::string_view node_id, std::span<const int> slots);
Result<bool> cluster_del_slots(Client& client, std::span<const int> slots);
Result<bool> cluster_meet(Client& client, std::string_view node_id, std::string_view host, int port);
Result<bool> cluster_replicate(Client& client, std::string_view replica_id, std::string_view primary_id);
Result<bool> cluster_failover(Client& client, std::string_view node_id, FailoverMode mode);
Result<bool> cluster_reset(Client& client, std::string_view node_id, bool soft);
Result<std::vector<bool>> cluster_reset_all_nodes(Client& client, bool soft);
Result<bool> cluster_set_config_epoch(Client& client, std::string_view node_id, std::int64_t epoch);
Result<bool> cluster_setslot(Client& client, std::string_view node_id, int slot, SlotState state, std::string_view bind_to_node_id);
int cluster_keyslot(std::string_view key);
}  // namespace detail

/// @tparam Surface  gives `ask<T>(call)`: what call(detail::Client&) comes to, as the surface's outcome.
template <class Surface, template <class> class Outcome>
struct ClusterCommands {
  /// Fields of CLUSTER INFO, asked from one node, e.g. "cluster_state": "ok". @see CLUSTER INFO
  Outcome<ClusterInfo> cluster_info() const {
    return ask<ClusterInfo>([](detail::Client& client) { return detail::cluster_info(client); });
  }
  /// Every node by id, with role, flags and slots, as one node sees them. @see CLUSTER NODES
  Outcome<ClusterNodes> cluster_nodes() const {
    return ask<ClusterNodes>([](detail::Client& client) { return detail::cluster_nodes(client); });
  }
  /// Ranges of slots with master and replicas, in slot order. @see CLUSTER SLOTS
  Outcome<std::vector<SlotRange>> cluster_slots() const {
    return ask<std::vector<SlotRange>>([](detail::Client& client) { return detail::cluster_slots(client); });
  }
  /// Slot of a key, 0..16383; computed here, asks nobody. @see keyslot
  int cluster_keyslot(std::string_view key) const { return detail::cluster_keyslot(key); }
  /// Number of keys in a slot, asked from its master. @see CLUSTER COUNTKEYSINSLOT
  Outcome<std::int64_t> cluster_countkeysinslot(int slot) const {
    return ask<std::int64_t>([slot](detail::Client& client) { return detail::cluster_count_keys_in_slot(client, slot); });
  }
  /// At most `count` keys of a slot, asked from its master. @see CLUSTER GETKEYSINSLOT
  Outcome<std::vector<std::string>> cluster_get_keys_in_slot(int slot, std::int64_t count) const {
    return ask<std::vector<std::string>>([slot, count](detail::Client& client) { return detail::cluster_get_keys_in_slot(client, slot, count); });
  }
  /// How many nodes report the node with this id as failing. @see CLUSTER COUNT-FAILURE-REPORTS
  Outcome<std::int64_t> cluster_count_failure_report(std::string_view node_id) const {
    return ask<std::int64_t>([node_id = std::string(node_id)](detail::Client& client) { return detail::cluster_count_failure_report(client, node_id); });
  }
  /// The replicas of the master with this id. Errors: the server's, when the id is a replica's. @see CLUSTER REPLICAS
  Outcome<std::vector<ClusterNode>> cluster_slaves(std::string_view target_node_id) const {
    return ask<std::vector<ClusterNode>>([target_node_id = std::string(target_node_id)](detail::Client& client) { return detail::cluster_replicas(client, target_node_id); });
  }
  /// Every node writes its cluster configuration to disk. @return true when all did. @see CLUSTER SAVECONFIG
  Outcome<bool> cluster_save_config() const {
    return ask<bool>([](detail::Client& client) { return detail::cluster_save_config(client); });
  }
  /// Gives slots to the node with this id. @see CLUSTER ADDSLOTS
  Outcome<bool> cluster_addslots(std::string_view node_id, const std::vector<int>& slots) const {
    return ask<bool>([node_id = std::string(node_id), slots](detail::Client& client) { return detail::cluster_add_slots(client, node_id, slots); });
  }
  /// Takes slots from whoever has them: each master forgets its own. @see CLUSTER DELSLOTS
  Outcome<bool> cluster_delslots(const std::vector<int>& slots) const {
    return ask<bool>([slots](detail::Client& client) { return detail::cluster_del_slots(client, slots); });
  }
  /// The node with this id gets to know another one. @see CLUSTER MEET
  Outcome<bool> cluster_meet(std::string_view node_id, std::string_view host, int port) const {
    return ask<bool>([node_id = std::string(node_id), host = std::string(host), port](detail::Client& client) { return detail::cluster_meet(client, node_id, host, port); });
  }
  /// Makes `replica_id` a replica of `target_node_id`. @see CLUSTER REPLICATE
  Outcome<bool> cluster_replicate(std::string_view target_node_id, std::string_view replica_id) const {
    return ask<bool>([replica_id = std::string(replica_id), target_node_id = std::string(target_node_id)](detail::Client& client) { return detail::cluster_replicate(client, replica_id, target_node_id); });
  }
  /// The replica with this id takes over from its master. @see CLUSTER FAILOVER
  Outcome<bool> cluster_failover(std::string_view node_id, FailoverMode mode = {}) const {
    return ask<bool>([node_id = std::string(node_id), mode](detail::Client& client) { return detail::cluster_failover(client, node_id, mode); });
  }
  /// Resets one node; soft keeps its id and epoch. @see CLUSTER RESET
  Outcome<bool> cluster_reset(std::string_view node_id, bool soft = true) const {
    return ask<bool>([node_id = std::string(node_id), soft](detail::Client& client) { return detail::cluster_reset(client, node_id, soft); });
  }
  /// Resets every node, one answer each. @see CLUSTER RESET
  Outcome<std::vector<bool>> cluster_reset_all_nodes(bool soft = true) const {
    return ask<std::vector<bool>>([soft](detail::Client& client) { return detail::cluster_reset_all_nodes(client, soft); });
  }
  /// Sets the configuration epoch of a fresh node. @see CLUSTER SET-CONFIG-EPOCH
  Outcome<bool> cluster_set_config_epoch(std::string_view node_id, std::int64_t epoch) const {
    return ask<bool>([node_id = std::string(node_id), epoch](detail::Client& client) { return detail::cluster_set_config_epoch(client, node_id, epoch); });
  }
  /// Tells the node `node_id` about a slot: importing from, migrating to, or owned by `bind_to_node_id`; or stable.
  /// @see CLUSTER SETSLOT
  Outcome<bool> cluster_setslot(std::string_view node_id, int slot_id, SlotState state, std::string_view bind_to_node_id = {}) const {
    return ask<bool>([node_id = std::string(node_id), slot_id, state, bind_to_node_id = std::string(bind_to_node_id)](detail::Client& client) {
      return detail::cluster_setslot(client, node_id, slot_id, state, bind_to_node_id);
    });
  }

 private:
  template <class T, class Call>
  Outcome<T> ask(Call&& call) const {
    return static_cast<const Surface&>(*this).template ask<T>(std::forward<Call>(call));
  }
};

}  // namespace rediscluster
