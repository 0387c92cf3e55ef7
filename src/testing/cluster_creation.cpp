/// LocalCluster: from single servers to one cluster that agrees, and nodes added later.
#include <rediscluster/key_slot.hpp>
#include <rediscluster/testing/local_cluster.hpp>

#include "testing/address_text.hpp"
#include "testing/witness.hpp"

namespace rediscluster::testing {
namespace {

/// A command that must not be refused.
void must(Witness& witness, int node, std::initializer_list<std::string_view> words) {
  const std::optional<RawReply> reply = witness.ask(node, words);
  if (reply && !reply->is_error()) return;
  std::string command;
  for (std::string_view word : words) command += (command.empty() ? "" : " ") + std::string(word);
  throw ServerError("node " + std::to_string(node) + ": " + command + ": " + (reply ? reply->text : "no answer"));
}

/// Where the cluster bus and replicas go.
NodeAddress cluster_address(const LocalNode& node) {
  return node.server().options().tls ? node.tls_address() : node.address();
}

void meet(Witness& witness, int node, const LocalNode& other) {
  const NodeAddress address = cluster_address(other);
  must(witness, node, {"CLUSTER", "MEET", address.host, std::to_string(address.port)});
}

bool knows_all(Witness& witness, int node, int expected) {
  int known = 0;
  for (const NodeLine& line : witness.nodes_seen_by(node)) {
    const bool is_whole = line.is_connected && !line.has_flag("handshake") && !line.has_flag("noaddr");
    if (is_whole) ++known;
  }
  return known >= expected;
}

}  // namespace

LocalServerOptions LocalCluster::server_options(int index) const {
  LocalServerOptions options{.server = options_.server,
                             .cluster_enabled = true,
                             .node_timeout = options_.node_timeout,
                             .require_full_coverage = options_.require_full_coverage,
                             .password = options_.password,
                             .tls = options_.tls,
                             .extra_config = options_.extra_config,
                             .keep_running = options_.keep_running,
                             .wait_until_ready = false,
                             .start_timeout = options_.start_timeout};
  if (!options_.config_of_node) return options;
  for (std::string& line : options_.config_of_node(index)) options.extra_config.push_back(std::move(line));
  return options;
}

void LocalCluster::start_servers() {
  const int count = options_.primaries * (1 + options_.replicas_per_primary);
  for (int index = 0; index < count; ++index) {
    nodes_.push_back(std::unique_ptr<LocalNode>(new LocalNode(server_options(index))));
  }
  for (auto& node : nodes_) {
    node->server_.wait_until_ready();
    node->node_id_ = node->server_.call({"CLUSTER", "MYID"}).text;
  }
}

void LocalCluster::form_cluster() {
  Witness witness(*this);
  for (int index = 0; index < size(); ++index) {
    must(witness, index, {"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(index + 1)});
    if (index >= options_.primaries) continue;
    const std::string first = std::to_string(slot_count * index / options_.primaries);
    const std::string last = std::to_string(slot_count * (index + 1) / options_.primaries - 1);
    must(witness, index, {"CLUSTER", "ADDSLOTSRANGE", first, last});
  }
  meet_all();
  wait_until_all_known();
  set_replicas();
  start_replication();
  wait_until_ok(options_.start_timeout);
}

/// Every pair is introduced: waiting for gossip to do it takes a second or more.
void LocalCluster::meet_all() const {
  Witness witness(*this);
  for (int from = 0; from < size(); ++from) {
    for (int to = from + 1; to < size(); ++to) meet(witness, from, node(to));
  }
}

void LocalCluster::wait_until_all_known() const {
  Witness witness(*this);
  const auto everybody_knows_all = [&] {
    for (int index = 0; index < size(); ++index) {
      if (node(index).can_answer() && !knows_all(witness, index, size())) return false;
    }
    return true;
  };
  if (wait_until(everybody_knows_all, options_.start_timeout, std::chrono::milliseconds(10))) return;
  throw ServerError("the nodes did not get to know each other. Log of node 0:\n" + node(0).server().log_tail());
}

void LocalCluster::set_replicas() const {
  Witness witness(*this);
  for (int index = options_.primaries; index < size(); ++index) {
    const int primary = (index - options_.primaries) / options_.replicas_per_primary;
    must(witness, index, {"CLUSTER", "REPLICATE", node(primary).node_id()});
  }
}

/// Servers leave a replica that has not yet received one byte of writes out of CLUSTER SLOTS.
void LocalCluster::start_replication() const {
  Witness witness(*this);
  const auto is_linked = [&](int index) {
    return witness.info_field(index, {"INFO", "replication"}, "master_link_status") == "up";
  };
  for (int index = options_.primaries; index < size(); ++index) {
    wait_until([&] { return is_linked(index); }, options_.start_timeout);  // if not: wait_until_ok() tells the story
  }
  if (options_.replicas_per_primary == 0) return;
  // All are empty, so this changes nothing; and unlike keyed writes it is not refused while the cluster forms.
  for (int index = 0; index < options_.primaries; ++index) must(witness, index, {"FLUSHALL"});
}

int LocalCluster::add_node(std::optional<int> primary) {
  const int index = size();
  std::unique_ptr<LocalNode> added(new LocalNode(server_options(index)));
  added->server_.wait_until_ready();
  added->node_id_ = added->server_.call({"CLUSTER", "MYID"}).text;
  nodes_.push_back(std::move(added));
  Witness witness(*this);
  for (int other = 0; other < index; ++other) {
    if (node(other).can_answer()) meet(witness, index, node(other));
  }
  wait_until_all_known();
  if (primary) must(witness, index, {"CLUSTER", "REPLICATE", node(*primary).node_id()});
  wait_until_of_use(index, primary);
  return index;
}

/// A server that has just started says CLUSTERDOWN for a while, and replicas are not listed at once.
void LocalCluster::wait_until_of_use(int index, std::optional<int> primary) const {
  Witness witness(*this);
  const auto is_ok = [&](int each) { return witness.info_field(each, {"CLUSTER", "INFO"}, "cluster_state") == "ok"; };
  const auto others_are_ok = [&] {
    for (int other = 0; other < index; ++other) {
      if (node(other).can_answer() && is_ok(other)) return true;
    }
    return false;
  };
  const bool has_primary = primary && node(*primary).can_answer();
  const auto lists_it = [&](int each) {
    const auto view = witness.slots_seen_by(each);
    return view && view->node_ids.contains(node(index).node_id());
  };
  // A primary without slots stands in no CLUSTER SLOTS, and so does a replica of it.
  const auto has_slots = [&] {
    const auto self = witness.self_view(*primary);
    return self && !self->slots.empty();
  };
  const auto is_replicating = [&] {
    if (witness.info_field(index, {"INFO", "replication"}, "master_link_status") != "up") return false;
    if (!has_slots()) return true;
    for (int each = 0; each <= index; ++each) {
      if (node(each).can_answer() && !lists_it(each)) return false;
    }
    return true;
  };
  const auto is_of_use = [&] { return (is_ok(index) || !others_are_ok()) && (!has_primary || is_replicating()); };
  if (wait_until(is_of_use, options_.start_timeout, std::chrono::milliseconds(10))) return;
  throw ServerError("node " + std::to_string(index) + " was added, but is of no use yet. Its log:\n" + node(index).server().log_tail());
}

}  // namespace rediscluster::testing
