/// All nodes this client has ever talked to or heard of, by address. Nodes are never freed before the table: pointers
/// to them stay valid on all threads, and an address that comes back finds its node again. So whoever takes addresses
/// from a server asks has_room() first. Thread-safe.
#pragma once

#include "cluster/nodes/node.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

namespace rediscluster::cluster {

class NodeTable {
 public:
  NodeTable(const Config& config, std::uint64_t random_seed)
      : config_(config),
        limit_{ConnectionLimit(config.connections_in_all, "max_connections"),
               [this](const Node& wanting, MakeRoom how) { make_room(wanting, how); }},
        random_(random_seed) {}

  /// How many addresses a client may hear of in its life (docs/decisions/topology-in-place.md).
  static constexpr std::size_t most_nodes = 10'000;
  /// Whether these addresses can be remembered, too: the table has room for those that are new. Repeats count once.
  bool has_room(const std::set<NodeAddress>& addresses) {
    std::lock_guard lock{mutex_};
    const auto news = std::count_if(addresses.begin(), addresses.end(), [&](const NodeAddress& each) { return !nodes_.contains(each); });
    return news == 0 || nodes_.size() + static_cast<std::size_t>(news) <= most_nodes;
  }

  /// The node at an address; made when it is new.
  Node& at(const NodeAddress& address) {
    std::lock_guard lock{mutex_};
    std::unique_ptr<Node>& node = nodes_[address];
    if (!node) {
      node = std::make_unique<Node>(address, config_, random_.next(), limit_);
      if (closed_) node->close();
    }
    return *node;
  }

  template <class Function>
  void for_each(Function&& use) {
    std::lock_guard lock{mutex_};
    for (const auto& [address, node] : nodes_) use(*node);
  }

  std::vector<Node*> all() {
    std::vector<Node*> nodes;
    for_each([&](Node& node) { nodes.push_back(&node); });
    return nodes;
  }

  /// Ends all connections for good, also of nodes heard of later.
  void close() {
    std::lock_guard lock{mutex_};
    closed_ = true;
    for (const auto& [address, node] : nodes_) node->close();
  }

 private:
  void make_room(const Node& wanting, MakeRoom how);
  std::vector<Node*> in_random_order(const Node& last);

  const Config& config_;
  ClientLimit limit_;
  std::mutex mutex_;  // guards what follows
  base::Random random_;
  bool closed_ = false;
  std::map<NodeAddress, std::unique_ptr<Node>> nodes_;
};

}  // namespace rediscluster::cluster
