// The lane seen from outside: how it is, and how its connection is ended by those who do not wait on it.
#include "drive/caller_lane.hpp"
#include "drive/lost_error.hpp"

namespace rediscluster::drive {

// What a send() came to. Returns why the connection is lost, if it is.
// @param deadline  of who has sent.
std::optional<Error> CallerLane::after_sending(Lock& lock, const net::Socket::Transfer& transfer, bool may_receive, base::Deadline deadline) {
  const bool is_fine = transfer.status == net::Socket::Status::ok || transfer.status == net::Socket::Status::would_block;
  if (is_fine || phase_ != Phase::open) [[likely]]
    return std::nullopt;
  std::optional<Error> loss = lost_error(transfer, "sending");
  link::TicketList finished;
  if (!may_receive) await_last_words(lock, deadline);
  if (phase_ != Phase::open) return std::nullopt;  // who read has found the end, and told of it
  if (may_receive || !reader_present_) take_last_words(socket_, link_, finished);
  lose_and_wake(lock, *loss, finished);
  return loss;
}

// Where another caller reads, he hears them: the end of the connection lies behind them, and brings him back.
void CallerLane::await_last_words(Lock& lock, base::Deadline deadline) {
  constexpr std::chrono::milliseconds patience{50};
  const base::Deadline until = earlier(deadline, base::Deadline::after(base::Clock::now(), patience));
  end_is_near_ = true;
  phase_changed_.wait_until(lock, until, [&] { return phase_ != Phase::open || !reader_taken(); });
  end_is_near_ = false;
}

void CallerLane::lose_and_wake(Lock& lock, const Error& reason, link::TicketList& finished) {
  lose(reason, finished);
  owe_signals(finished, nullptr);
  lock.unlock();
  signal(finished, nullptr);
  lock.lock();
}

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
  const Error silent = silent_error();
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
  lose_unused();
  settle();
  return true;
}

void CallerLane::end_if_late() {
  Lock lock{mutex_};
  if (phase_ != Phase::open || link_.in_flight() == 0 || !unused()) return;
  lose_unused();
  settle();
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
  break_off(client_closed_error());
}

}  // namespace rediscluster::drive
