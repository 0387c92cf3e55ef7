#include "cluster/single_run.hpp"

#include "cluster/redirect_reply.hpp"
#include "commands/retry_class.hpp"
#include "routing/backoff.hpp"
#include "wire/error_reply.hpp"

#include <fmt/format.h>

namespace rediscluster::cluster {
namespace {

constexpr std::string_view asking_command = "*1\r\n$6\r\nASKING\r\n";
constexpr int most_redirects = 16;     // the seed's limit
constexpr int redirects_at_once = 4;   // two nodes that point at each other agree after a moment: do not spin meanwhile
constexpr routing::Backoff retry_backoff{};

std::uint64_t jitter_seed(const void* call, base::Deadline deadline) {
  return reinterpret_cast<std::uintptr_t>(call) ^ static_cast<std::uint64_t>(deadline.when().time_since_epoch().count());
}

}  // namespace

SingleRun::SingleRun(const Surroundings& surroundings, const EncodedCommand& command, int slot, Node* fixed,
                     base::Deadline deadline)
    : around_(surroundings),
      command_(command),
      slot_(slot),
      fixed_(fixed),
      deadline_(deadline),
      random_(jitter_seed(this, deadline)) {}

Result<void> SingleRun::run(Call& call) {
  while (attempt(call) == Step::go_on) {
  }
  if (error_.code == Errc{}) return {};
  return fail(std::move(error_));
}

SingleRun::Step SingleRun::attempt(Call& call) {
  epoch_ = around_.topology.epoch();
  const base::TimePoint now = base::Clock::now();
  node_ = choose_node();
  if (node_ == nullptr) {
    error_ = {Errc::slot_not_covered,
              slot_ < 0 ? "no node of the cluster is known" : fmt::format("Slot {} is not covered by the cluster", slot_), {}, 0, {}};
    return deadline_.passed(now) ? give_up(Execution::not_executed) : pause(true);
  }
  ++attempts_;
  const auto limit = around_.config.options.socket_timeout;
  const bool blocking = command_.block_for().has_value();
  const base::Deadline attempt_deadline =
      limit && !blocking ? earlier(deadline_, base::Deadline::after(now, *limit)) : deadline_;
  const LanePool::Use use = blocking ? node_->lanes().dedicated() : node_->lanes().shared(now);
  lane_ = &use.lane();
  drive::LaneTicket& ticket = call.next_attempt(asking_ ? 1 : 0);
  if (asking_) {
    use.lane().call(std::string(asking_command).append(command_.bytes()), ticket, attempt_deadline, now);
  } else {
    use.lane().call(command_.bytes(), ticket, attempt_deadline, now);
  }
  if (ticket.state() == link::Ticket::State::done && !ticket.reply().is_error()) {
    error_.code = Errc{};
    call.set_answered_by(node_);
    return Step::finished;
  }
  // One slow command says little about its connection; silence for twice the limit does.
  if (limit && !blocking && ticket.state() == link::Ticket::State::abandoned) {
    use.lane().end_if_silent(2 * *limit, base::Clock::now());
  }
  // A lane on which a blocking command was given up would answer the next one with the old reply's element: end it.
  if (blocking && ticket.state() == link::Ticket::State::abandoned) {
    use.lane().break_off({Errc::timed_out, "a blocking command was given up", node_->address(), 0, Execution::maybe_executed});
  }
  return judge(call);
}

Node* SingleRun::choose_node() {
  if (fixed_ != nullptr) return fixed_;
  if (redirect_ != nullptr) return std::exchange(redirect_, nullptr);
  asking_ = false;
  const Topology& topology = around_.topology;
  const Shard* shard = nullptr;
  if (slot_ >= 0) {
    shard = topology.shard_of(slot_);
  } else {
    // A random slot leads to a random primary; the next ones are tried when that slot has none.
    for (int i = 0; i < 64 && shard == nullptr; ++i) shard = topology.shard_of(static_cast<int>(random_.below(slot_count)));
  }
  if (shard == nullptr) return nullptr;
  const bool may_read_replica = around_.config.handshake.read_only && command_.facts().is_read_only() && pauses_ == 0;
  if (!may_read_replica || shard->replicas.empty()) return shard->primary;
  // Any node of the shard, the primary too unless the client only reads; after a failure the primary alone.
  const bool primary_too = !around_.config.options.readonly_mode;
  const std::uint64_t choice = random_.below(shard->replicas.size() + (primary_too ? 1 : 0));
  return choice == shard->replicas.size() ? shard->primary : shard->replicas[choice];
}

routing::Happening SingleRun::happening(const Call& call, Error& error) const {
  using Kind = routing::Happening::Kind;
  const drive::LaneTicket& ticket = call.last_attempt();
  if (ticket.state() == link::Ticket::State::done) {
    error = wire::error_from_reply(wire::error_text(ticket.reply().bytes()));
    return {Kind::error_reply, error.code, true, runs_script(command_.facts())};
  }
  if (ticket.state() == link::Ticket::State::abandoned) {
    error = {Errc::timed_out, ticket.was_sent() ? "no reply in time" : "not sent in time: the node takes no more commands", {}, 0, {}};
    return {Kind::timed_out, Errc::timed_out, ticket.was_sent()};
  }
  error = ticket.failure();
  // A failure of an unsent command that says not_executed comes from before there was a connection.
  const bool connected = ticket.was_sent() || error.execution != Execution::not_executed;
  return {connected ? Kind::connection_lost : Kind::not_connected, error.code, ticket.was_sent()};
}

SingleRun::Step SingleRun::judge(Call& call) {
  const routing::Happening what = happening(call, error_);
  const routing::Verdict verdict =
      routing::judge(what, effective_retry_class(command_), around_.config.options.resend);
  if (verdict.execution == Execution::maybe_executed) in_doubt_ = true;
  if (what.code == Errc::cluster_down && around_.config.options.cluster_down_retry_attempts &&
      ++cluster_downs_ >= *around_.config.options.cluster_down_retry_attempts) {
    return surface(Execution::not_executed);
  }
  switch (verdict.action) {
    case routing::Verdict::Action::surface:
      if (verdict.refresh) around_.refresher.request();
      return surface(verdict.execution);
    case routing::Verdict::Action::redirect: return follow_redirect(call, verdict);
    case routing::Verdict::Action::again:
      if (++resent_at_once_ > redirects_at_once) return pause(verdict.refresh);
      if (verdict.refresh) around_.refresher.request();
      return Step::go_on;
    case routing::Verdict::Action::backoff:
      redirects_ = 0;  // the bound is on nodes that send us in circles, not on a target that is down for a while
      return pause(verdict.refresh);
  }
  return surface(verdict.execution);
}

SingleRun::Step SingleRun::follow_redirect(Call& call, const routing::Verdict& verdict) {
  if (fixed_ != nullptr) return surface(Execution::not_executed);  // the caller named the node: its answer stands
  if (++redirects_ > most_redirects) {
    error_ = {Errc::too_many_redirects, fmt::format("redirected {} times without an answer; the last one said: {}", most_redirects, error_.message), {}, 0, {}};
    return surface(Execution::not_executed);
  }
  const Result<wire::Redirect> redirect = redirect_in(call.last_attempt().reply(), *node_);
  if (!redirect) {
    error_ = std::move(redirect.error());
    return surface(Execution::not_executed);
  }
  if (redirect->unusable_host) return pause(true);
  Node* owner = &around_.topology.node_at(redirect->target);
  // A node that sends us to itself is a proxy whose backend has changed: a fresh connection sees the new one.
  if (owner == node_ && !verdict.asking) {
    lane_->end_if_unused();
  }
  if (verdict.learn) around_.topology.learn(redirect->slot, redirect->target, base::Clock::now());
  if (verdict.refresh) around_.refresher.request();
  asking_ = verdict.asking;
  redirect_ = owner;
  if (redirects_ <= redirects_at_once) return deadline_.passed(base::Clock::now()) ? give_up(Execution::not_executed) : Step::go_on;
  return pause(verdict.refresh);
}

// Waits for better times: until the topology changes, or a while. Ends the run when the deadline comes first.
SingleRun::Step SingleRun::pause(bool refresh) {
  if (refresh) around_.refresher.request();
  const base::TimePoint now = base::Clock::now();
  const base::Deadline until = earlier(deadline_, base::Deadline::after(now, retry_backoff.pause(++pauses_, random_)));
  around_.topology.wait_for_change(epoch_, until);
  if (around_.closed.load(std::memory_order_acquire)) {
    error_ = {Errc::client_closed, "the client was closed", {}, 0, {}};
    return surface(Execution::not_executed);
  }
  return deadline_.passed(base::Clock::now()) ? give_up(Execution::not_executed) : Step::go_on;
}

SingleRun::Step SingleRun::give_up(Execution execution) {
  error_.message += ". Gave up at the deadline";
  return surface(execution);
}

SingleRun::Step SingleRun::surface(Execution execution) {
  if (error_.node == NodeAddress{} && node_ != nullptr) error_.node = node_->address();
  error_.attempts = attempts_;
  error_.execution = in_doubt_ ? Execution::maybe_executed : execution;
  error_.message = std::string(command_.facts().name) + ": " + error_.message;
  return Step::finished;
}

}  // namespace rediscluster::cluster
