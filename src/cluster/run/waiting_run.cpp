#include "cluster/run/waiting_run.hpp"

#include "commands/block_timeout.hpp"
#include "wire/decode.hpp"

#include <rediscluster/commands/connection.hpp>

#include <functional>

namespace rediscluster::cluster {
namespace {

// How long one waits for a place among the waiting connections of a node before one looks whether to go on.
constexpr std::chrono::milliseconds look_interval{20};

Error too_many(int most, const NodeAddress& node) {
  return {Errc::too_many_connections,
          "blocking_connections_per_node is " + std::to_string(most) + ", and so many calls wait on this node already: raise it, or wait in "
          "fewer calls at the same time", node, 0, Execution::not_executed};
}

}  // namespace

WaitingRun::WaitingRun(const Surroundings& surroundings, const EncodedCommand& command, int slot, Node* fixed, base::Deadline deadline,
                       base::Duration margin, const std::stop_token* stop)
    : around_(surroundings),
      command_(command),
      deadline_(deadline),
      margin_(margin),
      stop_(stop),
      course_(surroundings, command, slot, fixed, deadline),
      cancellation_(surroundings.topology) {}

Result<void> WaitingRun::run(Call& call) {
  std::optional<std::stop_callback<std::function<void()>>> on_stop;
  if (stop_ != nullptr) on_stop.emplace(*stop_, [this] { cancellation_.cancel(); });
  Outcome outcome = Outcome::go_on;
  while (outcome == Outcome::go_on) outcome = attempt(call);
  if (outcome == Outcome::answered) return {};
  return fail(course_.take_error());
}

WaitingRun::Outcome WaitingRun::attempt(Call& call) {
  if (cancellation_.requested()) return after(course_.give_up_with(Cancellation::error()));
  Node* node = course_.begin_attempt(base::Clock::now());
  if (node == nullptr) return after(course_.nobody_serves());
  const Result<LanePool::Use> use = take_lane(*node);
  if (!use) return after(course_.give_up_with(use.error()));
  send(call, *node, use->lane(), base::Clock::now());
  const drive::LaneTicket& ticket = call.last_attempt();
  const bool has_reply = ticket.state() == link::Ticket::State::done;
  if (has_reply && !ticket.reply().is_error()) {
    call.set_answered_by(node);
    return Outcome::answered;
  }
  // A server that is demoted says UNBLOCKED and closes the connection right after: what is sent on it next would be in doubt.
  if (has_reply && !cancellation_.requested() && ticket.reply().bytes().starts_with("-UNBLOCKED")) use->lane().end_if_unused();
  return after(course_.judge(ticket, has_reply ? &ticket.reply() : nullptr, use->lane()));
}

Result<LanePool::Use> WaitingRun::take_lane(Node& node) {
  const int most = around_.config.options.blocking_connections_per_node;
  const base::Deadline patience = earlier(deadline_, base::Deadline::after(base::Clock::now(), margin_));
  for (;;) {
    const base::TimePoint now = base::Clock::now();
    std::optional<LanePool::Use> use = node.lanes().dedicated_below(most, earlier(patience, base::Deadline::after(now, look_interval)));
    if (use) return std::move(*use);
    if (around_.closed.load(std::memory_order_acquire)) return fail(Errc::client_closed, "the client was closed");
    if (cancellation_.requested()) return fail(Cancellation::error());
    if (patience.passed(now)) return fail(too_many(most, node.address()));
  }
}

// The server counts the time from when the command reaches it: another server gets what the first one has left.
std::string WaitingRun::bytes_to_send(base::TimePoint now) {
  std::string bytes;
  if (course_.asking()) bytes = Course::asking_command;
  if (!wait_end_) {
    wait_end_ = blocks_for_ever(command_) ? base::Deadline::never() : base::Deadline::after(now, *command_.block_for());
    return bytes.append(command_.bytes());
  }
  if (wait_end_->is_never()) return bytes.append(command_.bytes());
  return bytes.append(bytes_with_block_timeout(command_, std::chrono::ceil<std::chrono::milliseconds>(wait_end_->left(now))));
}

void WaitingRun::send(Call& call, Node& node, drive::CallerLane& lane, base::TimePoint now) {
  drive::LaneTicket& ticket = call.next_attempt(course_.asking() ? 1 : 0);
  const std::string bytes = bytes_to_send(now);
  if (stop_ == nullptr) {
    lane.call(bytes, ticket, deadline_, now);
  } else if (!cancellation_.enter(node, lane)) {
    ticket.fail(Cancellation::error());
  } else {
    send_cancellable(bytes, ticket, lane, now);
    cancellation_.leave();
  }
  if (ticket.state() != link::Ticket::State::abandoned) return;
  // A lane on which a blocking command was given up would answer the next one with the old reply's element: end it.
  lane.break_off({Errc::timed_out, "a blocking command was given up", node.address(), 0, Execution::maybe_executed});
}

// The name of the connection is asked in the same breath: who cancels needs it.
void WaitingRun::send_cancellable(std::string_view bytes, drive::LaneTicket& ticket, drive::CallerLane& lane, base::TimePoint now) {
  const EncodedCommand who_am_i = cmd::client_id();
  drive::LaneTicket id;
  lane.start(who_am_i.bytes(), id, deadline_, now);
  const bool has_connection = lane.is_open();
  const bool goes_on = has_connection && !cancellation_.requested();
  if (goes_on) lane.start(bytes, ticket, deadline_, now);
  lane.finish(id, deadline_);
  if (!goes_on) return ticket.fail(has_connection ? Cancellation::error() : id.failure());
  if (id.state() == link::Ticket::State::done) {
    if (const auto number = wire::decode<std::int64_t>(id.reply(), who_am_i.facts())) cancellation_.identify(*number);
  }
  lane.finish(ticket, deadline_);
}

WaitingRun::Outcome WaitingRun::after(Course::Step step) {
  if (step == Course::Step::after_pause) step = course_.pause();
  return step == Course::Step::finished ? Outcome::failed : Outcome::go_on;
}

}  // namespace rediscluster::cluster
