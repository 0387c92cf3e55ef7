#include "cluster/topology/topology.hpp"

#include <algorithm>

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
  changed_.wait_until(lock, deadline, has_changed);
}

const Shard* Topology::intern(Shard shard) {
  const auto [begin, end] = shards_.equal_range(shard.primary);
  const auto same = std::find_if(begin, end, [&](const auto& each) { return each.second->has_same_nodes(shard); });
  if (same != end) return same->second.get();
  auto kept = std::make_unique<Shard>(std::move(shard));
  Shard& admitted = *kept;
  const auto place = shards_.emplace(admitted.primary, std::move(kept));
  try {
    slots_.admit(admitted);
  } catch (...) {
    shards_.erase(place);
    throw;
  }
  return &admitted;
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

// From stop callbacks, too, which must not throw: without memory for the list of listeners those who pause are woken all the same.
void Topology::wake_waiters() noexcept try {
  News news;
  {
    std::lock_guard lock{mutex_};
    news = publish_change();
  }
  news.tell();
} catch (...) {
  changed_.notify_all();
}

bool Topology::has_room(const slots::ClusterView& view) {
  return std::all_of(view.shards.begin(), view.shards.end(), [&](const slots::ShardView& shard) { return has_room(shard.primary.address); });
}

void Topology::learn(int slot, const NodeAddress& owner, base::TimePoint now) {
  Node* primary = &node_at(owner);
  News news;
  {
    std::lock_guard lock{mutex_};
    const Shard* before = shard_of(slot);
    if (before != nullptr && before->primary == primary) return;
    // Most often the new owner serves other slots already: take its replicas along.
    const Shard* after = nullptr;
    for (int other = 0; other < slot_count && after == nullptr; other = slots_.end_of_run(other)) {
      if (primary_of(shard_of(other)) == primary) after = shard_of(other);
    }
    if (after == nullptr) after = intern({primary, {}});
    version_.fetch_add(1, std::memory_order_acq_rel);
    slots_.put(slot, after);
    version_.fetch_add(1, std::memory_order_acq_rel);
    patches_.insert_or_assign(slot, Patch{before, now});
    losses_.note({slot, slot}, primary_of(before), primary, now);
    news = publish_change();
  }
  news.tell();
}

// Calls the user's address map, so not under the lock.
Shard Topology::make_shard(const slots::ShardView& told, const slots::ClusterView& view, NodeNames::Sheet& sheet) {
  Shard shard{&names_.primary(told.primary, view, sheet), {}};
  shard.replicas.reserve(told.replicas.size());
  for (const slots::NodeView& each : told.replicas) {
    if (Node* replica = names_.replica(each, view, sheet)) shard.replicas.push_back(replica);
  }
  // Servers list replicas in any order, and another order is no other shard.
  std::sort(shard.replicas.begin(), shard.replicas.end(), [](Node* a, Node* b) { return a->address() < b->address(); });
  return shard;
}

Topology::GivenBack Topology::given_back(const slots::ClusterView& view, base::TimePoint now) {
  std::vector<const Node*> primaries;
  for (const slots::ShardView& shard : view.shards) primaries.push_back(names_.find(shard.primary, view));
  GivenBack found;
  std::lock_guard lock{mutex_};
  if (losses_.empty()) return found;
  const slots::SlotSet gaps = unserved();
  slots::SlotSet patched;  // a MOVED keeps these as they are, whatever a view says
  for (const auto& [slot, patch] : patches_) {
    if (now - patch.when <= patch_protection) patched.add(slot);
  }
  for (const slots::SlotRange& range : view.ranges) {
    const Node* const primary = primaries[range.shard];
    const SlotRun told{range.first, range.last};
    const slots::SlotSet* const lost = losses_.of(primary);
    if (lost == nullptr) {
      found.has_other_news = found.has_other_news || is_news(told, patched, primary);
      continue;
    }
    slots::SlotSet back;
    back.add(told);
    back &= *lost & ~(patched | gaps);
    found.slots |= back;
    found.lost_just_now |= back & losses_.since(primary, now - patch_protection);
    found.has_other_news = found.has_other_news || is_news(told, patched | back, primary);
  }
  return found;
}

// With the mutex held.
slots::SlotSet Topology::unserved() const {
  slots::SlotSet gaps;
  if (covered_slots() == slot_count) return gaps;
  for (int slot = 0, end = 0; slot < slot_count; slot = end) {
    end = slots_.end_of_run(slot);
    if (shard_of(slot) == nullptr) gaps.add(SlotRun{slot, end - 1});
  }
  return gaps;
}

// With the mutex held.
bool Topology::is_news(SlotRun told, const slots::SlotSet& but_for, const Node* primary) const {
  for (int slot = told.start, end = 0; slot <= told.end; slot = end) {
    end = slots_.end_of_run(slot, told.end);
    if (primary_of(shard_of(slot)) == primary) continue;
    for (; slot < end; ++slot) {
      if (!but_for.has(slot)) return true;
    }
  }
  return false;
}

TopologyChange Topology::adopt(const slots::ClusterView& view, base::TimePoint now, const slots::SlotSet& kept) {
  NodeNames::Sheet sheet;
  std::vector<Shard> shards;
  for (const slots::ShardView& each : view.shards) shards.push_back(make_shard(each, view, sheet));
  News news;
  TopologyChange change;
  {
    std::lock_guard lock{mutex_};
    change = put_all(view, std::move(shards), kept, now);
    if (change.slots > 0 || is_empty()) news = publish_change();
  }
  names_.adopt(std::move(sheet));
  news.tell();
  return change;
}

// Calls use(first, last, shard) for all slots in order: runs of slots that the view gives to one shard, or to nobody.
// Slots that are kept as they are are left out.
template <class Use>
void Topology::for_each_run(const slots::ClusterView& view, const std::vector<const Shard*>& shards, const slots::SlotSet& kept, Use&& use) {
  const auto use_others = [&](int first, int last, const Shard* shard) {
    for (int slot = kept.next(first); slot <= last; slot = kept.next(slot + 1)) {
      if (slot > first) use(first, slot - 1, shard);
      first = slot + 1;
    }
    if (first <= last) use(first, last, shard);
  };
  int next = 0;
  for (const slots::SlotRange& range : view.ranges) {
    use_others(next, range.first - 1, nullptr);
    use_others(range.first, range.last, shards[range.shard]);
    next = range.last + 1;
  }
  use_others(next, slot_count - 1, nullptr);
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
TopologyChange Topology::put_all(const slots::ClusterView& view, std::vector<Shard> shards, slots::SlotSet kept, base::TimePoint now) {
  std::vector<const Shard*> interned;
  interned.reserve(shards.size());
  for (Shard& shard : shards) {
    if (shards_.size() >= most_shards) shard.replicas.clear();
    interned.push_back(intern(std::move(shard)));
  }
  drop_patches(view, interned, now);
  for (const auto& [slot, patch] : patches_) kept.add(slot);  // what a MOVED has told better
  // What may run out of memory comes first: the version must not stay odd.
  ChangeNotes change;
  std::vector<Handover> handovers;
  for_each_run(view, interned, kept, [&](int first, int last, const Shard* after) {
    for (int slot = first, end = first; slot <= last; slot = end) {
      const Shard* before = shard_of(slot);
      end = slots_.end_of_run(slot, last);
      if (before == after) continue;
      change.note(slot, end - slot, before, after);
      losses_.note({slot, end - 1}, primary_of(before), primary_of(after), now);
      handovers.push_back({{slot, end - 1}, after});
    }
  });
  if (handovers.empty()) return change.take();
  version_.fetch_add(1, std::memory_order_acq_rel);
  for (const Handover& each : handovers) {
    for (int slot = each.run.start; slot <= each.run.end; ++slot) slots_.put(slot, each.to);
  }
  version_.fetch_add(1, std::memory_order_acq_rel);
  return change.take();
}

void Topology::forget(const std::set<const Node*>& nodes) {
  const auto is_one = [&](const Node* node) { return nodes.contains(node); };
  const auto names_one = [&](const Shard& shard) { return is_one(shard.primary) || std::any_of(shard.replicas.begin(), shard.replicas.end(), is_one); };
  std::lock_guard lock{mutex_};
  std::set<const Shard*> in_use;  // a MOVED may have named one of them just now, which keeps it
  for (int slot = 0; slot < slot_count; slot = slots_.end_of_run(slot)) in_use.insert(shard_of(slot));
  std::erase_if(patches_, [&](const auto& each) { return each.second.before != nullptr && names_one(*each.second.before); });
  losses_.forget(is_one);
  std::erase_if(shards_, [&](const auto& each) {
    const bool is_gone = names_one(*each.second) && !in_use.contains(each.second.get());
    if (is_gone) slots_.dismiss(*each.second);
    return is_gone;
  });
}

}  // namespace rediscluster::cluster
