#include "cluster/fan_out.hpp"

#include "routing/merge.hpp"

#include <fmt/format.h>

namespace rediscluster::cluster {

Result<void> FanOut::run_split(Call& call) {
  Result<routing::Split> split = routing::split(command_);
  if (!split) return fail(std::move(split.error()));
  std::vector<Errand> errands;
  errands.reserve(split->parts.size());
  for (const routing::Part& part : split->parts) errands.push_back({&part.command, part.command.slot()});
  return finish(run(std::move(errands)), call, &*split);
}

Result<void> FanOut::run_on_shards(Call& call) { return finish(ask_shards(), call, nullptr); }

Result<void> FanOut::run_on_nodes(Call& call) { return finish(ask(around_.topology.all_nodes()), call, nullptr); }

std::vector<Errand> FanOut::ask_shards() {
  // A shard is named by a slot of it, so that a retry after a failover finds the new primary.
  std::vector<Errand> errands;
  for (const Topology::ServingShard& each : around_.topology.shards()) errands.push_back({&command_, each.slot});
  return run(std::move(errands));
}

std::vector<Errand> FanOut::ask(std::span<Node* const> nodes) {
  std::vector<Errand> errands;
  for (Node* node : nodes) errands.push_back({&command_, Course::any_slot, node});
  return run(std::move(errands));
}

std::vector<Errand> FanOut::run(std::vector<Errand> errands) {
  Errands(around_, deadline_).run(errands);
  return errands;
}

Error FanOut::first_error(std::span<const Errand> errands) const {
  Error first;
  int failed = 0;
  for (const Errand& errand : errands) {
    if (errand.error && failed++ == 0) first = *errand.error;
  }
  const bool all_failed = failed == static_cast<int>(errands.size());
  if (!all_failed) {
    first.message = fmt::format("{} of {} parts of {} failed; the first: {}", failed, errands.size(), command_.facts().name, first.message);
    // The other parts have run, so the command as a whole has run in part.
    if (!command_.facts().is_read_only()) first.execution = Execution::maybe_executed;
  }
  return first;
}

Result<void> FanOut::finish(std::span<const Errand> errands, Call& call, const routing::Split* split) const {
  if (errands.empty()) return fail(Errc::slot_not_covered, std::string(command_.facts().name) + ": no node of the cluster is known");
  const ResponsePolicy policy = command_.facts().response;
  std::vector<wire::Frame> replies;
  std::vector<std::vector<std::uint32_t>> keys;
  for (std::size_t i = 0; i < errands.size(); ++i) {
    if (errands[i].error) continue;
    replies.push_back(errands[i].reply);
    if (split != nullptr) keys.push_back(split->parts[i].keys);
  }
  const bool one_is_enough = policy == ResponsePolicy::one_succeeded && !replies.empty();
  if (replies.size() < errands.size() && !one_is_enough) return fail(first_error(errands));
  Result<wire::Frame> merged = routing::merge(policy, replies, keys, split == nullptr ? 0 : split->key_count);
  if (!merged) {
    merged.error().message = std::string(command_.facts().name) + ": " + merged.error().message;
    return fail(std::move(merged.error()));
  }
  call.set_merged(std::move(*merged));
  return {};
}

}  // namespace rediscluster::cluster
