/// The parsed view of a cluster: who serves which slots. Plain values, no sharing rules.
#pragma once

#include <rediscluster/errors.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace rediscluster::slots {

/// One node as a topology reply names it.
struct NodeView {
  NodeAddress address;
  std::string id;  ///< 40 hex digits; empty when the server gave none
  std::string zone{};  ///< metadata availability-zone; empty when the server gave none
  std::string hostname{};  ///< metadata hostname; likewise

  friend bool operator==(const NodeView&, const NodeView&) = default;
};

/// Slots first..last (both included) and the nodes that serve them.
struct SlotRange {
  int first = 0;
  int last = 0;
  NodeView primary;
  std::vector<NodeView> replicas;

  friend bool operator==(const SlotRange&, const SlotRange&) = default;
};

/// What one node told about the whole cluster, sorted by first slot, without overlaps.
struct ClusterView {
  std::vector<SlotRange> ranges;

  int covered_slots() const {
    int covered = 0;
    for (const SlotRange& range : ranges) covered += range.last - range.first + 1;
    return covered;
  }
};

}  // namespace rediscluster::slots
