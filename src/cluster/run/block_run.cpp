#include "cluster/run/block_run.hpp"

#include "cluster/run/lane_moves.hpp"
#include "commands/shown_command.hpp"
#include "routing/refusal.hpp"
#include "wire/error_reply.hpp"

namespace rediscluster::cluster {
namespace {

constexpr std::string_view multi = "*1\r\n$5\r\nMULTI\r\n";
constexpr std::string_view exec = "*1\r\n$4\r\nEXEC\r\n";

constexpr CommandFacts block_row(RetryClass retry) { return {.name = "transaction", .retry = retry}; }
constexpr CommandFacts block_rows[] = {block_row(RetryClass::read_only), block_row(RetryClass::idempotent),
                                       block_row(RetryClass::conditional), block_row(RetryClass::never),
                                       block_row(RetryClass::once)};

Error error_of_element(const wire::Frame& element, const CommandView& command, const Node& node, int attempts) {
  Error error = routing::error_of_refusal(command, wire::error_text(element.bytes()), node.address());
  error.message = std::string(command.facts().name) + ": " + error.message;
  error.attempts = attempts;
  return error;
}

}  // namespace

CommandView view_of_block(RetryClass retry, std::string_view bytes, int slot) {
  return {block_rows[static_cast<std::size_t>(retry)], bytes, slot};
}

bool may_pass(Errc code) {
  switch (code) {
    case Errc::moved:
    case Errc::ask:
    case Errc::try_again:
    case Errc::cluster_down:
    case Errc::master_down:
    case Errc::loading:
    case Errc::busy:
    case Errc::read_only:
    case Errc::no_replicas:
    case Errc::too_many_redirects:
    case Errc::slot_not_covered: return true;
    default: return false;
  }
}

Block::Block(std::span<const CommandView> commands, bool asking)
    : commands_(commands), replies_(commands.size() + 2), skipped_(asking ? 1 : 0) {
  std::size_t copies = Course::asking_command.size() + multi.size() + exec.size();
  for (const CommandView& command : commands) copies += link::SendQueue::lends(command.bytes().size()) ? 0 : command.bytes().size();
  bytes_.make_room(copies);
  if (asking) bytes_.append(Course::asking_command);  // stays in force until EXEC
  bytes_.append(multi);
  for (const CommandView& command : commands) bytes_.add(command.bytes());
  bytes_.append(exec);
}

routing::BlockOutcome Block::outcome(const drive::LaneTicket& ticket) const {
  return routing::read_block(std::span(replies_).first(ticket.received()), commands_.size());
}

AttemptEnd Block::end_of(const drive::LaneTicket& ticket) const {
  AttemptEnd end = cluster::end_of(ticket, nullptr);
  end.was_sent = ticket.sent_bytes() == bytes_.size();
  return end;
}

Result<BlockEnds> Block::ends(const Node& node, int attempts) const {
  Result<std::vector<wire::Frame>> elements = routing::elements_of(replies_.back(), commands_.size());
  if (!elements) {
    elements.error().node = node.address();
    elements.error().attempts = attempts;
    return fail(std::move(elements.error()));
  }
  BlockEnds ends(commands_.size());
  for (std::size_t i = 0; i < ends.size(); ++i) {
    if ((*elements)[i].is_error()) {
      ends[i].error = std::make_unique<Error>(error_of_element((*elements)[i], commands_[i], node, attempts));
    } else {
      ends[i] = {std::move((*elements)[i]), nullptr, &node, attempts};
    }
  }
  return ends;
}

Error Block::refusal(const routing::BlockOutcome& outcome, Error reason) const {
  if (outcome.kind == routing::BlockOutcome::Kind::ran_loose) {
    reason.message = "MULTI was refused, and the commands behind it were not, so they may have run one by one: " + reason.message;
    reason.execution = Execution::maybe_executed;
    return reason;
  }
  std::string what = reason.execution == Execution::not_executed ? "EXECABORT, nothing of the transaction has run: "
                                                                 : "EXECABORT, but an earlier attempt whose reply was lost may have run: ";
  if (outcome.refused != routing::BlockOutcome::not_a_command) {
    const auto at = static_cast<std::size_t>(outcome.refused);
    what += "command # " + std::to_string(at + 1) + " (" + shown(commands_[at]) + ") was refused: ";
  }
  reason.code = Errc::exec_abort;
  reason.message = what + reason.message;
  return reason;
}

BlockRun::BlockRun(const Surroundings& surroundings, std::span<const CommandView> commands, int slot, base::Deadline deadline)
    : around_(surroundings),
      commands_(commands),
      deadline_(deadline),
      course_(surroundings, view_of_block(routing::block_retry_class(commands), {}, slot), slot, nullptr, deadline) {}

Result<BlockEnds> BlockRun::run() {
  BlockEnds ends;
  const auto attempt_on = [&](Node& node, base::TimePoint now) { return attempt(ends, node, now); };
  if (run_attempts(around_, course_, attempt_on)) return ends;
  return fail(error_ ? std::move(*error_) : course_.take_error());
}

Course::Step BlockRun::attempt(BlockEnds& ends, Node& node, base::TimePoint now) {
  const LanePool::Use use = lane_for(course_, node, now);
  Block block(commands_, course_.asking());
  drive::LaneTicket ticket(block.replies(), block.skipped_replies());
  use.lane().call(block.bytes(), ticket, answers_by(around_, deadline_, now), now);
  end_if_silent(around_, ticket, use.lane());
  return judge(block, ticket, node, use.lane(), ends);
}

Course::Step BlockRun::judge(Block& block, const drive::LaneTicket& ticket, const Node& node, drive::CallerLane& lane, BlockEnds& ends) {
  using Kind = routing::BlockOutcome::Kind;
  const routing::BlockOutcome outcome = block.outcome(ticket);
  if (outcome.may_be_left_open) {
    lane.break_off({Errc::connection_lost, "EXEC was refused, and others must not be caught in its MULTI", node.address(), 0, Execution::maybe_executed});
  }
  switch (outcome.kind) {
    case Kind::ran: {
      Result<BlockEnds> ran = block.ends(node, course_.attempts());
      if (!ran) return fail_with(std::move(ran.error()));
      ends = std::move(*ran);
      done_with(course_, lane);
      return Course::Step::done;
    }
    case Kind::refused: return judge_refusal(block, outcome, ticket, lane);
    case Kind::ran_loose: return fail_with(block.refusal(outcome, wire::error_from_reply(wire::error_text(outcome.error.bytes()), node.address())));
    case Kind::unknown: return judge_attempt(course_, block.end_of(ticket), lane);
    case Kind::watch_lost:  // nobody watches on a shared connection
    case Kind::damaged: break;
  }
  return fail_with({Errc::unexpected_reply, "EXEC gave neither an array nor an error", node.address(), course_.attempts(), Execution::maybe_executed});
}

Course::Step BlockRun::judge_refusal(const Block& block, const routing::BlockOutcome& outcome, const drive::LaneTicket& ticket,
                                     drive::CallerLane& lane) {
  const Course::Step step = judge_attempt(course_, end_of(ticket, &outcome.error), lane);
  if (step != Course::Step::finished) return step;
  Error reason = course_.take_error();
  return fail_with(may_pass(reason.code) ? std::move(reason) : block.refusal(outcome, std::move(reason)));
}

Course::Step BlockRun::fail_with(Error error) {
  error.attempts = course_.attempts();
  error_ = std::move(error);
  return Course::Step::finished;
}

}  // namespace rediscluster::cluster
