#include "cluster/run/fan_out_parts.hpp"

#include "cluster/run/course.hpp"
#include "cluster/run/join_parts.hpp"

namespace rediscluster::cluster {

Result<void> FanOutParts::split() {
  Result<routing::Split> split = routing::split(command_);
  if (!split) return fail(std::move(split.error()));
  split_ = std::move(*split);
  errands_.reserve(split_->parts.size());
  for (const routing::Part& part : split_->parts) errands_.emplace_back(part.command, part.command.slot());
  return {};
}

void FanOutParts::by_shard(const Topology& topology) {
  for (const Topology::ServingShard& each : topology.shards()) errands_.emplace_back(command_, each.slot);
}

void FanOutParts::by_node(std::span<Node* const> nodes) {
  for (Node* node : nodes) errands_.emplace_back(command_, Course::any_slot, node);
}

Result<void> FanOutParts::by_plan(routing::Plan::Kind kind, const Topology& topology) {
  if (kind == routing::Plan::Kind::split) return split();
  if (kind == routing::Plan::Kind::all_shards) {
    by_shard(topology);
  } else {
    by_node(topology.all_nodes());
  }
  return {};
}

Result<wire::Frame> FanOutParts::join() const { return join_parts(command_.facts(), errands_, split_ ? &*split_ : nullptr); }

}  // namespace rediscluster::cluster
