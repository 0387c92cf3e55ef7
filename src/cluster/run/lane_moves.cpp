#include "cluster/run/lane_moves.hpp"

namespace rediscluster::cluster {

LanePool::Use lane_for(const Course& course, Node& node, base::TimePoint now) {
  if (!course.wants_own_lane()) return node.lanes().shared(now);
  std::optional<LanePool::Use> own = node.lanes().alone();
  return own ? std::move(*own) : node.lanes().shared(now);
}

void follow(LaneAdvice advice, drive::CallerLane& lane) {
  switch (advice) {
    case LaneAdvice::leave: break;
    case LaneAdvice::end_if_unused: lane.end_if_unused(); break;
    case LaneAdvice::drain: lane.drain(); break;
    case LaneAdvice::end: lane.break_off(left_reading_error()); break;
  }
}

Course::Step judge_attempt(Course& course, const AttemptEnd& end, drive::CallerLane& lane) {
  const Course::Step step = course.judge(end, base::Clock::now());
  follow(course.lane_advice(), lane);
  return step;
}

Course::Step judge_call(Call& call, Course& course, const Node& node, drive::CallerLane& lane) {
  const Course::Step step = judge_attempt(course, end_of(call.last_attempt()), lane);
  if (step == Course::Step::done) {
    call.set_merged(Course::no_reply());
    call.set_answered_by(&node);
  }
  return step;
}

}  // namespace rediscluster::cluster
