#include "drive/caller_lane.hpp"

#include "drive/lost_error.hpp"

namespace rediscluster::drive {
namespace {

// A connection unused for this long is looked at before it is used: a server that closed it meanwhile would otherwise
// swallow the command and leave "maybe executed" behind. Shorter pauses do not pay for the extra system call. Of a lone
// caller the time of his call counts as pause: beside a round trip of that length the call is not seen.
constexpr std::chrono::milliseconds look_after_idle{1};

// How long one sits in a system call at most while something that cannot wake it may turn up.
constexpr std::chrono::milliseconds look_interval{50};
base::Deadline next_look() { return base::Deadline::after(base::Clock::now(), look_interval); }

// How much a caller whose time is over still takes of what has come: more than a kernel keeps for one connection, so that nothing
// that came in time is left, and little enough to be taken in no time.
constexpr std::size_t most_late_bytes = 8 * 1024 * 1024;

// What of a message may ride: one that is in pieces is too long for it.
std::string_view rider_of(std::string_view bytes) { return bytes; }
std::string_view rider_of(const link::SendQueue&) { return {}; }

}  // namespace

template <class Bytes>
void CallerLane::start_any(const Bytes& bytes, LaneTicket& ticket, base::Deadline deadline, base::TimePoint now) {
  Lock lock{mutex_};
  look_if_unused(lock, ticket, now);
  join(lock, bytes, ticket, deadline, now);
  ticket.started_on_ = this;
  // Unlike one who waits here, this caller may be away for long, and those who sleep do not know of his bytes: no gathering.
  // What the kernel does not take now waits for finish(), or for whoever is about: other nodes are to be written to.
  if (can_send()) flush(lock, nullptr, deadline);
  LaneTicket* next = next_sender();
  lock.unlock();
  if (next != nullptr) next->spot_.signal();
}

void CallerLane::start(std::string_view bytes, LaneTicket& ticket, base::Deadline deadline, base::TimePoint now) {
  start_any(bytes, ticket, deadline, now);
}

void CallerLane::start(const link::SendQueue& message, LaneTicket& ticket, base::Deadline deadline, base::TimePoint now) {
  start_any(message, ticket, deadline, now);
}

void CallerLane::finish(LaneTicket& ticket, base::Deadline deadline) {
  Lock lock{mutex_};
  ticket.started_on_ = nullptr;
  wait(lock, ticket, deadline, AtDeadline::abandons);
}

bool CallerLane::linger(LaneTicket& ticket, base::Deadline until) {
  Lock lock{mutex_};
  return wait_in_line(lock, ticket, until, AtDeadline::stays);
}

// That a connection could be made shows that somebody is there, and not that he answers.
bool CallerLane::has_spoken_since(base::TimePoint sent) {
  Lock lock{mutex_};
  return last_progress_ > sent && last_progress_ != opened_at_;
}

void CallerLane::finish_if_alive(LaneTicket& ticket, base::TimePoint sent, base::Deadline deadline) {
  finish(ticket, has_spoken_since(sent) ? deadline : base::Deadline::at(base::TimePoint::min()));
}

bool CallerLane::call(std::string_view bytes, LaneTicket& ticket, base::Deadline deadline, base::TimePoint now, AtDeadline then) {
  Lock lock{mutex_};
  look_if_unused(lock, ticket, now);
  if (is_free_for_one(ticket) && !deadline.passed(now)) [[likely]] {
    if (exchange(lock, bytes, ticket, deadline, now)) [[likely]]
      return true;
  } else {
    join(lock, bytes, ticket, deadline, now);
  }
  return wait_in_line(lock, ticket, deadline, then);
}

bool CallerLane::call(const link::SendQueue& message, LaneTicket& ticket, base::Deadline deadline, base::TimePoint now, AtDeadline then) {
  if (message.is_one_piece()) return call(message.one_piece(), ticket, deadline, now, then);
  Lock lock{mutex_};
  look_if_unused(lock, ticket, now);
  join(lock, message, ticket, deadline, now);
  return wait_in_line(lock, ticket, deadline, then);
}

// Who stays may be destroyed before he comes back.
bool CallerLane::wait_in_line(Lock& lock, LaneTicket& ticket, base::Deadline deadline, AtDeadline then) {
  if (then == AtDeadline::stays) ticket.started_on_ = this;
  const bool is_over = wait(lock, ticket, deadline, then);
  if (is_over) ticket.started_on_ = nullptr;
  return is_over;
}

// Whether a caller that comes now finds everything ready and nobody about.
bool CallerLane::is_free_for_one(const LaneTicket& ticket) const {
  return phase_ == Phase::open && link_.in_flight() == 0 && !writer_present_ && !reader_taken() && !draining_ && !link_.wants_write() &&
         ticket.wanted_connection_ == 0;
}

// Sends and receives in one go, in both roles, and so with one pause of the lock instead of two or three. What others put
// in line meanwhile waits for its end, as on any lane that somebody reads from. True: the reply is in, nobody else has come,
// and all is left as it was found.
bool CallerLane::exchange(Lock& lock, std::string_view bytes, LaneTicket& ticket, base::Deadline deadline, base::TimePoint now) {
  const link::Link::Space space = link_.receive_space();  // what may throw comes first
  link_.submit_directly(bytes, ticket);
  ticket.connection_ = connection_;
  last_progress_ = now;
  writer_present_ = reader_present_ = true;
  lock.unlock();
  const net::Socket::Transfer sent = socket_.send(bytes);
  net::Socket::Transfer received{net::Socket::Status::timed_out};
  if (sent.status == net::Socket::Status::ok && sent.size == bytes.size()) [[likely]] {
    received = socket_.receive(space.data, space.size, deadline, now);
  }
  lock.lock();
  link_.sent_directly(bytes, sent.size, ticket, sent.held);
  if (phase_ == Phase::open && received.status == net::Socket::Status::ok) [[likely]] {
    link::TicketList finished;
    const bool is_fine = link_.received(received.size, finished) == link::Link::Feed::fine;
    const bool is_over = is_fine && link_.in_flight() == 0 && !ticket.waiting() && !draining_;
    writer_present_ = false;
    if (is_over) [[likely]] {
      reader_present_ = false;
      return true;
    }
    last_progress_ = base::Clock::now();  // a lone caller spares himself this: after him nobody waits
    hand_out(lock, finished, is_fine ? std::nullopt : std::optional(broken_error(link_)), &ticket);
    return false;
  }
  const std::optional<Error> loss = after_sending(lock, sent, true, deadline);
  writer_present_ = false;
  take_in(lock, received, base::Clock::now(), &ticket);
  tell_loss(lock, loss);
  return false;
}

// Puts the ticket in line, on an open connection, or fails it.
template <class Bytes>
void CallerLane::join(Lock& lock, const Bytes& bytes, LaneTicket& ticket, base::Deadline deadline, base::TimePoint now) {
  if (!may_join(lock, rider_of(bytes), ticket, deadline, now)) return;
  ticket.connection_ = connection_;
  if (link_.in_flight() == 0) last_progress_ = now;
  link_.submit_on_loan(bytes, ticket);
}

// Whether the ticket is to be put in line now. False: it has failed; or it is on its way, or there and back: see Rider.
bool CallerLane::may_join(Lock& lock, std::string_view rider, LaneTicket& ticket, base::Deadline deadline, base::TimePoint now) {
  const bool is_choosy = ticket.wanted_connection_ != 0;
  if (is_choosy && (phase_ != Phase::open || draining_ || ticket.wanted_connection_ != connection_)) {
    ticket.fail({Errc::connection_lost, "the connection that this belongs to has ended", {}, 0, Execution::not_executed});
    return false;
  }
  base::TimePoint begin = now;
  if (phase_ != Phase::open || draining_) {
    if (!open(lock, rider, ticket, deadline) || ticket.state() != link::Ticket::State::idle) return false;
    begin = base::Clock::now();
  }
  if (!deadline.passed(begin)) return true;
  ticket.fail({Errc::timed_out, "the time was over before it could be sent", {}, 0, Execution::not_executed});
  return false;
}

bool CallerLane::unused() { return link_.awaited() == 0 && !writer_present_ && !reader_present_; }

// See look_after_idle. Who wants one connection and no other is rare: worth the look whenever.
void CallerLane::look_if_unused(Lock& lock, const LaneTicket& ticket, base::TimePoint now) {
  if (now - last_progress_ <= look_after_idle && ticket.wanted_connection_ == 0) [[likely]]
    return;
  if (phase_ == Phase::open && unused()) look(lock);
}

// Takes what came while nobody waited: late replies and pushes are swallowed, the peer's end or a reply to nothing end
// the connection before a command is lost on it.
void CallerLane::look(Lock& lock) {
  read_once(lock, nullptr, base::Deadline::at(base::TimePoint::min()));
  hand_over(lock);
}

// While somebody reads, commands gather for him: he sends them when he has handed out replies. Sending each as it comes
// would cost a system call each, here and on the server (docs/decisions/caller-lane.md has the measurements).
bool CallerLane::should_send() const { return (!reader_taken() || sending_is_due_) && can_send(); }

// Sends until nothing is left, for everybody who joined meanwhile; but nobody stays for others when his own reply is in, or his time is
// up: where the peer is slow and callers are many, there would be no end to it. Who does not wait (null) stays until the kernel is full.
void CallerLane::flush(Lock& lock, const LaneTicket* self, base::Deadline deadline) {
  writer_present_ = true;
  sending_is_due_ = false;
  std::optional<Error> loss;
  while (phase_ == Phase::open && link_.wants_write()) {
    const std::span<const std::string_view> pieces = link_.stage_pieces();
    lock.unlock();
    const net::Socket::Transfer transfer = socket_.send(pieces);
    lock.lock();
    link_.sent(transfer.size, transfer.held);
    if (lenders_waiting_ > 0) [[unlikely]]
      phase_changed_.notify_all();
    loss = after_sending(lock, transfer, !reader_present_, deadline);
    if (phase_ != Phase::open || !link_.wants_write()) [[likely]]
      break;
    const bool is_full = transfer.status == net::Socket::Status::would_block;
    const bool is_over = self == nullptr ? is_full : !self->waiting() || is_late(deadline);
    if (is_over) {
      sending_is_due_ = true;
      break;
    }
    if (is_full) wait_until_sendable(lock, deadline);
  }
  writer_present_ = false;
  settle();
  tell_loss(lock, loss);
}

// The peer takes no more for now. It may be waiting for us to read, so somebody has to.
void CallerLane::wait_until_sendable(Lock& lock, base::Deadline deadline) {
  const bool nobody_reads = !reader_present_;
  const base::Deadline until = nobody_reads ? deadline : earlier(deadline, next_look());  // the reader may leave
  lock.unlock();
  socket_.wait_writable(nobody_reads, base::LookAround::next_look(until));
  if (base::LookAround* const around = base::LookAround::here()) [[unlikely]]
    around->look();
  lock.lock();
  if (reader_present_ || phase_ != Phase::open) return;
  read_once(lock, nullptr, base::Deadline::at(base::TimePoint::min()));
  hand_over(lock);
}

// Whether the ticket has left the line.
bool CallerLane::wait(Lock& lock, LaneTicket& ticket, base::Deadline deadline, AtDeadline then) {
  try {
    if (wait_for_end(lock, ticket, deadline, then)) {
      if (ticket.has_lent()) [[unlikely]] {
        lock.lock();
        take_back_bytes(lock, ticket);
      }
      return true;
    }
  } catch (...) {  // the ticket has left the line with all others
    leave(lock, ticket);
    throw;
  }
  const bool is_over = !ticket.waiting();
  leave(lock, ticket);
  return is_over;
}

// True: others ended it, and all that is owed to it has come; the lock is not held then.
bool CallerLane::wait_for_end(Lock& lock, LaneTicket& ticket, base::Deadline deadline, AtDeadline then) {
  std::size_t late_bytes = 0;
  while (ticket.waiting()) {
    std::size_t heard = 0;
    if (should_send()) {
      flush(lock, &ticket, deadline);
    } else if (!reader_taken()) {
      // A writer may leave with bytes unsent when its time is up, and cannot wake who sits in a system call.
      heard = read_once(lock, &ticket, writer_present_ ? earlier(deadline, next_look()) : deadline);
    } else if (park(lock, ticket, deadline)) {
      return true;
    }
    if (base::LookAround::here() != nullptr) [[unlikely]]
      look_around(lock, ticket);
    if (ticket.waiting() && is_late(deadline)) {
      // Replies that came in time may lie unread, because their caller was busy with another node.
      late_bytes += heard;
      if (heard > 0 && late_bytes < most_late_bytes) continue;
      if (then == AtDeadline::stays) break;
      link_.abandon(ticket);
      settle();
    }
  }
  return false;
}

// Without memory for the reply that comes the connection is of no more use. Only who waits for that very reply hears of it as an
// exception, and all others as of any end of a connection: nothing at all is returned to them.
link::Link::Space CallerLane::room_to_receive(Lock& lock, LaneTicket* self) {
  try {
    return link_.receive_space();
  } catch (...) {
    const bool is_his = self != nullptr && link_.is_next(*self);
    link::TicketList finished;
    hand_out(lock, finished, no_room_error(), self);
    if (is_his) throw;
    return {nullptr, 0};
  }
}

// Receives once and hands out what came: how many bytes. With the ticket of the caller in `self`, that one needs no signal.
std::size_t CallerLane::read_once(Lock& lock, LaneTicket* self, base::Deadline deadline) {
  const link::Link::Space space = room_to_receive(lock, self);
  if (space.size == 0) return 0;
  reader_present_ = true;
  lock.unlock();
  const net::Socket::Transfer transfer = socket_.receive(space.data, space.size, deadline);
  const base::TimePoint now = base::Clock::now();
  lock.lock();
  take_in(lock, transfer, now, self);
  return transfer.status == net::Socket::Status::ok ? transfer.size : 0;
}

// What a receive() came to.
void CallerLane::take_in(Lock& lock, const net::Socket::Transfer& transfer, base::TimePoint now, LaneTicket* self) {
  link::TicketList finished;
  std::optional<Error> loss;
  if (phase_ == Phase::open) {
    if (transfer.status == net::Socket::Status::ok) {
      last_progress_ = now;
      if (link_.received(transfer.size, finished) == link::Link::Feed::broken) loss = broken_error(link_);
    } else if (transfer.status != net::Socket::Status::timed_out) {
      loss = lost_error(transfer, "waiting for replies");
    }
  }
  hand_out(lock, finished, std::move(loss), self);
}

// Wakes those whose tickets are finished, and gives the reader's role back.
void CallerLane::hand_out(Lock& lock, link::TicketList& finished, std::optional<Error> loss, LaneTicket* self) {
  if (loss) lose(*loss, finished);
  owe_signals(finished, self);
  const bool others = finished.first() != nullptr && (finished.first() != self || finished.after(*self) != nullptr);
  if (others) {
    lock.unlock();
    signal(finished, self);
    lock.lock();
  }
  reader_present_ = false;
  if (end_is_near_) [[unlikely]]
    phase_changed_.notify_all();
  settle();
  tell_loss(lock, loss);
}

// The connection is of no more use: everybody in line is lost, and whoever sits in a system call on it comes back.
void CallerLane::lose(const Error& reason, link::TicketList& finished) {
  phase_ = Phase::breaking;
  takes_commands_.store(false, std::memory_order_relaxed);
  link_.fail(reason, finished);
  socket_.shutdown();
}

void CallerLane::lose_unused() {
  link::TicketList nobody;
  lose({}, nobody);
}

// When the roles are given back: whoever is told may take long.
void CallerLane::tell_loss(Lock& lock, const std::optional<Error>& reason) {
  if (!reason || !on_loss_) return;
  lock.unlock();
  try {
    on_loss_(*reason);
  } catch (...) {  // what hears of it may need memory, too
  }
  lock.lock();
}

// Closes a breaking connection once nobody is inside a system call on it; a draining one breaks when nobody waits.
void CallerLane::settle() {
  if (draining_ && phase_ == Phase::open && unused()) lose_unused();
  if (phase_ != Phase::breaking || writer_present_ || reader_present_) return;
  socket_.close();
  link_.reset();
  sending_is_due_ = false;
  if (std::exchange(draining_, false)) {
    fail_waiters(link::error_at_any_cost(Errc::too_many_connections, Execution::not_executed, [] {
      return Error{Errc::too_many_connections, "the connection was given up to make room for one to another node", {}, 0, Execution::not_executed};
    }));
  }
  phase_ = close_wanted_ ? Phase::shut : Phase::closed;
  phase_changed_.notify_all();
}

}  // namespace rediscluster::drive
