#include "cluster/run/fan_out.hpp"

#include "cluster/run/foreign_keys.hpp"

#include <rediscluster/commands/facts.hpp>

namespace rediscluster::cluster {

Result<void> FanOut::run_split(Call& call) {
  if (Result<void> split = parts_.split(); !split) return split;
  run_errands(around_, deadline_, parts_.errands(), &call.keeper());
  return finish(call);
}

Result<void> FanOut::run_on_shards(Call& call) {
  parts_.by_shard(around_.topology);
  run_errands(around_, deadline_, parts_.errands());
  if (&command_.facts() == &facts::keys) leave_out_foreign_keys(parts_.errands(), around_.topology, deadline_);
  return finish(call);
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

Result<void> FanOut::run_on_nodes(Call& call) {
  parts_.by_node(around_.topology.all_nodes());
  run_errands(around_, deadline_, parts_.errands());
  return finish(call);
}

std::vector<Errand> FanOut::ask_shards() {
  parts_.by_shard(around_.topology);
  run_errands(around_, deadline_, parts_.errands());
  return std::move(parts_.errands());
}

std::vector<Errand> FanOut::ask(std::span<Node* const> nodes) {
  parts_.by_node(nodes);
  run_errands(around_, deadline_, parts_.errands());
  return std::move(parts_.errands());
}

Result<void> FanOut::finish(Call& call) const {
  Result<wire::Frame> whole = parts_.join();
  if (!whole) return fail(std::move(whole.error()));
  call.set_merged(std::move(*whole));
  return {};
}

}  // namespace rediscluster::cluster
