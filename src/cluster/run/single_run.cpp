#include "cluster/run/single_run.hpp"

#include "cluster/run/lane_moves.hpp"

namespace rediscluster::cluster {

// Another node may answer as well.
template <class Bytes>
[[gnu::noinline]] void SingleRun::send_in_share(drive::CallerLane& lane, const Bytes& bytes, drive::LaneTicket& ticket, base::Deadline deadline, base::TimePoint now) {
  const base::Deadline share = earlier(share_of_time(now, deadline_), deadline);
  if (lane.call(bytes, ticket, share, now, drive::CallerLane::AtDeadline::stays)) return;
  if (needs_sign_of_life(around_, command_)) return lane.finish_if_alive(ticket, now, deadline);
  lane.finish(ticket, deadline);
}

template <class Bytes>
inline void SingleRun::send_bytes(drive::CallerLane& lane, const Bytes& bytes, drive::LaneTicket& ticket, base::Deadline deadline, base::TimePoint now) {
  if (moves_.may_go_elsewhere()) [[unlikely]]
    return send_in_share(lane, bytes, ticket, deadline, now);
  lane.call(bytes, ticket, deadline, now);
}

// Behind an ASK; and long arguments, which go out from where they stand.
[[gnu::noinline]] void SingleRun::send_pieces(drive::CallerLane& lane, drive::LaneTicket& ticket, base::Deadline deadline, base::TimePoint now) {
  link::SendQueue message;
  if (moves_.is_asking()) message.append(Course::asking_command);
  command_.for_each_piece([&](std::string_view piece) { message.add(piece); });
  send_bytes(lane, message, ticket, deadline, now);
}

inline void SingleRun::send(Call& call, drive::CallerLane& lane, base::TimePoint now) {
  const base::Deadline deadline = answers_by(around_, deadline_, now);
  const bool is_asking = moves_.is_asking();
  drive::LaneTicket& ticket = call.next_attempt(is_asking ? 1 : 0);
  if (is_asking || command_.has_lent()) [[unlikely]] {
    send_pieces(lane, ticket, deadline, now);
  } else {
    ticket.may_ride(moves_.may_ride(command_.facts()));
    send_bytes(lane, command_.bytes(), ticket, deadline, now);
  }
  end_if_silent(around_, ticket, lane);
}

// In place, as it is all there is of most calls.
[[gnu::always_inline]] inline Course::Step SingleRun::attempt(Call& call, base::TimePoint now) {
  Node* const node = moves_.first_node(*this, now);
  if (node == nullptr) [[unlikely]]
    return course().nobody_serves(now);
  return attempt_on(call, *node, now);
}

[[gnu::always_inline]] inline Course::Step SingleRun::attempt_on(Call& call, Node& node, base::TimePoint now) {
  Course* const course = moves_.course();
  const LanePool::Use use = course != nullptr ? lane_for(*course, node, now) : node.lanes().shared(now);
  send(call, use.lane(), now);
  const drive::LaneTicket& ticket = call.last_attempt();
  if (ticket.state() != link::Ticket::State::done || ticket.reply().is_error()) [[unlikely]]
    return judge_call(call, this->course(), node, use.lane());
  call.set_answered_by(&node);
  if (course != nullptr) [[unlikely]] {
    done_with(*course, use.lane());
    if (course->notes_answers()) course->note_answer(ticket.has_long_text() ? 0 : ticket.reply().bytes().size(), now, base::Clock::now());
  }
  return Course::Step::done;
}

Result<void> SingleRun::run(Call& call, base::TimePoint now) {
  if (stop_ != nullptr) [[unlikely]]
    return run_stoppable(call, now);
  if (const Course::Step first = attempt(call, now); first != Course::Step::done) [[unlikely]]
    return go_on(call, first);
  Result<void> done;  // not {}: that would set all its bytes to zero
  return done;
}

[[gnu::noinline]] Result<void> SingleRun::run_stoppable(Call& call, base::TimePoint now) {
  const std::stop_callback on_stop(*stop_, [this] { around_.topology.wake_waiters(); });
  return go_on(call, stop_->stop_requested() ? course().give_up_with(Cancellation::error()) : attempt(call, now));
}

[[gnu::noinline]] Result<void> SingleRun::go_on(Call& call, Course::Step step) {
  if (step == Course::Step::done) return {};
  const auto is_stopped = [this] { return stop_ != nullptr && stop_->stop_requested(); };
  const auto attempt_again = [&](Node& node, base::TimePoint now) { return attempt_on(call, node, now); };
  if (run_attempts(around_, course(), step, is_stopped, attempt_again)) return {};
  return fail(course().take_error());
}

}  // namespace rediscluster::cluster
