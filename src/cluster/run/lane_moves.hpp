/// What a Course says, done on lanes by the calling thread: the blocking driver's words.
#pragma once

#include "cluster/run/cancellation.hpp"
#include "cluster/run/ticket_end.hpp"
#include "drive/caller_lane.hpp"

namespace rediscluster::cluster {

/// The same of a lane's ticket, which may have ridden.
inline AttemptEnd end_of(const drive::LaneTicket& ticket, const wire::Frame* reply) {
  AttemptEnd end = end_of(static_cast<const link::Ticket&>(ticket), reply);
  end.rode_in_vain = ticket.rode_in_vain();
  return end;
}
inline AttemptEnd end_of(const drive::LaneTicket& ticket) {
  return end_of(ticket, ticket.state() == link::Ticket::State::done ? &ticket.reply() : nullptr);
}

/// The lane for an attempt on this node: one of the shared ones, or one of its own for a command under which connections end.
LanePool::Use lane_for(const Course& course, Node& node, base::TimePoint now);

/// The command is answered: a lane of its own is not kept connected.
inline void done_with(const Course& course, drive::CallerLane& lane) {
  if (course.wants_own_lane()) [[unlikely]]
    lane.end_if_unused();
}

/// After an attempt: one slow command says little about its connection; silence for twice options.socket_timeout does.
inline void end_if_silent(const Surroundings& surroundings, const drive::LaneTicket& ticket, drive::CallerLane& lane) {
  const auto& limit = surroundings.config.options.socket_timeout;
  if (limit && ticket.state() == link::Ticket::State::abandoned) [[unlikely]]
    lane.end_if_silent(2 * *limit, base::Clock::now());
}

void follow(LaneAdvice advice, drive::CallerLane& lane);
/// Course::judge(), and what that says about the lane of the attempt.
Course::Step judge_attempt(Course& course, const AttemptEnd& end, drive::CallerLane& lane);

/// The same for the last attempt of a call. What has done its work without a reply is answered.
Course::Step judge_call(Call& call, Course& course, const Node& node, drive::CallerLane& lane);

/// Sleeps until Course::pause_is_over(), or nobody wants it any more, and goes on.
template <class IsStopped>
Course::Step pause(const Surroundings& surroundings, Course& course, IsStopped&& is_stopped) {
  for (;;) {
    const std::uint64_t epoch = course.epoch();  // looked at before the rest: what changes behind it ends the sleep
    if (is_stopped() || course.pause_is_over(base::Clock::now())) return course.go_on(base::Clock::now());
    surroundings.topology.wait_for_change(epoch, course.pause_end());
  }
}

/// Attempts until one is answered, or the course is at its end. True: answered; false: Course::take_error().
/// @param step        what the attempt before came to; at_once: there was none.
/// @param is_stopped  bool(), asked before each attempt: nobody wants it any more.
/// @param attempt     Course::Step(Node&, base::TimePoint): done when it is answered.
template <class IsStopped, class Attempt>
bool run_attempts(const Surroundings& surroundings, Course& course, Course::Step step, IsStopped&& is_stopped, Attempt&& attempt) {
  const auto is_ended = [&] { return is_stopped() || base::LookAround::is_over_here(); };
  while (step != Course::Step::done) {
    if (step == Course::Step::after_pause) step = pause(surroundings, course, is_ended);
    if (step != Course::Step::finished && is_ended()) step = course.give_up_with(Cancellation::error());
    if (step == Course::Step::finished) return false;
    const base::TimePoint now = base::Clock::now();
    Node* const node = course.begin_attempt(now);
    step = node == nullptr ? course.nobody_serves(now) : attempt(*node, now);
  }
  return true;
}
/// The same from the first one on, for what nobody stops.
template <class Attempt>
bool run_attempts(const Surroundings& surroundings, Course& course, Attempt&& attempt) {
  return run_attempts(surroundings, course, Course::Step::at_once, [] { return false; }, std::forward<Attempt>(attempt));
}

}  // namespace rediscluster::cluster
