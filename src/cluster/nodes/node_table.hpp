/// All nodes this client has ever talked to, and those it has heard of lately, by address. Nodes are not freed before the
/// table, unless nobody has ever used them: pointers to them stay valid on all threads, and an address that comes back finds
/// its node again. So whoever takes addresses from a server asks has_room() first. Thread-safe.
#pragma once

#include "cluster/nodes/node.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace rediscluster::cluster {

class NodeTable {
 public:
  NodeTable(const Config& config, std::uint64_t random_seed)
      : config_(config),
        limit_{ConnectionLimit(config.connections_in_all, "max_connections"),
               [this](const Node& wanting, MakeRoom how) { make_room(wanting, how); }},
        random_(random_seed) {}

  /// How many addresses a client remembers (docs/decisions/topology-in-place.md): of replicas, and where primaries need more.
  static constexpr std::size_t most_nodes = 10'000;
  static constexpr std::size_t most_primaries = 2 * most_nodes;
  /// Whether this address can be remembered, too, below a bound.
  bool has_room(const NodeAddress& address, std::size_t bound) const {
    std::lock_guard lock{mutex_};
    return nodes_.size() < bound || nodes_.contains(address);
  }

  /// The node at an address; null: nobody has heard of it.
  Node* find(const NodeAddress& address) const {
    std::lock_guard lock{mutex_};
    const auto found = nodes_.find(address);
    return found == nodes_.end() ? nullptr : found->second.get();
  }

  /// The node at an address; made when it is new.
  Node& at(const NodeAddress& address) {
    std::lock_guard lock{mutex_};
    return at_locked(address);
  }
  /// The same for any thread but that of forget(): it will not be forgotten.
  Node& kept_at(const NodeAddress& address) {
    std::lock_guard lock{mutex_};
    Node& node = at_locked(address);
    node.keep();
    return node;
  }

  /// Under the lock: for what neither waits nor tells hooks. Everything else goes through all().
  template <class Function>
  void for_each(Function&& use) {
    std::lock_guard lock{mutex_};
    for (const auto& [address, node] : nodes_) use(*node);
  }

  /// For the thread of forget() alone: others may find one here that is just being freed.
  std::vector<Node*> all() {
    std::vector<Node*> nodes;
    for_each([&](Node& node) { nodes.push_back(&node); });
    return nodes;
  }
  /// Those that are not forgotten: all that there may be a connection to.
  std::vector<Node*> kept() {
    std::vector<Node*> nodes;
    for_each([&](Node& node) {
      if (node.is_kept()) nodes.push_back(&node);
    });
    return nodes;
  }

  /// Frees nodes that nobody has used and nobody points to any more.
  void forget(const std::vector<Node*>& nodes) {
    std::vector<std::unique_ptr<Node>> freed;  // outlives the lock
    std::lock_guard lock{mutex_};
    for (Node* node : nodes) {
      const auto found = nodes_.find(node->address());
      if (node->is_kept() || found == nodes_.end()) continue;
      free_numbers_.push_back(found->second->number());
      freed.push_back(std::move(found->second));
      nodes_.erase(found);
    }
  }
  std::size_t size() const {
    std::lock_guard lock{mutex_};
    return nodes_.size();
  }

  /// Ends all connections for good, also of nodes heard of later.
  void close() {
    std::lock_guard lock{mutex_};
    closed_ = true;
    for (const auto& [address, node] : nodes_) node->close();
  }

 private:
  Node& at_locked(const NodeAddress& address) {
    std::unique_ptr<Node>& node = nodes_[address];
    if (!node) {
      const std::size_t number = free_numbers_.empty() ? nodes_.size() - 1 : free_numbers_.back();
      node = std::make_unique<Node>(address, config_, random_.next(), limit_, number);
      if (!free_numbers_.empty()) free_numbers_.pop_back();
      if (closed_) node->close();
    }
    return *node;
  }
  void make_room(const Node& wanting, MakeRoom how);
  std::vector<Node*> in_random_order(const Node& last);

  const Config& config_;
  ClientLimit limit_;
  mutable std::mutex mutex_;  // guards what follows
  base::Random random_;
  bool closed_ = false;
  std::map<NodeAddress, std::unique_ptr<Node>> nodes_;
  std::vector<std::size_t> free_numbers_;  // of nodes that were forgotten
};

}  // namespace rediscluster::cluster
