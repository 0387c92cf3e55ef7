// How the roles of a lane pass from caller to caller, and how one leaves.
#include "drive/caller_lane.hpp"

namespace rediscluster::drive {
namespace {

LaneTicket& lane_ticket(link::Ticket& ticket) { return static_cast<LaneTicket&>(ticket); }

}  // namespace

Error CallerLane::no_room_error() {
  return link::error_at_any_cost(Errc::connection_lost, Execution::maybe_executed, [] {
    return Error{Errc::connection_lost, "the connection was ended, as there was no memory for a reply on it", {}, 0, Execution::maybe_executed};
  });
}

void CallerLane::give_up(LaneTicket& ticket) noexcept {
  Lock lock{mutex_};
  ticket.started_on_ = nullptr;
  if (ticket.waiting()) {
    link_.abandon(ticket);
    settle();
  }
  leave(lock, ticket);
}

// Sleeps until something happens. Returns true when the ticket has left the line: then the lock is not taken again, as
// most sleepers have nothing more to do, and dozens of them wake at the same time.
bool CallerLane::park(Lock& lock, LaneTicket& ticket, base::Deadline deadline) {
  ticket.parked_ = true;
  lock.unlock();
  ticket.signals_consumed_ = ticket.spot_.park(ticket.signals_consumed_, base::LookAround::next_look(deadline));
  if (ticket.spot_.ended()) {
    await_owed_signals(ticket, ticket.signals_owed_);  // what it owed was written before the end was signalled
    return true;
  }
  lock.lock();
  ticket.parked_ = false;
  if (heir_ == &ticket) heir_ = nullptr;  // awake: it takes the role now, or hands it on if its time is up
  if (end_is_near_) [[unlikely]]
    phase_changed_.notify_all();
  return false;
}

// Hands free roles to the oldest sleeper. A role handed to a ticket that is finished before it wakes is not lost:
// whoever finished it held that role, and hands it on in its turn.
// Where nobody sleeps, what was put in line by one who is away (see start()) is sent before we go.
void CallerLane::leave(Lock& lock, LaneTicket& ticket) {
  if (ticket.has_lent() && !ticket.waiting()) [[unlikely]]  // who lingers comes back
    take_back_bytes(lock, ticket);
  LaneTicket* next = successor();
  if (next == nullptr && !reader_taken() && can_send()) [[unlikely]] {
    flush(lock, nullptr, base::Deadline::at(base::TimePoint::min()));  // ours is over: no waiting for others
    next = successor();
  }
  if (next == nullptr) next = next_sender();
  const std::uint32_t owed = ticket.signals_owed_;
  lock.unlock();
  if (next != nullptr) next->spot_.signal();
  await_owed_signals(ticket, owed);
}

// Who has lent his bytes does not leave while they are being sent. Those that are still to be sent are copied.
void CallerLane::take_back_bytes(Lock& lock, const LaneTicket& ticket) {
  ++lenders_waiting_;
  phase_changed_.wait(lock, [&] { return !link_.is_sending_bytes_of(ticket); });
  --lenders_waiting_;
  if (phase_ != Phase::open) return;  // nothing more is sent
  try {
    link_.keep_bytes_of(ticket);
  } catch (...) {
    link::TicketList finished;
    lose_and_wake(lock, no_room_error(), finished);
    settle();
  }
}

// Others may be about to signal this ticket: after the last of them nobody touches it any more and it may die.
void CallerLane::await_owed_signals(LaneTicket& ticket, std::uint32_t owed) {
  std::uint32_t seen = ticket.signals_consumed_;
  while (seen != owed) seen = ticket.spot_.park(seen, base::Deadline::never());
}

// For who gives a role back but goes on with something else.
void CallerLane::hand_over(Lock& lock) {
  LaneTicket* next = successor();
  if (next == nullptr) return;
  lock.unlock();
  next->spot_.signal();
  lock.lock();
}

// With no role, and those who sleep may have it: what is looked for may take its time, and may use this lane itself.
void CallerLane::look_around(Lock& lock, const LaneTicket& ticket) {
  base::LookAround& around = *base::LookAround::here();
  if (!ticket.waiting() || around.is_over()) return;
  hand_over(lock);
  lock.unlock();
  around.look();
  lock.lock();
}

// The role of the reader is kept for the sleeper until it is awake: those who come meanwhile gather their
// commands for it, instead of taking the role with one command each.
LaneTicket* CallerLane::successor() {
  if (phase_ != Phase::open || reader_taken()) return nullptr;
  LaneTicket* next = oldest_sleeper();
  if (next != nullptr) heir_ = next;
  return next;
}

// Where the last one who sent has left in the middle: somebody who sends on. Should it end before it wakes, the next one who comes or
// goes does so.
LaneTicket* CallerLane::next_sender() {
  return sending_is_due_ && can_send() ? oldest_sleeper() : nullptr;
}

// Whoever asks signals it.
LaneTicket* CallerLane::oldest_sleeper() {
  LaneTicket* next = nullptr;
  link_.find_waiting([&](link::Ticket& each) {
    LaneTicket& candidate = lane_ticket(each);
    if (!candidate.parked_) return false;
    next = &candidate;
    return true;
  });
  if (next == nullptr) return nullptr;
  next->parked_ = false;
  ++next->signals_owed_;
  return next;
}

void CallerLane::owe_signals(link::TicketList& finished, const LaneTicket* self) {
  for (link::Ticket* each = finished.first(); each != nullptr; each = finished.after(*each)) {
    if (each == heir_) heir_ = nullptr;
    if (each != self) ++lane_ticket(*each).signals_owed_;
  }
}

void CallerLane::signal(link::TicketList& finished, const LaneTicket* self) {
  while (link::Ticket* each = finished.pop()) {
    if (each != self) lane_ticket(*each).spot_.signal_end();
  }
}

}  // namespace rediscluster::drive
