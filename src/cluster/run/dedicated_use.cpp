#include "cluster/run/dedicated_use.hpp"

namespace rediscluster::cluster {
namespace {

// How long one waits for a place before one looks whether to go on.
constexpr std::chrono::milliseconds look_for_place{20};

Error too_many(int most, const NodeAddress& node) {
  return {Errc::too_many_connections,
          "blocking_connections_per_node is " + std::to_string(most) + ", and so many calls wait on this node, or watch keys of it, already: "
          "raise it, or do so in fewer calls at the same time", node, 0, Execution::not_executed};
}

}  // namespace

Result<LanePool::Use> take_dedicated(const Surroundings& surroundings, Node& node, base::Deadline deadline, const Cancellation* cancellation) {
  const int most = surroundings.config.options.blocking_connections_per_node;
  for (;;) {
    const base::TimePoint now = base::Clock::now();
    std::optional<LanePool::Use> use = node.lanes().dedicated_below(most, earlier(deadline, base::Deadline::after(now, look_for_place)));
    if (use) return std::move(*use);
    if (surroundings.closed.load(std::memory_order_acquire)) return fail(Errc::client_closed, "the client was closed");
    if (cancellation != nullptr && cancellation->requested()) return fail(Cancellation::error());
    if (deadline.passed(now)) return fail(too_many(most, node.address()));
  }
}

}  // namespace rediscluster::cluster
