/// Who serves which slot, as this client believes now. Reading a slot is one atomic load; writers change entries in
/// place, so nothing a reader holds is freed: shards live as long as the topology, and equal ones are reused; but for those of nodes that
/// were never used and that no slot has led to for long, see forget().
/// Thread-safe. Decides nothing about where to ask; the refresher does.
#pragma once

#include "base/condition.hpp"
#include "cluster/topology/node_names.hpp"
#include "cluster/topology/slot_losses.hpp"
#include "cluster/topology/slot_map.hpp"
#include "slots/slot_set.hpp"

#include <rediscluster/key_slot.hpp>

#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace rediscluster::cluster {

/// What a new view changed.
struct TopologyChange {
  /// Slots that went from one primary to another.
  struct Handover {
    Node* from = nullptr;  ///< Null: nobody served them.
    Node* to = nullptr;    ///< Null: nobody serves them now.
    int slot = 0;          ///< The first of them.
    int slots = 0;
    bool failover = false; ///< One was a replica of the other.
  };
  int slots = 0;  ///< Slots with another shard than before, be it the same primary with other replicas.
  std::vector<Handover> handovers;
};

class Topology {
 public:
  explicit Topology(NodeTable& nodes, const AddressMap& remap) : names_(nodes, remap) {}

  /// The shard of a slot; null when nobody serves it.
  const Shard* shard_of(int slot) const { return slots_.shard_of(slot); }
  /// The first slot behind this one that has another shard, or is behind the last one.
  int end_of_run(int slot) const { return slots_.end_of_run(slot); }
  /// It will soon be asked for.
  void fetch(int slot) const { slots_.fetch(slot); }
  /// Changes whenever a slot gets another shard.
  std::uint64_t epoch() const { return epoch_.load(std::memory_order_acquire); }
  /// Odd while slots are being changed, another one afterwards: who reads several slots between two equal even ones has seen
  /// them as they were at one moment.
  std::uint64_t version() const { return version_.load(std::memory_order_acquire); }
  /// Sleeps until the epoch differs from `seen` or the deadline has passed.
  void wait_for_change(std::uint64_t seen, base::Deadline deadline);
  /// Lets everybody in wait_for_change() go on, as after a change.
  void wake_waiters() noexcept;

  /// Called after each change by whoever made it, without a lock: must be quick, and not call back. A call that has begun
  /// may end after remove_listener(), so it owns what it touches.
  using Listener = std::function<void()>;
  /// @return  for remove_listener().
  int add_listener(Listener listener);
  void remove_listener(int number);

  /// Whether a node that a server names can be remembered: there is a bound on what a client keeps in mind.
  /// To be asked before learn() and node_at().
  bool has_room(const NodeAddress& announced) { return names_.has_room(announced); }
  /// The same for the primaries of a view, before adopt(). Replicas that there is no room for are passed over there.
  bool has_room(const slots::ClusterView& view);
  /// The distinct line-ups of primary and replicas that are remembered; beyond that, primaries stand alone.
  static constexpr std::size_t most_shards = 45'000;
  static_assert(most_shards + NodeTable::most_primaries <= SlotMap::most_shards);

  /// A MOVED named the new owner of one slot.
  void learn(int slot, const NodeAddress& owner, base::TimePoint now);
  /// Slots that a view gives back to who had lost them to their present owner: it may be an old one.
  struct GivenBack {
    slots::SlotSet slots;
    slots::SlotSet lost_just_now;  ///< Of these. Others need some time to hear of what has changed.
    bool has_other_news = false;   ///< Known only where losses are: other slots have another primary than here.
  };
  GivenBack given_back(const slots::ClusterView& view, base::TimePoint now);
  /// Takes over a reviewed view.
  /// @param kept  slots that stay as they are.
  TopologyChange adopt(const slots::ClusterView& view, base::TimePoint now, const slots::SlotSet& kept = {});

  /// Where a reachable address of this cluster is announced as `address`.
  NodeAddress remapped(const NodeAddress& address) const { return names_.remapped(address); }
  Node& node_at(const NodeAddress& announced) { return names_.node_at(announced); }

  int covered_slots() const;
  /// Each shard that serves at least one slot, with one slot of it.
  struct ServingShard {
    const Shard* shard;
    int slot;
  };
  std::vector<ServingShard> shards() const;
  std::vector<Node*> primaries() const;
  std::vector<Node*> replicas() const;
  /// Without repeats.
  std::vector<Node*> all_nodes() const;
  /// Every node that a slot leads to, or that the cluster told last.
  std::set<const Node*> named() const;
  /// Before nodes are freed: forgets the line-ups they stood in. No slot may have led to them for so long that nobody looks at
  /// such a line-up any more.
  void forget(const std::set<const Node*>& nodes);
  bool knows_id(const std::string& id) const { return names_.knows_id(id); }
  /// The node with this id as the cluster told last; null when unknown.
  Node* node_with_id(const std::string& id) const { return names_.node_with_id(id); }
  /// Ids of all nodes the cluster told last.
  std::vector<std::string> ids() const { return names_.ids(); }
  bool is_empty() const { return epoch() == 0; }

 private:
  struct Patch {
    const Shard* before;
    base::TimePoint when;
  };
  struct Handover {
    SlotRun run;
    const Shard* to;
  };
  struct Serving {
    std::vector<ServingShard> shards{};
    int covered = 0;  ///< slots
  };
  Serving look_who_serves() const;
  std::shared_ptr<const Serving> serving() const;
  Shard make_shard(const slots::ShardView& told, const slots::ClusterView& view, NodeNames::Sheet& sheet);
  const Shard* intern(Shard shard);
  slots::SlotSet unserved() const;
  bool is_news(SlotRun told, const slots::SlotSet& but_for, const Node* primary) const;
  template <class Use>
  static void for_each_run(const slots::ClusterView& view, const std::vector<const Shard*>& shards, const slots::SlotSet& kept, Use&& use);
  void drop_patches(const slots::ClusterView& view, const std::vector<const Shard*>& shards, base::TimePoint now);
  TopologyChange put_all(const slots::ClusterView& view, std::vector<Shard> shards, slots::SlotSet kept, base::TimePoint now);

  /// Who waits for a change that has been made; nobody when empty.
  class News {
   public:
    News() = default;
    explicit News(Topology& topology);
    /// Without the mutex.
    void tell() const;

   private:
    Topology* topology_ = nullptr;
    std::vector<std::shared_ptr<const Listener>> listeners_;  // shared with the table that they may be taken out of
  };
  News publish_change();

  NodeNames names_;
  SlotMap slots_;
  std::atomic<std::uint64_t> epoch_{0};
  std::atomic<std::uint64_t> version_{0};
  mutable std::mutex mutex_;  // guards what follows; readers of slots_ do not take it
  base::Condition changed_;
  std::map<int, std::shared_ptr<const Listener>> listeners_;
  int last_listener_ = 0;
  std::multimap<const Node*, std::unique_ptr<const Shard>> shards_;  // by primary
  std::map<int, Patch> patches_;  // slots learnt from MOVED and not yet confirmed by a view
  SlotLosses losses_;
  mutable std::mutex serving_mutex_;    // guards what follows
  mutable std::shared_ptr<const Serving> serving_;
  mutable std::uint64_t serving_epoch_ = 0;
};

}  // namespace rediscluster::cluster
