#include "cluster/nodes/connection_limits.hpp"

#include <algorithm>

namespace rediscluster::cluster {

ConnectionLimit::ConnectionLimit(std::optional<int> limit, const char* option) : option_(option) {
  if (!limit) return;
  all_.emplace(*limit);
  dedicated_.emplace(std::max(1, *limit - 1));
}

Error ConnectionLimit::explain(const base::Quota& full, const NodeAddress& node) const {
  const bool leaves_one = is_part(full) && full.limit() < all_->limit();
  const std::string part = leaves_one ? ", of which blocking commands may use " + std::to_string(full.limit()) : "";
  return {Errc::too_many_connections,
          std::string(option_) + " is " + std::to_string(all_->limit()) + part +
              ", and all of these are in use: raise it, or run fewer blocking commands at the same time",
          node, 0, Execution::not_executed};
}

}  // namespace rediscluster::cluster
