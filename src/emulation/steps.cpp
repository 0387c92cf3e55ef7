#include "emulation/steps.hpp"

#include "emulation/own_keys.hpp"

#include <algorithm>
#include <string>

namespace rediscluster::emulation {
Steps::Steps(cluster::Cluster& cluster, const EncodedCommand& whole, const cluster::CallOptions& options)
    : cluster_(cluster),
      name_(whole.facts().name),
      timeout_(options.timeout.value_or(cluster.config().options.command_timeout)),
      is_bounded_(options.timeout.has_value()),
      stop_(options.stop),
      deadline_(cluster.deadline_for(whole, options)) {}

Result<void> Steps::look(const EncodedCommand& step, cluster::Call& call) {
  Result<void> done = run(step, call, Kind::look);
  if (done) return done;
  done.error().execution = Execution::not_executed;
  return fail(explain(std::move(done.error()), step, {}));
}

Result<void> Steps::change(const EncodedCommand& step, cluster::Call& call, std::string_view if_it_fails) {
  Result<void> done = run(step, call, Kind::change);
  if (!done) return fail(explain(std::move(done.error()), step, if_it_fails));
  has_changed_ = true;
  return done;
}

Result<void> Steps::run(const EncodedCommand& step, cluster::Call& call, Kind kind) {
  is_in_doubt_ = false;
  cluster::CallOptions options;
  const base::Duration left = std::min<base::Duration>(time_left(), timeout_);
  if (left == base::Duration::zero()) return fail(Errc::timed_out, "the time was over before this step was sent");
  // What was taken by a step that waits may have to be put back, which needs time too.
  if (!step.block_for() || is_bounded_) options.timeout = base::whole_milliseconds(step.block_for() ? time_left() / 5 * 4 : left);
  options.beside_wait = base::whole_milliseconds(left / 5 * 4);
  if (step.block_for() || may_stop_) options.stop = stop_;
  options.stops_before_sent = kind == Kind::change;
  may_stop_ = may_stop_ && kind == Kind::look;
  Result<void> done = cluster_.execute(step, call, options);
  if (!done) is_in_doubt_ = done.error().execution != Execution::not_executed;
  // However long it was allowed to wait, what comes after it takes no longer than any command.
  if (step.block_for()) deadline_ = earlier(deadline_, base::Deadline::after(base::Clock::now(), timeout_));
  return done;
}

namespace {

// The first of our own keys that a step is about; empty: none.
std::string_view own_key_of(const EncodedCommand& step) {
  EncodedCommand::ArgumentCursor words = step.arguments();
  for (std::string_view word; words.next(word);) {
    if (word.starts_with(own_prefix)) return word;
  }
  return {};
}

}  // namespace

Error Steps::explain(Error error, const EncodedCommand& step, std::string_view if_it_fails) const {
  const std::string_view step_name = step.facts().name;
  std::string_view text = error.message;
  if (text.starts_with(step_name) && text.substr(step_name.size()).starts_with(": ")) text.remove_prefix(step_name.size() + 2);
  if (has_changed_) error.execution = Execution::maybe_executed;
  std::string message = std::string(name_).append(": ").append(text);
  if (step_name != name_) message.append(" (at its step ").append(step_name).append(")");
  if (const std::string_view key = own_key_of(step); error.code == Errc::no_permission && !key.empty()) {
    message.append(". Over several slots it needs a key of the client's own, here \"").append(key).append("\": the user lacks ~").append(own_prefix).append("*");
  }
  if (error.execution != Execution::not_executed && !if_it_fails.empty()) message.append("; ").append(if_it_fails);
  error.message = std::move(message);
  return error;
}

Failure Steps::failure(Errc code, std::string message) const {
  return fail(code, std::string(name_).append(": ").append(message), {},
              has_changed_ ? Execution::maybe_executed : Execution::not_executed);
}

}  // namespace rediscluster::emulation
