#include "cluster/run/single_run.hpp"

#include "cluster/run/cancellation.hpp"

#include <functional>

namespace rediscluster::cluster {

Result<void> SingleRun::run(Call& call) {
  std::optional<std::stop_callback<std::function<void()>>> on_stop;
  if (stop_ != nullptr) on_stop.emplace(*stop_, [this] { around_.topology.wake_waiters(); });
  Outcome outcome = Outcome::go_on;
  while (outcome == Outcome::go_on) outcome = attempt(call);
  if (outcome == Outcome::answered) return {};
  return fail(course_.take_error());
}

SingleRun::Outcome SingleRun::attempt(Call& call) {
  if (stop_ != nullptr && stop_->stop_requested()) return after(course_.give_up_with(Cancellation::error()));
  const base::TimePoint now = base::Clock::now();
  Node* node = course_.begin_attempt(now);
  if (node == nullptr) return after(course_.nobody_serves());
  const LanePool::Use use = node->lanes().shared(now);
  send(call, use.lane(), now);
  const drive::LaneTicket& ticket = call.last_attempt();
  const bool has_reply = ticket.state() == link::Ticket::State::done;
  if (has_reply && !ticket.reply().is_error()) {
    call.set_answered_by(node);
    course_.note_answer(ticket.reply(), now);
    return Outcome::answered;
  }
  return after(course_.judge(ticket, has_reply ? &ticket.reply() : nullptr, use.lane()));
}

void SingleRun::send(Call& call, drive::CallerLane& lane, base::TimePoint now) {
  const auto limit = around_.config.options.socket_timeout;
  const base::Deadline deadline = limit ? earlier(deadline_, base::Deadline::after(now, *limit)) : deadline_;
  drive::LaneTicket& ticket = call.next_attempt(course_.asking() ? 1 : 0);
  if (course_.asking()) {
    lane.call(std::string(Course::asking_command).append(command_.bytes()), ticket, deadline, now);
  } else {
    lane.call(command_.bytes(), ticket, deadline, now);
  }
  if (ticket.state() != link::Ticket::State::abandoned) return;
  // One slow command says little about its connection; silence for twice the limit does.
  if (limit) lane.end_if_silent(2 * *limit, base::Clock::now());
}

SingleRun::Outcome SingleRun::after(Course::Step step) {
  if (step == Course::Step::after_pause) step = course_.pause();
  return step == Course::Step::finished ? Outcome::failed : Outcome::go_on;
}

}  // namespace rediscluster::cluster
