#include "slots/review.hpp"

namespace rediscluster::slots {

Review review(const ClusterView& view, const ReviewContext& context) {
  if (view.ranges.empty()) return Review::reject_empty;
  if (context.confirmed) return Review::adopt;
  if (!context.knows_any_id) return Review::needs_confirmation_foreign;
  if (view.covered_slots() < context.current_coverage) return Review::needs_confirmation_coverage;
  return Review::adopt;
}

const char* to_string(Review review) {
  switch (review) {
    case Review::adopt: return "adopted";
    case Review::reject_empty: return "rejected: the node knows no slots (it is outside of any cluster)";
    case Review::needs_confirmation_coverage: return "not believed yet: it covers fewer slots than before";
    case Review::needs_confirmation_foreign: return "not believed yet: it names no node known so far";
  }
  return "unknown";
}

}  // namespace rediscluster::slots
