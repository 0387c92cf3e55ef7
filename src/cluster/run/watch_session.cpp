#include "cluster/run/watch_session.hpp"

#include "cluster/run/dedicated_use.hpp"
#include "cluster/run/lane_moves.hpp"
#include "routing/backoff.hpp"
#include "routing/refusal.hpp"
#include "wire/error_reply.hpp"

namespace rediscluster::cluster {
namespace {

constexpr std::string_view unwatch = "*1\r\n$7\r\nUNWATCH\r\n";
// How long, at least, the end of a session waits for an answer before it closes the connection instead.
constexpr std::chrono::milliseconds unwatch_patience{100};
constexpr routing::Backoff rerun_backoff{std::chrono::milliseconds(2), std::chrono::milliseconds(50)};

}  // namespace

base::Duration pause_before_rerun(int run, base::Random& random) { return rerun_backoff.pause(run, random); }

Result<void> WatchSession::watch(const EncodedCommand& watch, base::Deadline deadline) {
  const CommandView command = watch;
  if (Result<int> slot = routing::common_slot(std::span(&command, 1), slot_); !slot) return fail(std::move(slot.error()));
  if (!is_watching()) return begin(command, deadline);
  drive::LaneTicket ticket(asking_ ? 1 : 0);
  send(ticket, command.bytes(), deadline);
  if (ticket.state() != link::Ticket::State::done) {
    AttemptEnd end = end_of(ticket);
    end.was_sent = end.was_begun = false;  // with its connection it has left nothing behind
    return fail(lost_connection(ticket, command, end, deadline));
  }
  if (!ticket.reply().is_error()) return {};
  return fail(refused(ticket, command, deadline));
}

Result<void> WatchSession::begin(const CommandView& watch, base::Deadline deadline) {
  // A WATCH that came to nothing leaves nothing behind once its connection is closed: it may always be sent again.
  Course course(around_, view_of_block(RetryClass::read_only, watch.bytes(), watch.slot()), watch.slot(), nullptr, deadline);
  const auto attempt_on = [&](Node& node, base::TimePoint) { return begin_on(node, course, watch, deadline); };
  if (run_attempts(around_, course, attempt_on)) return {};
  return fail(course.take_error());
}

Course::Step WatchSession::begin_on(Node& node, Course& course, const CommandView& watch, base::Deadline deadline) {
  node_ = &node;
  asking_ = course.asking();
  Result<LanePool::Use> use = take_dedicated(around_, node, deadline);
  if (!use) return course.give_up_with(std::move(use.error()));
  use_.emplace(std::move(*use));
  connection_ = 0;  // whichever it is
  drive::LaneTicket ticket(asking_ ? 1 : 0);
  try {
    send(ticket, watch.bytes(), deadline);
  } catch (...) {  // no memory: nothing is watched
    leave(false);
    throw;
  }
  const bool is_answered = ticket.state() == link::Ticket::State::done;
  if (is_answered && !ticket.reply().is_error()) {
    connection_ = ticket.connection();
    slot_ = watch.slot();
    return Course::Step::done;
  }
  const Course::Step step = judge_attempt(course, end_of(ticket), use_->lane());
  leave(is_answered);
  return step;
}

void WatchSession::send(drive::LaneTicket& ticket, std::string_view bytes, base::Deadline deadline) {
  link::SendQueue message;
  if (asking_) message.append(Course::asking_command);
  message.add(bytes);
  send(ticket, message, deadline);
}

void WatchSession::send(drive::LaneTicket& ticket, const link::SendQueue& message, base::Deadline deadline) {
  const base::TimePoint now = base::Clock::now();
  ticket.stay_on(connection_);
  use_->lane().call(message, ticket, answers_by(around_, deadline, now), now);
}

Result<void> WatchSession::run(const EncodedCommand& command, Call& call, base::Deadline deadline) {
  const CommandView view = command;
  if (Result<int> slot = routing::common_slot(std::span(&view, 1), slot_); !slot) return fail(std::move(slot.error()));
  drive::LaneTicket& ticket = call.next_attempt(asking_ ? 1 : 0);
  send(ticket, command.bytes(), deadline);
  if (ticket.state() != link::Ticket::State::done) return fail(lost_connection(ticket, view, end_of(ticket), deadline));
  if (!ticket.reply().is_error()) {
    call.set_answered_by(node_);
    return {};
  }
  return fail(refused(ticket, view, deadline));
}

// An error reply to a command that runs at once. Those that say that the slot is not served here end the watch.
Error WatchSession::refused(const drive::LaneTicket& ticket, const CommandView& command, base::Deadline deadline) {
  Error error = routing::error_of_refusal(command, wire::error_text(ticket.reply().bytes()), node_->address());
  if (may_pass(error.code) && error.execution == Execution::not_executed) return lost_to(ticket.reply(), ticket, command, deadline);
  error.message = std::string(command.facts().name) + ": " + error.message;
  error.attempts = 1;
  return error;
}

Result<BlockEnds> WatchSession::execute(std::span<const CommandView> commands, base::Deadline deadline) {
  if (commands.empty()) {
    end();
    return BlockEnds();
  }
  Block block(commands, asking_);
  drive::LaneTicket ticket(block.replies(), block.skipped_replies());
  send(ticket, block.bytes(), deadline);
  return take_outcome(block, ticket, deadline);
}

Result<BlockEnds> WatchSession::take_outcome(Block& block, const drive::LaneTicket& ticket, base::Deadline deadline) {
  using Kind = routing::BlockOutcome::Kind;
  const routing::BlockOutcome outcome = block.outcome(ticket);
  const bool is_clean = ticket.state() == link::Ticket::State::done && !outcome.may_be_left_open && !outcome.multi_refused;
  switch (outcome.kind) {
    case Kind::ran: {
      leave(is_clean);
      return block.ends(*node_, 1);
    }
    case Kind::watch_lost: {
      leave(is_clean);
      return fail({Errc::watch_lost, "a watched key was changed before EXEC: nothing of the transaction has run", node_->address(), 1,
                   Execution::not_executed});
    }
    case Kind::refused:
    case Kind::ran_loose: {
      Error reason = wire::error_from_reply(wire::error_text(outcome.error.bytes()), node_->address());
      reason.attempts = 1;
      if (outcome.kind == Kind::refused && may_pass(reason.code)) {
        return fail(lost_to(outcome.error, ticket, view_of_block(RetryClass::once, {}, slot_), deadline));
      }
      leave(is_clean);
      return fail(block.refusal(outcome, std::move(reason)));
    }
    case Kind::unknown: return fail(lost_connection(ticket, view_of_block(RetryClass::once, {}, slot_), block.end_of(ticket), deadline));
    case Kind::damaged: break;
  }
  leave(false);
  return fail({Errc::unexpected_reply, "EXEC gave neither an array nor nil nor an error", node_->address(), 1, Execution::maybe_executed});
}

// The node does not serve the slot now. What that says about the topology is learnt, for those who watch again.
Error WatchSession::lost_to(const wire::Frame& refusal, const drive::LaneTicket& ticket, const CommandView& command, base::Deadline deadline) {
  Course course(around_, command, slot_, nullptr, deadline);
  course.count_attempt_on(*node_);
  judge_attempt(course, end_of(ticket, &refusal), use_->lane());
  Error error = lose(wire::error_from_reply(wire::error_text(refusal.bytes()), node_->address()));
  if (routing::may_fail_halfway(command.facts())) error.execution = Execution::maybe_executed;  // its own words, perhaps
  return error;
}

Error WatchSession::lost_connection(const drive::LaneTicket& ticket, const CommandView& command, const AttemptEnd& end, base::Deadline deadline) {
  Course course(around_, command, slot_, nullptr, deadline);
  course.count_attempt_on(*node_);
  const Course::Step step = judge_attempt(course, end, use_->lane());
  const bool may_have_run = end.was_sent && !command.facts().is_read_only();
  if (may_have_run && step == Course::Step::finished) {
    leave(false);
    return course.take_error();
  }
  Error cause = ticket.state() == link::Ticket::State::lost ? ticket.failure()
                                                            : Error{Errc::timed_out, "no reply in time", {}, 0, {}};
  cause.node = node_->address();
  Error error = lose(cause);
  if (may_have_run) error.execution = Execution::maybe_executed;
  return error;
}

Error WatchSession::lose(const Error& cause) {
  leave(false);
  return {Errc::watch_lost, "the watch was lost, nothing that is queued has run: " + cause.message, cause.node, 1, Execution::not_executed};
}

void WatchSession::end() noexcept {
  if (!is_watching()) return;
  bool is_clean = false;
  try {
    drive::LaneTicket ticket;
    ticket.stay_on(connection_);
    const base::TimePoint now = base::Clock::now();
    use_->lane().call(unwatch, ticket, base::Deadline::after(now, node_->patience(unwatch_patience)), now);
    is_clean = ticket.state() == link::Ticket::State::done && !ticket.reply().is_error();
  } catch (...) {  // no memory, even for that
  }
  leave(is_clean);
}

// Gives the connection back; one that may still watch, or be within MULTI, is closed before.
void WatchSession::leave(bool is_clean) noexcept {
  if (!use_) return;
  if (!is_clean) {
    use_->lane().break_off(link::error_at_any_cost(Errc::connection_lost, Execution::maybe_executed, [&] {
      return Error{Errc::connection_lost, "a connection that watches keys was given up", node_->address(), 0, Execution::maybe_executed};
    }));
  }
  use_.reset();
  connection_ = 0;
  asking_ = false;
  slot_ = Course::any_slot;
}

}  // namespace rediscluster::cluster
