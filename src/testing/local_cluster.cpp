/// LocalCluster: what is asked of it while it runs.
#include <algorithm>
#include <rediscluster/key_slot.hpp>
#include <rediscluster/testing/local_cluster.hpp>
#include <sstream>

#include "testing/address_text.hpp"
#include "testing/witness.hpp"

namespace rediscluster::testing {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds poll_interval{10};
constexpr milliseconds failover_timeout{15'000};
constexpr milliseconds chain_patience{2'000};  // most servers end a chain of replicas themselves, in less than a second
constexpr milliseconds failover_retry{6'000};  // a server gives up a graceful failover after 5 s, silently

const char* option_of(Failover how) { return how == Failover::force ? "FORCE" : "TAKEOVER"; }

}  // namespace

bool LocalNode::is_primary() const {
  const RawReply role = server_.call({"ROLE"});
  if (role.is_error()) throw ServerError(address_text(address()) + ": ROLE: " + role.text);
  return role[0].text == "master";
}

LocalCluster::LocalCluster(LocalClusterOptions options) : options_(std::move(options)) {
  if (options_.primaries < 1 || options_.replicas_per_primary < 0) throw ServerError("a cluster needs a primary");
  try {
    start_servers();
    form_cluster();
  } catch (...) {
    for (auto& node : nodes_) node->server_.kill();  // also those that were to be kept
    throw;
  }
}

LocalCluster::~LocalCluster() = default;

std::vector<NodeAddress> LocalCluster::seeds() const {
  std::vector<NodeAddress> addresses;
  for (const auto& node : nodes_) addresses.push_back(node->address());
  return addresses;
}

std::vector<pid_t> LocalCluster::pids() const {
  std::vector<pid_t> pids;
  for (const auto& node : nodes_) {
    if (node->pid() > 0) pids.push_back(node->pid());
  }
  return pids;
}

std::optional<int> LocalCluster::find_node(const NodeAddress& address) const {
  for (int index = 0; index < size(); ++index) {
    if (node(index).address() == address || node(index).tls_address() == address) return index;
  }
  return std::nullopt;
}

std::optional<int> LocalCluster::find_node(std::string_view node_id) const {
  for (int index = 0; index < size(); ++index) {
    if (node(index).node_id() == node_id) return index;
  }
  return std::nullopt;
}

std::vector<int> LocalCluster::primaries() const {
  Witness witness(*this);
  std::vector<int> found;
  for (int index = 0; index < size(); ++index) {
    const auto self = witness.self_view(index);
    if (self && self->has_flag("master")) found.push_back(index);
  }
  return found;
}

std::vector<int> LocalCluster::replicas_of(int primary) const {
  Witness witness(*this);
  std::vector<int> found;
  for (int index = 0; index < size(); ++index) {
    const auto self = witness.self_view(index);
    if (self && self->has_flag("slave") && self->primary_id == node(primary).node_id()) found.push_back(index);
  }
  return found;
}

int LocalCluster::primary_of_slot(int slot) const {
  Witness witness(*this);
  int owner = -1;
  std::uint64_t newest = 0;
  for (int index = 0; index < size(); ++index) {
    const auto self = witness.self_view(index);
    if (!self || !self->has_flag("master")) continue;
    const auto holds = [slot](const auto& range) { return range.first <= slot && slot <= range.second; };
    if (!std::any_of(self->slots.begin(), self->slots.end(), holds)) continue;
    if (owner >= 0 && self->epoch <= newest) continue;
    owner = index;
    newest = self->epoch;
  }
  if (owner < 0) throw ServerError("no node that answers claims slot " + std::to_string(slot));
  return owner;
}

RawReply LocalCluster::call(int index, std::initializer_list<std::string_view> words) const {
  return node(index).server().call(words);
}

RawReply LocalCluster::call(int index, const std::vector<std::string>& words) const {
  return node(index).server().connect().call(words);
}

void LocalCluster::failover(int replica, Failover how) {
  const auto promoted = [&] { return node(replica).is_primary(); };
  const auto deadline = std::chrono::steady_clock::now() + failover_timeout;
  while (std::chrono::steady_clock::now() < deadline) {
    const RawReply reply = how == Failover::graceful ? call(replica, {"CLUSTER", "FAILOVER"})
                                                     : call(replica, {"CLUSTER", "FAILOVER", option_of(how)});
    if (reply.is_error() && promoted()) return;
    if (reply.is_error()) throw ServerError("failover to node " + std::to_string(replica) + ": " + reply.text);
    if (wait_until(promoted, failover_retry, poll_interval)) return;
  }
  throw ServerError("node " + std::to_string(replica) + " was not promoted. Its log:\n" +
                    node(replica).server().log_tail());
}

namespace {

/// The lines that stand in one text only, which are lines of CLUSTER SLOTS: "0-5460 <id>".
std::string difference(const std::string& seen, const std::string& agreed) {
  const auto lines_beyond = [](const std::string& text, const std::string& other) {
    std::string lines;
    std::istringstream all(text);
    for (std::string line; std::getline(all, line);) {
      if (("\n" + other).find("\n" + line + "\n") == std::string::npos) lines += "\n  " + line;
    }
    return lines;
  };
  return lines_beyond(seen, agreed) + "\nwhere those say" + lines_beyond(agreed, seen);
}

/// What each node answers, for whoever asks why they do not come to terms.
std::string everybodys(std::string_view title, std::initializer_list<std::string_view> words, Witness& witness,
                       int nodes) {
  std::string text;
  for (int index = 0; index < nodes; ++index) {
    const std::optional<RawReply> reply = witness.ask(index, words);
    if (!reply) continue;
    text.append("\n").append(title).append(" of node ").append(std::to_string(index)).append(":\n").append(reply->text);
  }
  return text;
}

}  // namespace

/// What is not yet well, in words; empty when all is.
std::string LocalCluster::trouble_now(Witness& witness) const {
  std::string agreed;
  for (int index = 0; index < size(); ++index) {
    if (!node(index).can_answer()) continue;
    const std::string who = "node " + std::to_string(index) + " ";
    if (witness.info_field(index, {"CLUSTER", "INFO"}, "cluster_state") != "ok")
      return who + "does not say cluster_state:ok";
    const auto view = witness.slots_seen_by(index);
    const auto self = witness.self_view(index);
    if (!view || !self) return who + "does not answer";
    if (view->covered != slot_count) return who + "sees only " + std::to_string(view->covered) + " slots covered";
    if (!agreed.empty() && view->text != agreed)
      return who + "sees another topology than the nodes before it:" + difference(view->text, agreed);
    agreed = view->text;
    for (const auto& other : nodes_) {
      const bool is_listed = view->node_ids.contains(other->node_id());
      if (is_listed && !other->can_answer())
        return who + "has not noticed that " + address_text(other->address()) + " is down";
    }
    if (!self->has_flag("slave")) continue;
    if (!view->node_ids.contains(self->id)) return who + "is a replica nobody lists";
    if (witness.info_field(index, {"INFO", "replication"}, "master_link_status") != "up")
      return who + "has no link to its primary";
  }
  return agreed.empty() ? "no node answers" : "";
}

/// A failover can leave the other replicas of the shard with the old primary, which is a replica itself now; some
/// servers never undo that (redis/redis#15472), so whoever is still so after a while is told whom to follow.
void LocalCluster::end_chains(Witness& witness) const {
  for (int index = 0; index < size(); ++index) {
    const auto self = witness.self_view(index);
    const auto followed = self && self->has_flag("slave") ? find_node(self->primary_id) : std::nullopt;
    const auto leader = followed ? witness.self_view(*followed) : std::nullopt;
    if (!leader || !leader->has_flag("slave") || leader->primary_id == self->id) continue;
    witness.ask(index, {"CLUSTER", "REPLICATE", leader->primary_id});
  }
}

void LocalCluster::wait_until_ok(milliseconds timeout) const {
  Witness witness(*this);
  std::string trouble;
  auto next_look_for_chains = std::chrono::steady_clock::now() + chain_patience;
  const auto is_ok = [&] {
    trouble = trouble_now(witness);
    if (!trouble.empty() && std::chrono::steady_clock::now() >= next_look_for_chains) {
      end_chains(witness);
      next_look_for_chains += chain_patience;
    }
    return trouble.empty();
  };
  if (wait_until(is_ok, timeout, poll_interval)) return;
  std::string story = everybodys("CLUSTER NODES", {"CLUSTER", "NODES"}, witness, size()) +
                      everybodys("INFO replication", {"INFO", "replication"}, witness, size());
  for (const auto& node : nodes_) story += "\nLog of " + address_text(node->address()) + ":\n" + node->server().log_tail();
  throw ServerError("the cluster is not well after " + std::to_string(timeout.count()) + " ms: " + trouble + story);
}

int LocalCluster::wait_for_primary(int slot, int except, milliseconds timeout) const {
  std::vector<NodeAddress> addresses;
  std::vector<int> indexes;
  for (int index = 0; index < size(); ++index) {
    if (index == except || !node(index).can_answer()) continue;
    addresses.push_back(node(index).address());
    indexes.push_back(index);
  }
  SlotProbe probe(std::move(addresses), slot, options_.password);
  std::optional<std::size_t> found;
  if (!wait_until([&] { return (found = probe.ask()).has_value(); }, timeout)) {
    throw ServerError("no node served slot " + std::to_string(slot) + " within " + std::to_string(timeout.count()) +
                      " ms");
  }
  return indexes[*found];
}

void LocalCluster::keep() {
  if (!options_.keep_running) throw ServerError("servers started without keep_running die with their process");
}

}  // namespace rediscluster::testing
