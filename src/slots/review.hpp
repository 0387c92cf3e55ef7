/// Whether a new view of the cluster may replace the current one (docs/decisions/topology-source.md). Pure.
#pragma once

#include "slots/slot_range.hpp"

#include <cstdint>
#include <string>

namespace rediscluster::slots {

/// What is known when a new view arrives.
struct ReviewContext {
  int current_coverage = 0;       ///< slots the current map covers
  bool knows_any_id = true;       ///< the new view names at least one node id of the current map (or there is no map yet)
  bool confirmed = false;         ///< an equal view came before: from another node, or again and again
};

enum class Review : std::uint8_t {
  adopt,
  reject_empty,    ///< a node outside any cluster answers with an empty list
  needs_confirmation_coverage,  ///< covers less than the current map
  needs_confirmation_foreign,   ///< shares no node with the current map: another cluster may have taken the address
};

Review review(const ClusterView& view, const ReviewContext& context);

/// Stable lower-case text for logs.
const char* to_string(Review review);

}  // namespace rediscluster::slots
