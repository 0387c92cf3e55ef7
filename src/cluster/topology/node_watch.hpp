/// Looks after the nodes, now and then, on the refresher's thread: a silent node is a reason to doubt the topology; one
/// that has lost its slots and stays silent is cut off, so that those who wait for it can go on; connections to nodes
/// that no topology names, and dedicated ones to any node, are ended when they are idle, and nodes that were never used are forgotten. Not thread-safe; what it looks at is.
#pragma once

#include "cluster/topology/topology.hpp"
#include "cluster/topology/topology_source.hpp"

#include <map>
#include <set>

namespace rediscluster::cluster {

class NodeWatch {
 public:
  NodeWatch(const Config& config, NodeTable& nodes, Topology& topology) : config_(config), nodes_(nodes), topology_(topology) {}

  /// Whether there is a reason to ask for the topology.
  bool look(base::TimePoint now);
  /// Gives up what it has asked.
  void stop() { asked_.clear(); }

 private:
  void note_who_serves(base::TimePoint now);
  bool look_at_silent(base::TimePoint now);
  bool was_replaced(const Node* node, base::TimePoint silent_since) const;
  void cut_off(Node& node);
  void look_at_waited_for(base::TimePoint now);
  void tell_those_who_wait(Node& node);
  void retire_dedicated(base::TimePoint now);
  void retire(base::TimePoint now);
  void forget(const std::set<const Node*>& named, base::TimePoint now);

  const Config& config_;
  NodeTable& nodes_;
  Topology& topology_;

  std::uint64_t epoch_ = 0;  // of the topology when serving_ was noted
  std::vector<Node*> serving_;
  std::map<const Node*, base::TimePoint> replaced_;  // when nodes that served were seen to serve no more
  std::map<Node*, std::unique_ptr<ViewQuestion>> asked_;  // waited for though they serve no slots: are they alive?
  base::TimePoint next_look_at_waited_for_{};
  base::TimePoint next_retirement_{};
  base::TimePoint next_end_of_dedicated_{};
  struct Absence {
    base::TimePoint since;
    int looks = 0;
  };
  std::map<Node*, Absence> absent_;  // nobody names them, nor has used them
};

}  // namespace rediscluster::cluster
