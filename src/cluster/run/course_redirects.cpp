// Where a node sends a command to.
#include "cluster/run/course.hpp"
#include "cluster/run/redirect_reply.hpp"
#include "commands/retry_class.hpp"
#include "routing/refusal.hpp"

namespace rediscluster::cluster {

Course::Step Course::follow_redirect(const wire::Frame& reply, const routing::Verdict& verdict, base::TimePoint now) {
  // What runs others may have said it itself, after it had run.
  const bool may_have_run = routing::may_fail_halfway(command_.facts());
  const bool may_be_made_up = may_have_run || runs_script(command_.facts());
  const Execution execution = may_have_run ? Execution::maybe_executed : Execution::not_executed;
  if (fixed_ != nullptr) return surface(execution);  // the caller named the node: its answer stands
  ++redirects_;
  const Result<wire::Redirect> redirect = redirect_in(reply, *node_);
  if (!redirect) {
    error_ = redirect.error();
    report_redirect(Event::Kind::bad_redirect, nullptr, slot_);
    return surface(execution);
  }
  if (may_be_made_up && redirect->slot != command_.slot()) return surface(execution);
  if (redirect->unusable_host) {
    report_redirect(Event::Kind::bad_redirect, nullptr, redirect->slot);
    if (may_be_made_up && is_sent_in_circles(*node_)) return surface(execution);
    return plan_pause(true, now);
  }
  // Not even remembered: the slot stays with who has it.
  if (const NodeAddress target = around_.topology.remapped(redirect->target); !around_.config.allows(target)) {
    around_.refresher.request();
    error_ = {Errc::not_allowed, "redirected to " + to_string(target) + ", which options.allowed_addresses does not allow: it was not connected to", {}, 0, {}};
    report_redirect(Event::Kind::bad_redirect, nullptr, redirect->slot);
    return surface(execution);
  }
  if (!around_.topology.has_room(redirect->target)) {
    error_ = {Errc::protocol_error, "redirected to " + to_string(redirect->target) + ", one node more than a client remembers", {}, 0, {}};
    report_redirect(Event::Kind::bad_redirect, nullptr, redirect->slot);
    return surface(execution);
  }
  Node* owner = &around_.topology.node_at(redirect->target);
  if (may_be_made_up && is_sent_in_circles(*owner)) return surface(execution);
  // A replica that sends us to its primary follows another one now, or has forgotten that we read from it.
  if (reads_copy_ && verdict.learn && owner != node_) node_->reading().note_trouble(now);
  // A node that sends us to itself is a proxy whose backend has changed: a fresh connection sees the new one.
  if (owner == node_ && !verdict.asking) lane_advice_ = LaneAdvice::end_if_unused;
  if (verdict.learn && may_be_made_up) unconfirmed_ = redirect->target;
  if (verdict.learn && !may_be_made_up) around_.topology.learn(redirect->slot, redirect->target, now);
  if (verdict.learn) around_.refresher.note_moved();
  report_redirect(verdict.asking ? Event::Kind::ask : Event::Kind::moved, owner, redirect->slot);
  if (came_back_) return plan_pause(true, now);
  asking_ = verdict.asking;
  redirect_ = owner;
  if (redirects_ > most_at_once) return plan_whole_pause(now);
  return deadline_.passed(now) ? give_up() : Step::at_once;
}

// A script's own words may look like a redirect of its slot; what they lead to sends it back, and it would run once more each
// time. So it goes back once, by the map as it is after a pause; a second redirect from there is its own.
bool Course::is_sent_in_circles(Node& owner) {
  if (came_back_ && node_ == sent_away_by_) {
    error_.message += ". It came a second time from a node that others say serves the slot: these may be words of the command's own";
    return true;
  }
  came_back_ = &owner == sent_away_by_ || &owner == node_;
  sent_away_by_ = came_back_ ? &owner : node_;
  return false;
}

// What ends other pauses, a change of the map, would be what this redirect has just told, and what others in the same circle are told.
Course::Step Course::plan_whole_pause(base::TimePoint now) {
  const Step step = plan_pause(true, now);
  pause_is_whole_ = true;
  return step;
}

void Course::report_redirect(Event::Kind kind, const Node* target, int slot) {
  around_.config.reporter->report(kind, [&](Event& event) {
    event.node = node_->address();
    if (target != nullptr) event.other = target->address();
    event.slot = slot;
    event.attempts = attempts_;
    event.message = error_.message;
  });
}

}  // namespace rediscluster::cluster
