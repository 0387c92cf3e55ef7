#include "cluster/scan/element_walk.hpp"

#include "cluster/run/caller_limits.hpp"
#include "cluster/run/own_view.hpp"
#include "routing/saved_scan.hpp"
#include "wire/decode.hpp"

#include <rediscluster/commands/facts.hpp>

namespace rediscluster::cluster {
namespace {

// So often a key may move, or its node restart, while it is read.
constexpr int most_restarts = 8;

base::Deadline deadline_of(const Cluster& cluster, base::TimePoint now) {
  return CallerLimits::apply(base::Deadline::after(now, cluster.config().options.command_timeout));
}

}  // namespace

template <class T>
Result<std::optional<T>> ElementWalk<T>::next() {
  while (elements_.empty() && phase_ != Phase::finished) {
    if (std::optional<Error> over = CallerLimits::why_over()) return fail(std::move(*over));
    if (Result<void> done = step(); !done) return fail(std::move(done.error()));
  }
  return take_read();
}

template <class T>
std::optional<T> ElementWalk<T>::take_read() {
  if (elements_.empty()) return std::nullopt;
  std::optional<T> element = std::move(elements_.front());
  elements_.pop_front();
  return element;
}

template <class T>
Result<void> ElementWalk<T>::step() {
  switch (phase_) {
    case Phase::opening: return open();
    case Phase::reading: return read();
    case Phase::checking: return check();
    case Phase::finished: break;
  }
  return {};
}

template <class T>
Result<void> ElementWalk<T>::open() {
  const EncodedCommand command = make_command_("0");
  Call call;
  if (Result<void> done = cluster_.execute(command, call); !done) return done;
  Result<Page> page = wire::decode<Page>(call.reply(), command.facts());
  if (page && page->first == "0") return take(std::move(page));  // the whole of it at one moment: nothing to check
  // Which process answers is asked first and the page again after it: otherwise a restart between could be missed.
  node_ = &cluster_.nodes().kept_at(call.answered_by()->address());
  const base::TimePoint now = base::Clock::now();
  Result<std::string> process = ask_process(*node_, deadline_of(cluster_, now), now);
  if (!process) return start_over(std::move(process.error()));
  process_ = std::move(*process);
  cursor_ = "0";
  watch_ = {};
  phase_ = Phase::reading;
  return {};
}

template <class T>
Result<void> ElementWalk<T>::read() {
  const EncodedCommand command = make_command_(cursor_);
  NodeQuestion question(*node_);
  question.add(EncodedCommand(facts::asking));  // a key that has just moved is served by its new node only so; elsewhere it changes nothing
  question.add(command);
  const base::TimePoint now = base::Clock::now();
  const base::Deadline deadline = deadline_of(cluster_, now);
  question.start(deadline, now);
  if (Result<void> answered = question.finish(deadline); !answered) return start_over(std::move(answered.error()));
  Result<Page> page = wire::decode<Page>(question.reply(1), command.facts());
  if (page) return take(std::move(page));
  if (page.error().node == NodeAddress{}) page.error().node = node_->address();
  return start_over(std::move(page.error()));
}

template <class T>
Result<void> ElementWalk<T>::take(Result<Page> page) {
  const std::string& cursor = page->first;
  if (Result<void> checked = watch_.check(make_command_("0").facts().name, cursor); !checked) return checked;
  elements_.assign(std::make_move_iterator(page->second.begin()), std::make_move_iterator(page->second.end()));
  cursor_ = cursor;
  if (cursor == "0") phase_ = phase_ == Phase::opening ? Phase::finished : Phase::checking;
  return {};
}

template <class T>
Result<void> ElementWalk<T>::check() {
  const base::TimePoint now = base::Clock::now();
  const Result<std::string> process = ask_process(*node_, deadline_of(cluster_, now), now);
  if (!process) return start_over(process.error());
  if (*process != process_) return start_over({Errc::connection_lost, "the node was restarted", node_->address(), 0, {}});
  phase_ = Phase::finished;
  return {};
}

template <class T>
Result<void> ElementWalk<T>::start_over(Error reason) {
  phase_ = Phase::opening;
  if (!may_pass(reason)) return fail(std::move(reason));
  if (++restarts_ <= most_restarts) return {};
  restarts_ = 0;
  reason.message = std::string(make_command_("0").facts().name) + ": started over " + std::to_string(most_restarts) +
                   " times, because the key moved or its node went away while it was read; the last time: " + reason.message;
  return fail(std::move(reason));
}

template class ElementWalk<std::string>;
template class ElementWalk<std::pair<std::string, std::string>>;
template class ElementWalk<std::pair<std::string, double>>;

}  // namespace rediscluster::cluster
