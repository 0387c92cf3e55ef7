/// Which node a server means. Servers of one cluster may call a node differently, by its name or by its address, and the
/// same server may do so at different times; a node is its id, and stays one node while it can be reached as it was.
/// Calls the user's address map, so never under a lock of ours. Thread-safe.
#pragma once

#include "cluster/nodes/node_table.hpp"
#include "slots/slot_range.hpp"

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace rediscluster::cluster {

class NodeNames {
 public:
  NodeNames(NodeTable& nodes, const AddressMap& remap) : nodes_(nodes), remap_(remap) {}

  /// What one view says of the nodes. In force with adopt().
  struct Sheet {
    std::map<std::string, Node*> ids{};
    std::map<NodeAddress, Node*> other_names{};  ///< Those that are not the node's own address; null: of several nodes.
  };
  /// The node meant, made when it is new; what is told of it is noted.
  /// @param view  that `told` is from.
  Node& primary(const slots::NodeView& told, const slots::ClusterView& view, Sheet& sheet);
  /// The same; null when it is new and there is no room for it.
  Node* replica(const slots::NodeView& told, const slots::ClusterView& view, Sheet& sheet);
  void adopt(Sheet sheet);

  /// The node meant; null when there is none yet.
  Node* find(const slots::NodeView& told, const slots::ClusterView& view) const;
  /// The node that a redirect or a user calls so; made when it is new.
  Node& node_at(const NodeAddress& announced);
  /// Whether node_at() may make it.
  bool has_room(const NodeAddress& announced);
  /// Where a reachable address of this cluster is announced as `address`.
  NodeAddress remapped(const NodeAddress& address) const { return remap_ ? remap_(address) : address; }

  bool knows_id(const std::string& id) const { return node_with_id(id) != nullptr; }
  /// The node with this id as the cluster told last; null when unknown.
  Node* node_with_id(const std::string& id) const;
  /// Ids of all nodes the cluster told last.
  std::vector<std::string> ids() const;
  /// Adds all nodes the cluster told last.
  void add_to(std::set<const Node*>& nodes) const;

 private:
  Node* known_as(const NodeAddress& announced) const;
  Node* same_as_before(const slots::NodeView& told, const slots::ClusterView& view) const;
  Node& make(const NodeAddress& reachable, const NodeAddress& announced);
  Node& note(Node& node, const slots::NodeView& told, Sheet& sheet) const;

  NodeTable& nodes_;
  const AddressMap remap_;
  mutable std::mutex mutex_;  // guards what follows
  std::map<std::string, Node*> ids_;
  std::map<NodeAddress, Node*> other_names_;
};

}  // namespace rediscluster::cluster
