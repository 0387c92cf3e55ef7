#include "cluster/flight/offload.hpp"

#include "cluster/run/caller_limits.hpp"
#include "drive/lost_error.hpp"

namespace rediscluster::cluster {
namespace {

// Each has a stack of its own and, when it waits on its server, a connection: what beyond that comes at once is no program's wish. The
// system's own bound is near, too (vm.max_map_count: 65,530, two for each stack).
constexpr std::size_t most_fibers = 16'384;

}  // namespace

Offload::Offload(std::shared_ptr<void> owner, AsyncCluster& reactors, Runs runs, std::optional<std::chrono::milliseconds> timeout, std::stop_token stop)
    : owner_(std::move(owner)),
      reactors_(reactors),
      deck_(reactors.deck()),
      runs_(runs),
      begun_(base::Clock::now()),
      timeout_(timeout),
      outer_stop_(std::move(stop)),
      cancelling_(*this) {}

void Offload::launch() noexcept {
  if (runs_ == Runs::on_thread) return reactors_.workers().add(*this);
  if (is_over_at_once()) return deck_.reactor().post(*this);
  run_as_fiber();
}

void Offload::run_as_fiber() noexcept {
  if (deck_.fibers().size() >= most_fibers) {
    fail_with({Errc::too_many_in_flight,
               "more than " + std::to_string(most_fibers) + " operations that wait on their servers, or run in steps, are under way", {}, 0,
               Execution::not_executed});
    return deck_.reactor().post(*this);
  }
  try {
    deck_.fibers().start([this] { run(true); });
  } catch (const std::bad_alloc&) {
    run(false);
  }
}

bool Offload::is_over_at_once() noexcept {
  try {
    return call_at_once();
  } catch (...) {
    fail_with(error_of_thrown());
  }
  return true;
}

void Offload::run(bool has_room) noexcept {
  if (reactors_.cluster().is_closed()) {
    fail_with(drive::client_closed_error());
  } else if (has_room) {
    const std::stop_callback outer(outer_stop_, [this] { cancel(); });
    call_safely();
  } else {
    fail_with({Errc::connect_failed, "the system has no thread, or no memory, to run this with", {}, 0, Execution::not_executed});
  }
  deck_.reactor().post(*this);
}

void Offload::call_safely() noexcept {
  try {
    std::optional<std::chrono::milliseconds> left = timeout_;
    if (left) *left = std::max(std::chrono::milliseconds(0), *left - std::chrono::floor<std::chrono::milliseconds>(base::Clock::now() - begun_));
    const std::stop_token stop = stop_.get_token();
    const CallerLimits limits(left ? base::Deadline::after(begun_, base::bounded(*timeout_)) : base::Deadline::never(), stop, deck_);
    call(left, stop);
  } catch (...) {
    fail_with(error_of_thrown());
  }
}

void Offload::cancel() noexcept {
  if (cancelling_.is_posted.exchange(true, std::memory_order_acq_rel)) return;
  add_hold();
  deck_.reactor().post(cancelling_);
}

// Who asks for a stop may have to wait until it is heard: no thread of anybody's does.
void Offload::Cancelling::opened() noexcept {
  try {
    call.deck_.fibers().start([&cancelled = call] {
      cancelled.stop_.request_stop();
      cancelled.drop_hold(Where::on_reactor);
    });
  } catch (const std::bad_alloc&) {  // it goes on to its own end
    call.drop_hold(Where::on_reactor);
  }
}

void Offload::opened() noexcept {
  land([&](bool at_once) { at_once ? complete(landing_.receiver()) : put(landing_.receiver()); });
  drop_hold(Where::on_reactor);
}

}  // namespace rediscluster::cluster
