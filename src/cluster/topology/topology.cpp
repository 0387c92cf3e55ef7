#include "cluster/topology/topology.hpp"

#include <algorithm>
#include <unordered_set>

namespace rediscluster::cluster {
namespace {

// A view may be older than a MOVED that a newer owner sent us: gossip needs about a second to reach every node. So long
// a view that still names the owner from before the MOVED does not undo it.
constexpr std::chrono::seconds patch_protection{2};

Node* primary_of(const Shard* shard) { return shard == nullptr ? nullptr : shard->primary; }

bool has_replica(const Shard* shard, const Node* node) {
  return shard != nullptr && node != nullptr && std::find(shard->replicas.begin(), shard->replicas.end(), node) != shard->replicas.end();
}

/// Gathers what a view changes. The handovers are found by their two nodes: the first view of a large cluster has hundreds.
class ChangeNotes {
 public:
  /// `slots` slots from that one on.
  void note(int slot, int slots, const Shard* before, const Shard* after) {
    change_.slots += slots;
    Node* from = primary_of(before);
    Node* to = primary_of(after);
    if (from == to) return;
    const auto [place, is_new] = places_.try_emplace({from, to}, change_.handovers.size());
    if (is_new) {
      change_.handovers.push_back({from, to, slot, slots, has_replica(before, to) || has_replica(after, from)});
    } else {
      change_.handovers[place->second].slots += slots;
    }
  }
  TopologyChange take() { return std::move(change_); }

 private:
  TopologyChange change_;
  std::map<std::pair<const Node*, const Node*>, std::size_t> places_;  // in change_.handovers
};

}  // namespace

void Topology::wait_for_change(std::uint64_t seen, base::Deadline deadline) {
  std::unique_lock lock{mutex_};
  const auto has_changed = [&] { return epoch() != seen; };
  if (deadline.is_never()) {
    changed_.wait(lock, has_changed);
  } else {
    changed_.wait_until(lock, deadline.when(), has_changed);
  }
}

const Shard* Topology::intern(Shard shard) {
  const auto [begin, end] = shards_.equal_range(shard.primary);
  const auto same = std::find_if(begin, end, [&](const auto& each) { return *each.second == shard; });
  if (same != end) return same->second.get();
  const Node* primary = shard.primary;
  return shards_.emplace(primary, std::make_unique<const Shard>(std::move(shard)))->second.get();
}

// With the mutex held. Whom to tell of it, without the mutex: they make system calls.
Topology::News Topology::publish_change() {
  epoch_.fetch_add(1, std::memory_order_acq_rel);
  return News(*this);
}

Topology::News::News(Topology& topology) : topology_(&topology) {
  for (const auto& [number, listener] : topology.listeners_) listeners_.push_back(listener);
}

void Topology::News::tell() const {
  if (topology_ == nullptr) return;
  topology_->changed_.notify_all();
  for (const auto& listener : listeners_) (*listener)();
}

int Topology::add_listener(Listener listener) {
  auto shared = std::make_shared<const Listener>(std::move(listener));
  std::lock_guard lock{mutex_};
  listeners_[++last_listener_] = std::move(shared);
  return last_listener_;
}

void Topology::remove_listener(int number) {
  std::lock_guard lock{mutex_};
  listeners_.erase(number);
}

void Topology::wake_waiters() {
  News news;
  {
    std::lock_guard lock{mutex_};
    news = publish_change();
  }
  news.tell();
}

Node& Topology::node_at(const NodeAddress& announced) {
  Node& node = nodes_.at(remapped(announced));
  if (remap_) node.set_announced(announced);
  return node;
}

bool Topology::has_room(const slots::ClusterView& view) const {
  std::set<NodeAddress> addresses;
  for (const slots::ShardView& shard : view.shards) {
    addresses.insert(remapped(shard.primary.address));
    for (const slots::NodeView& replica : shard.replicas) addresses.insert(remapped(replica.address));
  }
  if (!nodes_.has_room(addresses)) return false;
  std::lock_guard lock{mutex_};
  return shards_.size() + view.shards.size() <= most_shards;
}

void Topology::learn(int slot, const NodeAddress& owner, base::TimePoint now) {
  Node* primary = &node_at(owner);
  News news;
  {
    std::lock_guard lock{mutex_};
    const Shard* before = shard_of(slot);
    if (before != nullptr && before->primary == primary) return;
    // Most often the new owner serves other slots already: take its replicas along.
    const auto served = std::find_if(slots_.begin(), slots_.end(), [&](const auto& each) {
      const Shard* shard = each.load(std::memory_order_relaxed);
      return shard != nullptr && shard->primary == primary;
    });
    const Shard* after = served != slots_.end() ? served->load() : intern({primary, {}});
    version_.fetch_add(1, std::memory_order_acq_rel);
    put(slot, after);
    version_.fetch_add(1, std::memory_order_acq_rel);
    patches_.insert_or_assign(slot, Patch{before, now});
    news = publish_change();
  }
  news.tell();
}

// Calls the user's address map, so not under the lock.
Shard Topology::make_shard(const slots::ShardView& view, std::map<std::string, Node*>& ids) {
  Shard shard{&node_at(view.primary.address), {}};
  shard.primary->note_zone(view.primary.zone);
  shard.primary->set_hostname(view.primary.hostname);
  if (!view.primary.id.empty()) ids[view.primary.id] = shard.primary;
  shard.replicas.reserve(view.replicas.size());
  for (const slots::NodeView& replica : view.replicas) {
    shard.replicas.push_back(&node_at(replica.address));
    shard.replicas.back()->note_zone(replica.zone);
    shard.replicas.back()->set_hostname(replica.hostname);
    if (!replica.id.empty()) ids[replica.id] = shard.replicas.back();
  }
  // Servers list replicas in any order, and another order is no other shard.
  std::sort(shard.replicas.begin(), shard.replicas.end(), [](Node* a, Node* b) { return a->address() < b->address(); });
  return shard;
}

TopologyChange Topology::adopt(const slots::ClusterView& view, base::TimePoint now) {
  std::map<std::string, Node*> ids;
  std::vector<Shard> shards;
  for (const slots::ShardView& each : view.shards) shards.push_back(make_shard(each, ids));
  News news;
  TopologyChange change;
  {
    std::lock_guard lock{mutex_};
    change = put_all(view, std::move(shards), now);
    ids_ = std::move(ids);
    if (change.slots > 0 || is_empty()) news = publish_change();
  }
  news.tell();
  return change;
}

// Calls use(first, last, shard) for all slots in order: runs of slots that the view gives to one shard, or to nobody.
// Slots that a MOVED has told better are left out.
template <class Use>
void Topology::for_each_run(const slots::ClusterView& view, const std::vector<const Shard*>& shards, Use&& use) const {
  const auto use_unpatched = [&](int first, int last, const Shard* shard) {
    for (auto patch = patches_.lower_bound(first); patch != patches_.end() && patch->first <= last; ++patch) {
      if (patch->first > first) use(first, patch->first - 1, shard);
      first = patch->first + 1;
    }
    if (first <= last) use(first, last, shard);
  };
  int next = 0;
  for (const slots::SlotRange& range : view.ranges) {
    use_unpatched(next, range.first - 1, nullptr);
    use_unpatched(range.first, range.last, shards[range.shard]);
    next = range.last + 1;
  }
  use_unpatched(next, slot_count - 1, nullptr);
}

// With the mutex held.
void Topology::drop_patches(const slots::ClusterView& view, const std::vector<const Shard*>& shards, base::TimePoint now) {
  std::erase_if(patches_, [&](const auto& entry) {
    const auto& [slot, patch] = entry;
    const slots::SlotRange* range = view.range_of(slot);
    const bool stale = primary_of(range == nullptr ? nullptr : shards[range->shard]) == primary_of(patch.before);
    return !stale || now - patch.when > patch_protection;
  });
}

// With the mutex held.
TopologyChange Topology::put_all(const slots::ClusterView& view, std::vector<Shard> shards, base::TimePoint now) {
  std::vector<const Shard*> interned;
  interned.reserve(shards.size());
  for (Shard& shard : shards) interned.push_back(intern(std::move(shard)));
  drop_patches(view, interned, now);
  // What may run out of memory comes first: the version must not stay odd.
  ChangeNotes change;
  for_each_run(view, interned, [&](int first, int last, const Shard* after) {
    for (int slot = first, end = first; slot <= last; slot = end) {
      const Shard* before = shard_of(slot);
      while (end <= last && shard_of(end) == before) ++end;
      if (before != after) change.note(slot, end - slot, before, after);
    }
  });
  version_.fetch_add(1, std::memory_order_acq_rel);
  for_each_run(view, interned, [&](int first, int last, const Shard* after) {
    for (int slot = first; slot <= last; ++slot) put(slot, after);
  });
  version_.fetch_add(1, std::memory_order_acq_rel);
  return change.take();
}

int Topology::covered_slots() const {
  return static_cast<int>(std::count_if(slots_.begin(), slots_.end(), [](const auto& each) { return each.load() != nullptr; }));
}

std::vector<Topology::ServingShard> Topology::shards() const {
  std::vector<ServingShard> found;
  const Shard* last = nullptr;
  for (int slot = 0; slot < slot_count; ++slot) {
    const Shard* shard = shard_of(slot);
    if (shard == nullptr || shard == last) continue;
    last = shard;
    found.push_back({shard, slot});
  }
  // The same primary may stand in several places, and for a moment in two shards: after a MOVED and before the next view.
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return std::pair(a.shard->primary, a.slot) < std::pair(b.shard->primary, b.slot);
  });
  const auto has_same = [](const auto& a, const auto& b) { return a.shard->primary == b.shard->primary; };
  found.erase(std::unique(found.begin(), found.end(), has_same), found.end());
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.slot < b.slot; });
  return found;
}

std::vector<Node*> Topology::primaries() const {
  std::vector<Node*> nodes;
  for (const ServingShard& each : shards()) nodes.push_back(each.shard->primary);
  return nodes;
}

std::vector<Node*> Topology::replicas() const {
  const std::vector<ServingShard> serving = shards();
  std::unordered_set<const Node*> seen;
  for (const ServingShard& each : serving) seen.insert(each.shard->primary);
  std::vector<Node*> nodes;
  for (const ServingShard& each : serving) {
    // A promoted replica stands in its old shard, too, until the next view.
    for (Node* replica : each.shard->replicas) {
      if (seen.insert(replica).second) nodes.push_back(replica);
    }
  }
  return nodes;
}

std::vector<Node*> Topology::all_nodes() const {
  std::vector<Node*> nodes = primaries();
  for (Node* replica : replicas()) nodes.push_back(replica);
  return nodes;
}

bool Topology::knows_id(const std::string& id) const {
  std::lock_guard lock{mutex_};
  return ids_.find(id) != ids_.end();
}

std::vector<std::string> Topology::ids() const {
  std::lock_guard lock{mutex_};
  std::vector<std::string> ids;
  for (const auto& [id, node] : ids_) ids.push_back(id);
  return ids;
}

Node* Topology::node_with_id(const std::string& id) const {
  std::lock_guard lock{mutex_};
  const auto found = ids_.find(id);
  return found == ids_.end() ? nullptr : found->second;
}

}  // namespace rediscluster::cluster
