/// The parsed view of a cluster: who serves which slots. Plain values, no sharing rules.
/// After many migrations each of a thousand nodes may serve its slots in single-slot ranges, so what a range says about
/// nodes stands once for all ranges of a shard.
#pragma once

#include <rediscluster/errors.hpp>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace rediscluster::slots {

/// One node as a topology reply names it.
struct NodeView {
  NodeAddress address;
  std::string id;  ///< 40 hex digits; empty when the server gave none
  std::string zone{};  ///< metadata availability-zone; empty when the server gave none
  std::string hostname{};  ///< metadata hostname; likewise
  std::string ip{};  ///< metadata ip; likewise

  friend bool operator==(const NodeView&, const NodeView&) = default;
};

/// A primary and its replicas, in the order told.
struct ShardView {
  NodeView primary;
  std::vector<NodeView> replicas{};

  friend bool operator==(const ShardView&, const ShardView&) = default;
};

/// Slots first..last (both included) and the shard that serves them.
struct SlotRange {
  int first = 0;
  int last = 0;
  std::uint32_t shard = 0;  ///< Index in ClusterView::shards.
};

/// What one node told about the whole cluster.
struct ClusterView {
  std::vector<SlotRange> ranges{};  ///< Sorted by first slot, without overlaps.
  std::vector<ShardView> shards{};  ///< In no particular order; a node may stand in several.

  const ShardView& shard_of(const SlotRange& range) const { return shards[range.shard]; }
  void add(int first, int last, ShardView shard) {
    ranges.push_back({first, last, static_cast<std::uint32_t>(shards.size())});
    shards.push_back(std::move(shard));
  }
  /// The range that a slot is in; null: nobody serves it.
  const SlotRange* range_of(int slot) const {
    const auto behind = std::upper_bound(ranges.begin(), ranges.end(), slot, [](int wanted, const SlotRange& range) { return wanted < range.first; });
    return behind != ranges.begin() && slot <= std::prev(behind)->last ? &*std::prev(behind) : nullptr;
  }
  int covered_slots() const {
    int covered = 0;
    for (const SlotRange& range : ranges) covered += range.last - range.first + 1;
    return covered;
  }

  /// The same slots served by the same shards, whatever the shards are numbered.
  friend bool operator==(const ClusterView& a, const ClusterView& b);
};

}  // namespace rediscluster::slots
