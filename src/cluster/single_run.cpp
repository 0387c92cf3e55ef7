#include "cluster/single_run.hpp"

namespace rediscluster::cluster {

Result<void> SingleRun::run(Call& call) {
  Outcome outcome = Outcome::go_on;
  while (outcome == Outcome::go_on) outcome = attempt(call);
  if (outcome == Outcome::answered) return {};
  return fail(course_.take_error());
}

SingleRun::Outcome SingleRun::attempt(Call& call) {
  const base::TimePoint now = base::Clock::now();
  Node* node = course_.begin_attempt(now);
  if (node == nullptr) return after(course_.nobody_serves());
  const LanePool::Use use = command_.block_for() ? node->lanes().dedicated() : node->lanes().shared(now);
  send(call, *node, use.lane(), now);
  const drive::LaneTicket& ticket = call.last_attempt();
  const bool has_reply = ticket.state() == link::Ticket::State::done;
  if (has_reply && !ticket.reply().is_error()) {
    call.set_answered_by(node);
    course_.note_answer(ticket.reply(), now);
    return Outcome::answered;
  }
  return after(course_.judge(ticket, has_reply ? &ticket.reply() : nullptr, use.lane()));
}

void SingleRun::send(Call& call, Node& node, drive::CallerLane& lane, base::TimePoint now) {
  const auto limit = around_.config.options.socket_timeout;
  const bool blocking = command_.block_for().has_value();
  const base::Deadline deadline = limit && !blocking ? earlier(deadline_, base::Deadline::after(now, *limit)) : deadline_;
  drive::LaneTicket& ticket = call.next_attempt(course_.asking() ? 1 : 0);
  if (course_.asking()) {
    lane.call(std::string(Course::asking_command).append(command_.bytes()), ticket, deadline, now);
  } else {
    lane.call(command_.bytes(), ticket, deadline, now);
  }
  if (ticket.state() != link::Ticket::State::abandoned) return;
  // One slow command says little about its connection; silence for twice the limit does.
  if (limit && !blocking) lane.end_if_silent(2 * *limit, base::Clock::now());
  // A lane on which a blocking command was given up would answer the next one with the old reply's element: end it.
  if (blocking) {
    lane.break_off({Errc::timed_out, "a blocking command was given up", node.address(), 0, Execution::maybe_executed});
  }
}

SingleRun::Outcome SingleRun::after(Course::Step step) {
  if (step == Course::Step::after_pause) step = course_.pause();
  return step == Course::Step::finished ? Outcome::failed : Outcome::go_on;
}

}  // namespace rediscluster::cluster
