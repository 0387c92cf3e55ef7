#include "cluster/run/fan_out.hpp"

#include "cluster/run/foreign_keys.hpp"
#include "cluster/run/join_parts.hpp"

#include <rediscluster/commands/facts.hpp>

namespace rediscluster::cluster {

Result<void> FanOut::run_split(Call& call) {
  Result<routing::Split> split = routing::split(command_);
  if (!split) return fail(std::move(split.error()));
  std::vector<Errand> errands;
  errands.reserve(split->parts.size());
  for (const routing::Part& part : split->parts) errands.emplace_back(part.command, part.command.slot());
  run_errands(around_, deadline_, errands, &call.keeper());
  return finish(errands, call, &*split);
}

Result<void> FanOut::run_on_shards(Call& call) {
  std::vector<Errand> errands = ask_shards();
  if (&command_.facts() == &facts::keys) leave_out_foreign_keys(errands, around_.topology, deadline_);
  return finish(errands, call, nullptr);
}

Result<void> FanOut::run_on_any_until_found(Call& call) {
  Errand errand(command_, Course::any_slot);
  run_errands(around_, deadline_, std::span(&errand, 1));
  ask_until_found(errand, around_, deadline_);
  if (errand.error) return fail(std::move(*errand.error));
  call.set_answered_by(errand.node);
  call.set_merged(std::move(errand.reply));
  return {};
}

Result<void> FanOut::run_on_nodes(Call& call) { return finish(ask(around_.topology.all_nodes()), call, nullptr); }

std::vector<Errand> FanOut::ask_shards() {
  // A shard is named by a slot of it, so that a retry after a failover finds the new primary.
  std::vector<Errand> errands;
  for (const Topology::ServingShard& each : around_.topology.shards()) errands.emplace_back(command_, each.slot);
  return run(std::move(errands));
}

std::vector<Errand> FanOut::ask(std::span<Node* const> nodes) {
  std::vector<Errand> errands;
  for (Node* node : nodes) errands.emplace_back(command_, Course::any_slot, node);
  return run(std::move(errands));
}

std::vector<Errand> FanOut::run(std::vector<Errand> errands) {
  run_errands(around_, deadline_, errands);
  return errands;
}

Result<void> FanOut::finish(std::span<const Errand> errands, Call& call, const routing::Split* split) const {
  Result<wire::Frame> whole = join_parts(command_.facts(), errands, split);
  if (!whole) return fail(std::move(whole.error()));
  call.set_merged(std::move(*whole));
  return {};
}

}  // namespace rediscluster::cluster
