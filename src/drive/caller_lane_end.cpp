// The lane seen from outside: how it is, and how its connection is ended by those who do not wait on it.
#include "drive/caller_lane.hpp"

namespace rediscluster::drive {

CallerLane::Health CallerLane::health() {
  Lock lock{mutex_};
  return {phase_ == Phase::open, link_.awaited(), last_progress_};
}

bool CallerLane::is_silent(base::Duration limit, base::TimePoint now) {
  Lock lock{mutex_};
  const auto is_waited_for = [&] {
    bool is_held_up = false;
    link_.find_waiting([&](const link::Ticket& each) { return is_held_up = !static_cast<const LaneTicket&>(each).may_take_long_; });
    return is_held_up;
  };
  const auto seems_silent = [&] { return phase_ == Phase::open && now - last_progress_ > limit && is_waited_for(); };
  if (seems_silent() && !reader_taken()) look(lock);
  return seems_silent();
}

std::uint32_t CallerLane::connection() {
  Lock lock{mutex_};
  return phase_ == Phase::open ? connection_ : 0;
}

CallerLane::Counts CallerLane::counts() {
  Lock lock{mutex_};
  return {link_.replies_discarded(), link_.pushes_dropped(), link_.awaited()};
}

void CallerLane::end_if_silent(base::Duration limit, base::TimePoint now) {
  {
    Lock lock{mutex_};
    // Places of callers that gave up count: their replies are due, too.
    if (phase_ != Phase::open || link_.in_flight() == 0 || now - last_progress_ < limit) return;
  }
  const Error silent{Errc::connection_lost, "the connection has been silent for too long", {}, 0, Execution::maybe_executed};
  break_off(silent);
  if (on_loss_) on_loss_(silent);
}

void CallerLane::give_back_memory(base::TimePoint now) {
  constexpr std::chrono::seconds a_while{1};
  Lock lock{mutex_};
  if (phase_ == Phase::open && unused() && now - last_progress_ > a_while) link_.give_back_memory();
}

bool CallerLane::end_if_unused() {
  Lock lock{mutex_};
  if (phase_ != Phase::open || !unused()) return false;
  link::TicketList nobody;
  lose({}, nobody);
  settle();
  return true;
}

void CallerLane::drain() {
  Lock lock{mutex_};
  if (phase_ != Phase::open) return;
  draining_ = true;
  takes_commands_.store(false, std::memory_order_relaxed);
  settle();
}

void CallerLane::break_off(const Error& reason) noexcept {
  link::TicketList finished;
  {
    Lock lock{mutex_};
    if (phase_ != Phase::open) return;
    lose(reason, finished);
    owe_signals(finished, nullptr);
    settle();
  }
  signal(finished, nullptr);
}

void CallerLane::close() {
  {
    Lock lock{mutex_};
    close_wanted_ = true;
    if (phase_ == Phase::closed) phase_ = Phase::shut;
    phase_changed_.notify_all();
  }
  break_off(closed_error());
}

Error CallerLane::closed_error() {
  return link::error_at_any_cost(Errc::client_closed, Execution::not_executed,
                                 [] { return Error{Errc::client_closed, "the client was closed", {}, 0, Execution::not_executed}; });
}

}  // namespace rediscluster::drive
