// Where the thread of a pub/sub object has its subscriptions: the part of PubSubPump that knows the map.
#include "cluster/listen/pubsub_pump.hpp"

#include <rediscluster/key_slot.hpp>

#include <algorithm>

namespace rediscluster::cluster {
namespace {

constexpr std::chrono::milliseconds bus_delay{200};  // by how much one node may be behind another; measured: 10 ms on a busy machine

}  // namespace

PubSubPump::Place PubSubPump::place_of(Node& node) {
  const auto [found, is_new] = place_of_node_.try_emplace(&node, places());
  if (is_new) links_.push_back(std::make_unique<PubSubLink>(node, cluster_.config().limits, mail_.poller()));
  return found->second;
}

PubSubPump::Place PubSubPump::route(const pubsub::Topic& topic) {
  if (stays_at_ != nullptr) return place_of(*stays_at_);
  const bool is_sharded = topic.kind == SubscriptionKind::sharded;
  if (!is_sharded && !followed_slot_) return home();
  const Shard* shard = cluster_.topology().shard_of(is_sharded ? keyslot(topic.name) : *followed_slot_);
  return shard == nullptr ? pubsub::nowhere : place_of(*shard->primary);
}

std::vector<PubSubPump::Place> PubSubPump::places_of_primaries() {
  std::vector<Place> places;
  for (Node* primary : cluster_.topology().primaries()) places.push_back(place_of(*primary));
  return places;
}

// Nodes of one cluster, or of one shard, pass messages on to each other, some later than others. Who goes from one to another
// would hear again what the slower one still has to deliver.
base::Duration PubSubPump::settling(const pubsub::Topic& topic, Place from, Place to) {
  if (topic.kind != SubscriptionKind::sharded) return bus_delay;
  return shard_mates_.contains(std::minmax<const Node*>(&link(from).node(), &link(to).node())) ? bus_delay : base::Duration::zero();
}

PubSubPump::Place PubSubPump::home() {
  if (home_ != pubsub::nowhere) return home_;
  Node* node = choose_home();
  if (node != nullptr) home_ = place_of(*node);
  return home_;
}

// Every node hears what is published anywhere, so any will do: one that we are connected to already, otherwise one at random.
Node* PubSubPump::choose_home() {
  std::vector<Node*> nodes = cluster_.topology().primaries();
  if (nodes.empty()) return nullptr;
  random_.shuffle(nodes);
  const auto rank = [&](Node* node) {
    const auto place = place_of_node_.find(node);
    const bool is_open = place != place_of_node_.end() && link(place->second).is_open();
    return (node == avoided_ || node->is_unreachable() ? 2 : 0) + (is_open ? 0 : 1);
  };
  return *std::min_element(nodes.begin(), nodes.end(), [&](Node* a, Node* b) { return rank(a) < rank(b); });
}

void PubSubPump::note_topology() {
  if (!mail_.take_topology_change()) return;
  primaries_changed_ = true;
  constexpr std::size_t most_remembered = 10'000;  // some failovers of the largest clusters
  if (shard_mates_.size() > most_remembered) shard_mates_.clear();
  for (const Topology::ServingShard& each : cluster_.topology().shards()) {
    for (const Node* replica : each.shard->replicas) shard_mates_.insert(std::minmax<const Node*>(each.shard->primary, replica));
  }
  if (home_ != pubsub::nowhere) {
    const std::vector<Node*> nodes = cluster_.topology().all_nodes();
    if (std::find(nodes.begin(), nodes.end(), &link(home_).node()) == nodes.end()) home_ = pubsub::nowhere;
  }
  std::lock_guard lock{desk_.mutex};
  if (desk_.book.is_empty()) return;
  take_in_rests();  // they came while the old map held
  desk_.book.reroute(router(), settler());
}

}  // namespace rediscluster::cluster
