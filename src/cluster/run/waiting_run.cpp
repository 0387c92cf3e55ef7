#include "cluster/run/waiting_run.hpp"

#include "cluster/run/dedicated_use.hpp"
#include "cluster/run/lane_moves.hpp"
#include "commands/block_timeout.hpp"
#include "wire/decode.hpp"
#include "wire/error_reply.hpp"

#include <rediscluster/commands/connection.hpp>

#include <functional>

namespace rediscluster::cluster {
namespace {

constexpr std::string_view ping = "*1\r\n$4\r\nPING\r\n";
constexpr std::string_view pong = "+PONG\r\n";

Error given_up(const Node& node) {
  return link::error_at_any_cost(Errc::timed_out, Execution::maybe_executed, [&] {
    return Error{Errc::timed_out, "a blocking command was given up", node.address(), 0, Execution::maybe_executed};
  });
}

}  // namespace

WaitingRun::WaitingRun(const Surroundings& surroundings, const EncodedCommand& command, int slot, Node* fixed, const Limits& limits,
                       const std::stop_token* stop)
    : around_(surroundings),
      command_(command),
      limits_(limits),
      beside_wait_end_(base::Deadline::after(base::Clock::now(), limits.beside_wait)),
      stop_(stop),
      course_(surroundings, command, slot, fixed, limit()),
      cancellation_(surroundings.topology) {}

Result<void> WaitingRun::run(Call& call) {
  std::optional<std::stop_callback<std::function<void()>>> on_stop;
  if (stop_ != nullptr) on_stop.emplace(*stop_, [this] { cancellation_.cancel(); });
  const auto is_stopped = [this] { return cancellation_.requested(); };
  const auto attempt_on = [&](Node& node, base::TimePoint) { return attempt(call, node); };
  const bool is_done = run_attempts(around_, course_, Course::Step::at_once, is_stopped, attempt_on);
  cancellation_.settle();
  return is_done ? Result<void>{} : fail(course_.take_error());
}

Course::Step WaitingRun::attempt(Call& call, Node& node) {
  const Result<LanePool::Use> use = take_dedicated(around_, node, limit(), &cancellation_);
  if (!use) return course_.give_up_with(use.error());
  send(call, node, use->lane(), base::Clock::now());
  course_.set_deadline(limit());
  const Course::Step step = judge(call, node, use->lane());
  undisturbed_.reset();
  // A question of ours to end the wait may still be on its way, and would end that of whoever waits on the connection next.
  if (cancellation_.requested() || last_words_by_) use->lane().end_if_unused();
  return step;
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
  return bytes.append(bytes_with_block_timeout(command_, base::whole_milliseconds(wait_end_->left(now))));
}

void WaitingRun::send(Call& call, Node& node, drive::CallerLane& lane, base::TimePoint now) {
  drive::LaneTicket& ticket = call.next_attempt(course_.asking() ? 1 : 0);
  ticket.take_unblocked();
  const std::string bytes = bytes_to_send(now);
  const bool may_be_ended = stop_ != nullptr || ends_by_itself();
  if (may_be_ended && !cancellation_.enter(node, lane)) return ticket.fail(Cancellation::error());
  try {
    if (may_be_ended) {
      send_cancellable(bytes, ticket, node, lane, now);
    } else {
      lane.start(bytes, ticket, limit(), now);
      wait(ticket, node, lane);
    }
  } catch (...) {  // no memory: nobody would take what comes on this lane
    lane.give_up(ticket);
    lane.break_off(given_up(node));
    cancellation_.leave();
    throw;
  }
  cancellation_.leave();
  if (ticket.state() != link::Ticket::State::abandoned) return;
  // A lane on which a blocking command was given up would answer the next one with the old reply's element: end it.
  lane.break_off(given_up(node));
}

// The name of the connection is asked in the same breath: who ends the wait needs it. A server that does not tell it in time
// hangs, and does not wait.
void WaitingRun::send_cancellable(std::string_view bytes, drive::LaneTicket& ticket, const Node& node, drive::CallerLane& lane, base::TimePoint now) {
  const EncodedCommand who_am_i = cmd::client_id();
  drive::LaneTicket id;
  const drive::Wishes wishes = cancellation_.wishes();
  id.wish(wishes);
  lane.start(who_am_i.bytes(), id, limit(), now);
  const bool has_connection = lane.is_open();
  const bool goes_on = has_connection && !cancellation_.requested();
  if (goes_on) {
    ticket.stay_on(id.connection());
    lane.start(bytes, ticket, limit(), now);
  }
  lane.finish(id, limit());
  if (!goes_on) return ticket.fail(has_connection ? Cancellation::error() : id.failure());
  if (id.state() == link::Ticket::State::abandoned) return lane.finish(ticket, base::Deadline::at(base::TimePoint::min()));
  if (id.state() == link::Ticket::State::done) {
    if (const auto number = wire::decode<std::int64_t>(id.reply(), who_am_i.facts())) cancellation_.identify(*number);
  }
  wait(ticket, node, lane);
}

void WaitingRun::wait(drive::LaneTicket& ticket, const Node& node, drive::CallerLane& lane) {
  const base::TimePoint begin = base::Clock::now();
  if (!ends_by_itself()) {
    lane.finish(ticket, limits_.deadline);
  } else if (!lane.linger(ticket, limits_.deadline)) {
    undisturbed_.emplace(nullptr);
    last_words_by_ = Cancellation::last_words_by(node);
    const bool is_coming = cancellation_.ask_to_end(*last_words_by_);
    lane.finish(ticket, is_coming ? *last_words_by_ : base::Deadline::at(base::TimePoint::min()));
  }
  if (!beside_wait_end_.is_never()) {
    beside_wait_end_ = base::Deadline::after(beside_wait_end_.when(), base::Clock::now() - begin);
  }
}

Course::Step WaitingRun::judge(Call& call, Node& node, drive::CallerLane& lane) {
  const drive::LaneTicket& ticket = call.last_attempt();
  const bool has_reply = ticket.state() == link::Ticket::State::done;
  if (has_reply && !ticket.reply().is_error()) {
    call.set_answered_by(&node);
    return Course::Step::done;
  }
  const std::string_view said = has_reply ? wire::error_text(ticket.reply().bytes()) : std::string_view();
  if (wire::was_unblocked_by_somebody(said)) return judge_unblocked(call, node, lane);
  // A server that is demoted says UNBLOCKED and closes the connection right after: what is sent on it next would be in doubt.
  if (said.starts_with("UNBLOCKED")) lane.end_if_unused();
  return judge_call(call, course_, node, lane);
}

// Mostly this says that nothing was taken. But a server that was pausing may run the command yet: then it says nothing
// more for now, and an end of the connection before the pause is over keeps it from that; or it has run it meanwhile.
Course::Step WaitingRun::judge_unblocked(Call& call, Node& node, drive::CallerLane& lane) {
  Error reason = why_unblocked();
  if (!node.drops_unblocked()) {
    const std::uint32_t connection = call.last_attempt().connection();
    drive::LaneTicket& next = call.next_attempt(0);
    next.stay_on(connection);
    next.take_unblocked();
    const base::TimePoint now = base::Clock::now();
    lane.call(ping, next, last_words_by_.value_or(Cancellation::last_words_by(node)), now);
    const bool has_reply = next.state() == link::Ticket::State::done;
    const bool is_pong = has_reply && next.reply().bytes() == pong;
    if (has_reply && !is_pong && !next.reply().is_error()) {  // the command's own reply, after all
      lane.break_off({});
      call.set_answered_by(&node);
      return Course::Step::done;
    }
    const bool is_unblocked_again = has_reply && wire::was_unblocked_by_somebody(wire::error_text(next.reply().bytes()));
    if (!has_reply || is_unblocked_again) reason.execution = Execution::maybe_executed;
  }
  lane.break_off({});
  return course_.give_up_with(std::move(reason));
}

Error WaitingRun::why_unblocked() const {
  if (cancellation_.requested()) return Cancellation::error();
  if (last_words_by_) return {Errc::timed_out, "the time given for this call was over while the server waited", {}, 0, Execution::not_executed};
  return {Errc::unblocked, "somebody asked the server to end this wait (CLIENT UNBLOCK ... ERROR)", {}, 0, Execution::not_executed};
}

}  // namespace rediscluster::cluster
