/// What a Course says, done on lanes by the calling thread: the blocking driver's words.
#pragma once

#include "cluster/run/course.hpp"
#include "drive/caller_lane.hpp"

namespace rediscluster::cluster {

/// @param reply  the error reply; null: none came.
inline AttemptEnd end_of(const drive::LaneTicket& ticket, const wire::Frame* reply) {
  const bool is_lost = ticket.state() != link::Ticket::State::abandoned;
  return {.reply = reply,
          .failure = reply == nullptr && is_lost ? &ticket.failure() : nullptr,
          .skipped_error = ticket.skipped_error(),
          .was_sent = ticket.was_sent(),
          .was_begun = ticket.sent_bytes() > 0,
          .rode_in_vain = ticket.rode_in_vain(),
          .turn = ticket.turn()};
}

/// The lane for an attempt on this node: one of the shared ones, or one of its own for a command under which connections end.
LanePool::Use lane_for(const Course& course, Node& node, base::TimePoint now);

/// The command is answered: a lane of its own is not kept connected.
inline void done_with(const Course& course, drive::CallerLane& lane) {
  if (course.wants_own_lane()) [[unlikely]]
    lane.end_if_unused();
}

/// Course::judge(), and what that says about the lane of the attempt.
Course::Step judge_attempt(Course& course, const AttemptEnd& end, drive::CallerLane& lane);

/// Sleeps until Course::pause_is_over(), and goes on.
Course::Step pause(const Surroundings& surroundings, Course& course);
/// A step as it is, or the one behind its pause.
inline Course::Step paused(const Surroundings& surroundings, Course& course, Course::Step step) {
  return step == Course::Step::after_pause ? pause(surroundings, course) : step;
}

}  // namespace rediscluster::cluster
