/// Slots on the move: SlotMove, and LocalCluster's use of it.
#include <algorithm>
#include <map>
#include <rediscluster/testing/local_cluster.hpp>
#include <rediscluster/testing/wait_until.hpp>
#include <set>
#include <thread>
#include <utility>

#include "testing/witness.hpp"

namespace rediscluster::testing {
namespace {

constexpr int keys_per_batch = 100;
constexpr const char* migrate_timeout_ms = "5000";

RawReply must(RawConnection& connection, const std::vector<std::string>& words) {
  RawReply reply = connection.call(words);
  if (!reply.is_error()) return reply;
  std::string command;
  for (std::size_t i = 0; i < std::min<std::size_t>(words.size(), 5); ++i) command += words[i] + " ";
  throw ServerError(command + "at port " + std::to_string(connection.address().port) + ": " + reply.text);
}

/// Whether all these primaries name the same config epoch for each of them, and no two have the same.
bool agree_on_epochs(Witness& witness, const std::vector<int>& primaries, const std::set<std::string>& ids) {
  std::map<std::string, std::uint64_t> agreed;
  for (const int index : primaries) {
    std::map<std::string, std::uint64_t> seen;
    for (const NodeLine& line : witness.nodes_seen_by(index)) {
      if (ids.contains(line.id)) seen[line.id] = line.epoch;
    }
    if (seen.size() != ids.size() || (!agreed.empty() && seen != agreed)) return false;
    agreed = std::move(seen);
  }
  std::set<std::uint64_t> epochs;
  for (const auto& [id, epoch] : agreed) epochs.insert(epoch);
  return epochs.size() == ids.size();
}

// SETSLOT NODE gives a slot's new owner the highest epoch it knows of plus one, without asking anybody. If it has not
// heard of the epoch that the slot's old owner got by an earlier move, both may claim the slot, and two nodes can
// disagree for good.
void wait_for_agreed_epochs(const LocalCluster& cluster, const std::vector<int>& primaries) {
  constexpr std::chrono::seconds patience{10};
  std::set<std::string> ids;
  for (const int index : primaries) ids.insert(cluster.node(index).node_id());
  Witness witness(cluster);
  if (wait_until([&] { return agree_on_epochs(witness, primaries, ids); }, patience, std::chrono::milliseconds(10))) return;
  throw ServerError("the primaries do not agree on their config epochs: a slot moved now could end with two owners");
}

/// The slots of one node, as another one sees it.
std::set<int> owned_slots(RawConnection& node, const std::string& id) {
  std::set<int> owned;
  for (const NodeLine& line : parse_node_lines(must(node, {"CLUSTER", "NODES"}).text)) {
    if (line.id != id) continue;
    for (const auto& [first, last] : line.slots) {
      for (int slot = first; slot <= last; ++slot) owned.insert(owned.end(), slot);
    }
  }
  return owned;
}

}  // namespace

struct SlotMove::Links {
  /// Tells all primaries who owns a slot, the owner first.
  void assign(int slot, const std::string& owner_id);
  /// Sees to it that all primaries name the new owner for these slots, and stay with it.
  void settle(int first, int last);

  RawConnection from;
  RawConnection to;
  std::vector<RawConnection> others;  // the rest of the primaries
  std::string from_id;
  std::string to_id;
  NodeAddress to_address;  // where MIGRATE connects to
  std::string password;
};

std::shared_ptr<SlotMove::Links> SlotMove::connect(const LocalCluster& cluster, int from, int to) {
  constexpr std::chrono::seconds patience{10};  // a batch of large keys takes its time
  const LocalServer& target = cluster.node(to).server();
  const std::vector<int> primaries = cluster.primaries();
  wait_for_agreed_epochs(cluster, primaries);
  auto links = std::make_shared<Links>(Links{cluster.node(from).server().connect(patience),
                                             target.connect(patience),
                                             {},
                                             cluster.node(from).node_id(),
                                             cluster.node(to).node_id(),
                                             target.options().tls ? target.tls_address() : target.address(),
                                             target.options().password});
  for (const int index : primaries) {
    if (index != from && index != to) links->others.push_back(cluster.node(index).server().connect(patience));
  }
  return links;
}

void SlotMove::Links::assign(int slot, const std::string& owner_id) {
  const std::vector<std::string> words{"CLUSTER", "SETSLOT", std::to_string(slot), "NODE", owner_id};
  const bool is_back = owner_id == from_id;
  must(is_back ? from : to, words);
  must(is_back ? to : from, words);
  for (RawConnection& other : others) must(other, words);
}

// Servers send each other what they own before they own it (7.0 broadcasts a PONG in the middle of SETSLOT NODE). One that
// comes late marks the slot as not claimed, and then whoever still claims it in another late packet takes it, whatever
// the epochs say: for good, when its own view says otherwise by then. Met with slots that go back and forth at once.
void SlotMove::Links::settle(int first, int last) {
  constexpr std::chrono::milliseconds lateness{20};
  constexpr int most_looks = 250;
  const auto mend = [&](RawConnection& node) {
    const std::set<int> owned = owned_slots(node, to_id);
    bool is_well = true;
    for (int slot = first; slot <= last; ++slot) {
      if (owned.contains(slot)) continue;
      is_well = false;
      must(node, {"CLUSTER", "SETSLOT", std::to_string(slot), "NODE", to_id});
    }
    return is_well;
  };
  for (int looks = 0, well_before = 0; well_before < 2; ++looks) {
    if (looks == most_looks) throw ServerError("slots do not stay with the node they were moved to");
    if (looks > 0) std::this_thread::sleep_for(lateness);
    bool all_well = mend(to);
    all_well = mend(from) && all_well;
    for (RawConnection& other : others) all_well = mend(other) && all_well;
    well_before = all_well ? well_before + 1 : 0;
  }
}

SlotMove::SlotMove(std::shared_ptr<Links> links, int slot) : links_(std::move(links)), slot_(slot) {
  constexpr int most_tries = 3;
  const std::string number = std::to_string(slot);
  for (int tries = 1;; ++tries) {
    // The new home first: the old one starts to send clients there with its own mark.
    const RawReply importing = links_->to.call({"CLUSTER", "SETSLOT", number, "IMPORTING", links_->from_id});
    const RawReply migrating = links_->from.call({"CLUSTER", "SETSLOT", number, "MIGRATING", links_->to_id});
    if (!importing.is_error() && !migrating.is_error()) return;
    if (tries == most_tries) {
      throw ServerError("slot " + number + " cannot be moved: " + (importing.is_error() ? importing.text : migrating.text));
    }
    links_->assign(slot, links_->from_id);  // an earlier move came undone, see settle()
  }
}

SlotMove::~SlotMove() = default;
SlotMove::SlotMove(SlotMove&&) noexcept = default;
SlotMove& SlotMove::operator=(SlotMove&&) noexcept = default;

int SlotMove::keys_left() {
  return static_cast<int>(must(links_->from, {"CLUSTER", "COUNTKEYSINSLOT", std::to_string(slot_)}).integer);
}

int SlotMove::move_keys(int limit) {
  int moved = 0;
  while (moved < limit) {
    const int batch = std::min(limit - moved, keys_per_batch);
    const RawReply keys =
        must(links_->from, {"CLUSTER", "GETKEYSINSLOT", std::to_string(slot_), std::to_string(batch)});
    if (keys.elements.empty()) break;
    std::vector<std::string> words{"MIGRATE", links_->to_address.host, std::to_string(links_->to_address.port), "",
                                   "0",       migrate_timeout_ms};
    if (!links_->password.empty()) words.insert(words.end(), {"AUTH", links_->password});
    words.push_back("KEYS");
    for (const RawReply& key : keys.elements) words.push_back(key.text);
    must(links_->from, words);
    moved += static_cast<int>(keys.elements.size());
  }
  return moved;
}

void SlotMove::carry() {
  constexpr int all_keys = 1 << 30;
  move_keys(all_keys);
  assign();
}

void SlotMove::finish() {
  carry();
  links_->settle(slot_, slot_);
}

void SlotMove::assign() { links_->assign(slot_, links_->to_id); }

void SlotMove::abandon() {
  must(links_->from, {"CLUSTER", "SETSLOT", std::to_string(slot_), "STABLE"});
  must(links_->to, {"CLUSTER", "SETSLOT", std::to_string(slot_), "STABLE"});
}

SlotMove LocalCluster::begin_move(int slot, int from, int to) { return {SlotMove::connect(*this, from, to), slot}; }

void LocalCluster::move_slots(int first, int last, int from, int to) {
  const auto links = SlotMove::connect(*this, from, to);
  for (int slot = first; slot <= last; ++slot) SlotMove(links, slot).carry();
  links->settle(first, last);
}

}  // namespace rediscluster::testing
