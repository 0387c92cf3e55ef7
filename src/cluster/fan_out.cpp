#include "cluster/fan_out.hpp"

#include "cluster/redirect_reply.hpp"
#include "commands/retry_class.hpp"
#include "routing/merge.hpp"
#include "wire/error_reply.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rediscluster::cluster {

struct FanOut::Batch {
  explicit Batch(Node* to) : node(to) {}
  Node* node;
  std::vector<Errand*> errands;
  std::string bytes;
  std::vector<wire::Frame> replies;
  std::optional<LanePool::Use> use;
  std::optional<drive::LaneTicket> ticket;
};

Result<void> FanOut::run_split(Call& call) {
  Result<routing::Split> split = routing::split(command_);
  if (!split) return fail(std::move(split.error()));
  std::vector<Errand> errands(split->parts.size());
  for (std::size_t i = 0; i < errands.size(); ++i) {
    errands[i].command = &split->parts[i].command;
    errands[i].slot = split->parts[i].command.slot();
    const Shard* shard = around_.topology.shard_of(errands[i].slot);
    errands[i].first_node = shard == nullptr ? nullptr : shard->primary;
  }
  run_errands(errands);
  return finish(errands, call, &*split);
}

Result<void> FanOut::run_on_shards(Call& call) {
  // A shard is named by a slot of it, so that a retry after a failover finds the new primary.
  std::vector<Errand> errands;
  for (const Topology::ServingShard& each : around_.topology.shards()) {
    errands.push_back({&command_, each.slot, nullptr, each.shard->primary, {}, {}});
  }
  run_errands(errands);
  return finish(errands, call, nullptr);
}

Result<void> FanOut::run_on_nodes(Call& call) {
  std::vector<Errand> errands;
  for (Node* node : around_.topology.all_nodes()) {
    errands.push_back({&command_, SingleRun::any_slot, node, node, {}, {}});
  }
  run_errands(errands);
  return finish(errands, call, nullptr);
}

void FanOut::run_errands(std::span<Errand> errands) {
  const std::vector<std::unique_ptr<Batch>> batches = group_by_node(errands);
  const base::TimePoint now = base::Clock::now();
  const auto limit = around_.config.options.socket_timeout;
  const base::Deadline deadline = limit ? earlier(deadline_, base::Deadline::after(now, *limit)) : deadline_;
  for (const auto& batch : batches) {
    batch->use.emplace(batch->node->lanes().shared(now));
    batch->ticket.emplace(std::span<wire::Frame>(batch->replies));
    batch->use->lane().start(batch->bytes, *batch->ticket, deadline, now);
  }
  for (const auto& batch : batches) {
    batch->use->lane().finish(*batch->ticket, deadline);
    batch->use.reset();
  }
  for (const auto& batch : batches) settle(*batch);
  for (Errand& errand : errands) {
    if (errand.first_node == nullptr) retry_alone(errand, false);
  }
}

std::vector<std::unique_ptr<FanOut::Batch>> FanOut::group_by_node(std::span<Errand> errands) const {
  std::vector<std::unique_ptr<Batch>> batches;
  for (Errand& errand : errands) {
    if (errand.first_node == nullptr) continue;
    auto place = std::find_if(batches.begin(), batches.end(), [&](const auto& each) { return each->node == errand.first_node; });
    if (place == batches.end()) place = batches.insert(place, std::make_unique<Batch>(errand.first_node));
    (*place)->errands.push_back(&errand);
    (*place)->bytes += errand.command->bytes();
  }
  for (const auto& batch : batches) batch->replies.resize(batch->errands.size());
  return batches;
}

// Gives each errand of a batch its reply; what has none is judged by itself.
void FanOut::settle(Batch& batch) {
  const drive::LaneTicket& ticket = *batch.ticket;
  for (std::size_t i = 0; i < batch.errands.size(); ++i) {
    Errand& errand = *batch.errands[i];
    if (i < ticket.received() && !batch.replies[i].is_error()) {
      errand.reply = std::move(batch.replies[i]);
      continue;
    }
    routing::Happening what{routing::Happening::Kind::error_reply, Errc::response_error, true,
                                  runs_script(errand.command->facts())};
    if (i < ticket.received()) {
      errand.error = wire::error_from_reply(wire::error_text(batch.replies[i].bytes()), batch.node->address());
      what.code = errand.error->code;
    } else {
      const bool timed_out = ticket.state() == link::Ticket::State::abandoned;
      errand.error = timed_out ? Error{Errc::timed_out, "no reply in time", {}, 1, {}} : ticket.failure();
      errand.error->node = batch.node->address();
      what.kind = timed_out ? routing::Happening::Kind::timed_out : routing::Happening::Kind::connection_lost;
      what.code = errand.error->code;
      what.was_sent = ticket.was_sent();
    }
    const routing::Verdict verdict =
        routing::judge(what, effective_retry_class(*errand.command), around_.config.options.resend);
    errand.error->execution = verdict.execution;
    errand.error->attempts = 1;
    if (verdict.learn) learn(batch.replies[i], *batch.node);
    if (verdict.refresh) around_.refresher.request();
    if (verdict.action != routing::Verdict::Action::surface) {
      retry_alone(errand, verdict.execution == Execution::maybe_executed);
    }
  }
}

// A part that has moved is resent by the map, so the map must know.
void FanOut::learn(const wire::Frame& reply, const Node& answered_by) {
  const Result<wire::Redirect> redirect = redirect_in(reply, answered_by);
  if (!redirect || redirect->unusable_host) return;
  around_.topology.learn(redirect->slot, redirect->target, base::Clock::now());
}

void FanOut::retry_alone(Errand& errand, bool in_doubt) {
  SingleRun run(around_, *errand.command, errand.slot, errand.fixed, deadline_);
  if (in_doubt) run.start_in_doubt();
  Call call;
  Result<void> outcome = run.run(call);
  if (outcome) {
    errand.error.reset();
    errand.reply = wire::own(call.reply().bytes());
  } else {
    errand.error = std::move(outcome.error());
  }
}

Error FanOut::first_error(std::span<Errand> errands) const {
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

Result<void> FanOut::finish(std::span<Errand> errands, Call& call, const routing::Split* split) const {
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
