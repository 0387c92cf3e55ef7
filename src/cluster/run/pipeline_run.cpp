#include "cluster/run/pipeline_run.hpp"

#include "cluster/run/channel_way.hpp"
#include "cluster/run/foreign_keys.hpp"
#include "cluster/run/join_parts.hpp"
#include "routing/plan.hpp"

#include <rediscluster/commands/facts.hpp>

namespace rediscluster::cluster {

void PipelineRun::run(std::span<const CommandView> commands, std::span<CommandEnd> ends, base::BlockKeeper& keeper) {
  take(commands, ends);
  run_errands(around_, deadline_, errands_, &keeper);
  hand_out(commands, ends);
}

// Flat, because a call for each command would cost more than what it does.
[[gnu::flatten]] void PipelineRun::take(std::span<const CommandView> commands, std::span<CommandEnd> ends) {
  errands_.reserve(commands.size());
  for (std::size_t i = 0; i < commands.size(); ++i) {
    if (commands[i].slot() >= 0 && !ends[i].error) {
      errands_.emplace_back(commands[i], commands[i].slot());
    } else {
      take_whole(i, commands[i], ends[i]);
    }
  }
}

[[gnu::noinline]] void PipelineRun::take_whole(std::size_t index, const CommandView& command, CommandEnd& end) {
  Whole whole{index, errands_.size(), 0, std::nullopt};
  if (!end.error) {
    if (Result<void> planned = add_parts(command, whole); !planned) end.error = std::make_unique<Error>(std::move(planned.error()));
  }
  whole.errand_count = errands_.size() - whole.first_errand;
  wholes_.push_back(std::move(whole));
}

Result<void> PipelineRun::add_parts(const CommandView& command, Whole& whole) {
  const Result<routing::Plan> plan = routing::plan(command, around_.config.options.cross_slot);
  if (!plan) return fail(plan.error());
  switch (plan->kind) {
    case routing::Plan::Kind::slot: errands_.emplace_back(command, plan->slot); break;
    case routing::Plan::Kind::channel: errands_.emplace_back(command, way_of_channel(around_.topology, plan->slot)); break;
    case routing::Plan::Kind::any_node: errands_.emplace_back(command, Course::any_slot); break;
    case routing::Plan::Kind::split: {
      Result<routing::Split> split = routing::split(command);
      if (!split) return fail(std::move(split.error()));
      whole.split = std::move(*split);
      for (const routing::Part& part : whole.split->parts) errands_.emplace_back(part.command, part.command.slot());
      break;
    }
    case routing::Plan::Kind::all_shards:
      for (const Topology::ServingShard& each : around_.topology.shards()) errands_.emplace_back(command, each.slot);
      break;
    case routing::Plan::Kind::all_nodes:
      for (Node* node : around_.topology.all_nodes()) errands_.emplace_back(command, Course::any_slot, node);
      break;
  }
  return {};
}

bool PipelineRun::asks_again(const CommandView& command) { return &command.facts() == &facts::keys || &command.facts() == &facts::randomkey; }

void PipelineRun::hand_out(std::span<const CommandView> commands, std::span<CommandEnd> ends) {
  std::size_t errand = 0;
  auto whole = wholes_.begin();
  for (std::size_t i = 0; i < commands.size(); ++i) {
    if (whole == wholes_.end() || whole->command != i) {
      ends[i] = end_of(errands_[errand]);
      ++errand;
      continue;
    }
    errand += whole->errand_count;
    const std::span<Errand> parts = std::span(errands_).subspan(whole->first_errand, whole->errand_count);
    if (&commands[i].facts() == &facts::keys) leave_out_foreign_keys(parts, around_.topology, deadline_);
    if (&commands[i].facts() == &facts::randomkey && parts.size() == 1) ask_until_found(parts.front(), around_, deadline_);
    const bool is_one = !whole->split && whole->errand_count == 1;
    if (is_one) {
      ends[i] = end_of(errands_[whole->first_errand]);
    } else if (!ends[i].error) {
      Result<wire::Frame> joined = join_parts(commands[i].facts(), parts, whole->split ? &*whole->split : nullptr);
      if (joined) {
        ends[i].reply = std::move(*joined);
      } else {
        ends[i].error = std::make_unique<Error>(std::move(joined.error()));
      }
    }
    ++whole;
  }
}

}  // namespace rediscluster::cluster
