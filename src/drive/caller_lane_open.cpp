// How a lane gets its connection: one caller makes it, the others wait.
#include "drive/caller_lane.hpp"

#include "drive/lost_error.hpp"

namespace rediscluster::drive {
namespace {

// How long one waits for those who still use a connection that is to end. They may wait for us: somebody who asks several
// nodes at once reads his replies only when he has written to all.
constexpr std::chrono::milliseconds drain_patience{50};
// How long who waits for somebody else's connecting does not notice that he wants it no more.
constexpr std::chrono::milliseconds wishes_look{20};

Error still_drains_error() {
  return {Errc::too_many_connections, "the connection makes room for another node's and is in use still", {}, 0, Execution::not_executed};
}

// Servers close a connection that says more than 16 KiB before they know who it is.
constexpr std::size_t most_rider_bytes = 8 * 1024;

bool may_have_run(const link::Ticket& rider) {
  using State = link::Ticket::State;
  const bool was_refused = rider.state() == State::done && rider.reply().is_error();
  const bool was_kept = rider.state() == State::lost && !rider.was_sent();
  return rider.state() != State::idle && !was_refused && !was_kept;
}

}  // namespace

bool CallerLane::open(Lock& lock, std::string_view bytes, LaneTicket& ticket, base::Deadline deadline) {
  const std::uint64_t failures_before = failed_dials_;
  std::optional<base::Deadline> drained_by;
  for (;;) {
    switch (phase_) {
      case Phase::open:
        if (!draining_) return true;
        if (!drained_by) drained_by = base::Deadline::after(base::Clock::now(), drain_patience);
        break;
      case Phase::shut: ticket.fail(client_closed_error()); return false;
      case Phase::closed:
        if (failed_dials_ == failures_before) return dial(lock, bytes, ticket, deadline);
        ticket.fail(last_dial_error_);  // the attempt we waited for failed: one failure serves everybody
        return false;
      case Phase::connecting:
      case Phase::breaking: break;
    }
    const bool drains = phase_ == Phase::open;
    const base::Deadline until = drains ? earlier(deadline, *drained_by) : deadline;
    const bool may_be_given_up = ticket.wishes_ != nullptr && ticket.wishes_->given_up != nullptr;
    const base::Deadline look = may_be_given_up ? base::Deadline::after(base::Clock::now(), wishes_look) : base::Deadline::never();
    if (!phase_changed_.wait_until(lock, earlier(until, look))) {
      if (may_be_given_up && ticket.wishes_->are_given_up()) {
        ticket.fail({Errc::timed_out, "nobody wants the connection any more", {}, 0, Execution::not_executed});
        return false;
      }
      if (!until.passed(base::Clock::now())) continue;
      const bool come_again = drains && !deadline.passed(base::Clock::now());
      ticket.fail(come_again ? still_drains_error() : Error{Errc::timed_out, "no connection in time", {}, 0, Execution::not_executed});
      return false;
    }
  }
}

bool CallerLane::dial(Lock& lock, std::string_view bytes, LaneTicket& ticket, base::Deadline deadline) {
  link::Link link(limits_);  // others may look at link_ meanwhile
  phase_ = Phase::connecting;  // from here on nothing may be thrown: others wait
  lock.unlock();
  Rider rider{bytes, ticket};
  const bool may_ride = ticket.may_ride_ && ticket.wanted_connection_ == 0 && bytes.size() <= most_rider_bytes;
  Opening opening{link, may_ride ? &rider : nullptr, ticket.wishes_ != nullptr ? *ticket.wishes_ : Wishes{}};
  // An exception must not leave the lane connecting for ever.
  Result<net::Socket> socket = link::result_at_any_cost("making the connection threw an exception", {}, [&] { return dial_(deadline, opening); });
  lock.lock();
  if (close_wanted_) {
    phase_ = Phase::shut;
    give_up_opening(ticket, opening, client_closed_error());
  } else if (!socket) {
    phase_ = Phase::closed;
    socket.error().execution = Execution::not_executed;
    give_up_opening(ticket, opening, socket.error());
    const bool was_in_a_hurry =
        socket.error().code == Errc::timed_out && (is_late(deadline) || opening.wishes.are_given_up());
    if (!was_in_a_hurry) fail_waiters(std::move(socket.error()));
  } else {
    socket_ = std::move(*socket);
    link_.take_over(std::move(link));
    link_.set_plain(!socket_.is_secure());
    phase_ = Phase::open;
    ticket.connection_ = ++connection_;
    takes_commands_.store(true, std::memory_order_relaxed);
    opened_at_ = last_progress_ = base::Clock::now();
  }
  phase_changed_.notify_all();
  return phase_ == Phase::open;
}

// What was said on a connection that came to nothing dies with its link.
void CallerLane::give_up_opening(LaneTicket& ticket, const Opening& opening, const Error& reason) {
  ticket.rode_in_vain_ = opening.rode_in_vain || may_have_run(ticket);
  ticket.fail(reason);
}

// All who wait in open() by now get this error instead of a try of their own.
void CallerLane::fail_waiters(Error reason) {
  ++failed_dials_;
  last_dial_error_ = std::move(reason);
}

}  // namespace rediscluster::drive
