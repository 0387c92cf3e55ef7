// The start: the first view, from the startup nodes, with helpers that ask some of them beside the caller.
#include "cluster/start_thread.hpp"
#include "cluster/topology/topology_refresher.hpp"
#include "routing/backoff.hpp"

#include <new>

namespace rediscluster::cluster {
namespace {

constexpr std::chrono::milliseconds look_for_hunt{250};
constexpr std::chrono::milliseconds least_rest{25};
constexpr routing::Backoff hunts_while_loading{std::chrono::milliseconds(16), std::chrono::milliseconds(250)};

}  // namespace

// A cluster that is loading its data will be there soon; whatever else is wrong, the caller hears of it at once.
Result<void> TopologyRefresher::initialise(base::Deadline deadline, const std::stop_token& stop) {
  for (;;) {
    const bool is_in_time = rest_before_hunt(deadline, stop);
    Result<SeedHunt::Found> found = is_in_time || !last_failure_ ? hunt(deadline, stop) : fail(*last_failure_);
    if (found) {
      adopt(*found->source, found->view, found->begin);
      return {};
    }
    if (!is_in_time || !is_loading_ || deadline.passed(base::Clock::now()) || stop.stop_requested() || is_stopping()) return fail(std::move(found.error()));
  }
}

// Errors: those of initialise(), which are told to the hooks, too.
Result<SeedHunt::Found> TopologyRefresher::hunt(base::Deadline deadline, const std::stop_token& stop) {
  for (Helper& helper : take_helpers(Helpers::done)) helper.thread.join();
  const auto hunt = std::make_shared<SeedHunt>(nodes_, config_, deadline, base::Clock::now(), [this](const slots::ClusterView& view) { return what_is_wrong_with(view); });
  begin_hunt(hunt);
  {
    // Among fibers it may be put aside meanwhile, and outlive all of this.
    const std::stop_callback on_stop(stop, [hunt] {
      const std::shared_ptr<SeedHunt> kept = hunt;
      kept->give_up();
    });
    // Making a thread takes about as long as an answer. Where it fails, start() will say so.
    const auto bring_helpers = [this]() noexcept {
      try {
        (void)make_thread();
      } catch (const std::bad_alloc&) {
      }
    };
    try {
      hunt->run(bring_helpers);
    } catch (...) {
      hunt->give_up();
      begin_hunt(nullptr);
      throw;
    }
  }
  begin_hunt(nullptr);
  if (std::optional<SeedHunt::Found> found = hunt->take_found()) return std::move(*found);
  note_failed_hunt(*hunt);
  config_.reporter->report(Event::Kind::refresh_failed, [&](Event& event) { event.message = last_failure_->message; });
  return fail(*last_failure_);
}

void TopologyRefresher::note_failed_hunt(const SeedHunt& hunt) {
  Error error = hunt.error();
  std::lock_guard lock{mutex_};
  is_loading_ = hunt.has_met_loading();
  ++failed_hunts_;
  next_hunt_ = base::Clock::now() + (is_loading_ ? hunts_while_loading.pause(failed_hunts_, random_) : least_rest);
  last_failure_ = std::move(error);
}

// Whoever calls how often, startup nodes that cannot help are not asked all the time. False: the time is over, or nobody wants it.
bool TopologyRefresher::rest_before_hunt(base::Deadline deadline, const std::stop_token& stop) {
  const std::stop_callback on_stop(stop, [this] {
    { std::lock_guard lock{mutex_}; }  // who rests has seen it, or will be woken
    wake_.notify_all();
  });
  Lock lock{mutex_};
  const base::TimePoint until = next_hunt_;
  wake_.wait_until(lock, earlier(deadline, base::Deadline::at(until)), [&] { return stopping_ || stop.stop_requested(); });
  return !stopping_ && !stop.stop_requested() && base::Clock::now() >= until;
}

std::string TopologyRefresher::last_trouble() {
  std::lock_guard lock{mutex_};
  return last_failure_ ? last_failure_->message : std::string();
}

void TopologyRefresher::begin_hunt(std::shared_ptr<SeedHunt> hunt) {
  bool is_awaited = false;
  {
    std::lock_guard lock{mutex_};
    hunt_ = std::move(hunt);
    is_awaited = hunt_ != nullptr && thread_.joinable();
  }
  if (is_awaited) wake_.notify_all();
}

// Until the first view is there: has further startup nodes asked beside those that keep the first caller waiting.
void TopologyRefresher::assist(Lock& lock) {
  const base::TimePoint now = base::Clock::now();
  const base::Deadline help_at = hunt_ ? hunt_->next_help() : base::Deadline::never();
  if (!help_at.passed(now)) {
    wake_.wait_until(lock, earlier(help_at, base::Deadline::after(now, look_for_hunt)));
    return;
  }
  const std::shared_ptr<SeedHunt> hunt = hunt_;
  Helper& helper = helpers_.emplace_back();  // what may throw comes before the claim
  SeedHunt::Seed* const seed = hunt->claim_if_due(now);
  if (seed != nullptr && begin_to_help(helper, hunt, *seed)) return;
  helpers_.pop_back();
  if (seed == nullptr) return;
  lock.unlock();
  hunt->help(*seed);
  lock.lock();
}

// With the mutex held. False: there is no thread for it.
bool TopologyRefresher::begin_to_help(Helper& helper, const std::shared_ptr<SeedHunt>& hunt, SeedHunt::Seed& claimed) {
  try {
    Result<base::Flow> thread = start_flow([hunt, &claimed, &is_done = helper.is_done] {
      hunt->help(claimed);
      is_done.store(true, std::memory_order_release);
    });
    if (!thread) return false;
    helper.thread = std::move(*thread);
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

// But for the calling one: a hook of the user's may end us on it.
std::list<TopologyRefresher::Helper> TopologyRefresher::take_helpers(Helpers which) {
  std::list<Helper> taken;
  std::lock_guard lock{mutex_};
  for (auto each = helpers_.begin(); each != helpers_.end();) {
    const auto helper = each++;
    const bool is_wanted = which == Helpers::all || helper->is_done.load(std::memory_order_acquire);
    if (is_wanted && !helper->thread.is_here()) taken.splice(taken.end(), helpers_, helper);
  }
  return taken;
}

}  // namespace rediscluster::cluster
