/// A connection that its callers drive themselves: the calling thread writes and reads; threads that share the lane
/// combine. Whoever finds no writer sends for everybody; whoever finds no reader receives for everybody; the rest sleep
/// until their reply is in or a role falls free. No thread of its own, no flush timer, no knob.
///
///   closed ─start→ connecting ─dialled→ open ─lost→ breaking ─both roles left→ closed
///            (others wait)  └ failed → closed (everybody who waited shares the failure)       close() → shut
/// A caller who runs out of time while connecting fails alone: the next of those who waited tries.
///
/// Long commands are sent from where they stand: their bytes must stay until finish() has returned, or the ticket has died.
/// Who throws (there is no memory to receive a reply into) is out of line by then, and the connection has ended; the others
/// are lost as with any connection that ends.
///
/// Thread-safe. A driver moves bytes; it decides nothing about retries or routes.
#pragma once

#include "base/look_around.hpp"
#include "base/condition.hpp"
#include "base/parking_spot.hpp"
#include "base/time.hpp"
#include "drive/exchange.hpp"
#include "link/link.hpp"
#include "net/socket.hpp"

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>

namespace rediscluster::drive {

class CallerLane;

/// A ticket with a place to sleep. Lives on the stack of the thread that calls finish().
class LaneTicket : public link::Ticket {
 public:
  explicit LaneTicket(std::uint32_t skipped = 0) : Ticket(skipped) { use_room(small_); }
  explicit LaneTicket(std::span<wire::Frame> replies, std::uint32_t skipped = 0, base::BlockKeeper* keeper = nullptr) : Ticket(replies, skipped, keeper) {}
  /// A ticket that was started and not finished, because something was thrown in between, is given up.
  ~LaneTicket();

  /// Only on this connection of the lane: where it has ended, the ticket is lost unsent. 0: on any.
  void stay_on(std::uint32_t connection) { wanted_connection_ = connection; }
  /// The connection it was put in line on, numbered by the lane; 0: on none.
  std::uint32_t connection() const { return connection_; }
  /// Whether the command may go out before the connection is known to be ours, see Rider.
  void may_ride(bool may) { may_ride_ = may; }
  /// It did, and the connection could not be opened: it may have run, though it is lost with the reason of that.
  bool rode_in_vain() const { return rode_in_vain_; }
  /// Nobody is held up by its waiting: a lane on which only such wait is not silent, see CallerLane::is_silent().
  void may_take_long(bool may) { may_take_long_ = may; }
  /// For the connection, if one has to be made. Must outlive the call.
  void wish(const Wishes& wishes) { wishes_ = &wishes; }

 private:
  friend class CallerLane;
  base::ParkingSpot spot_;
  CallerLane* started_on_ = nullptr;  // between start() and finish()
  std::uint32_t signals_owed_ = 0;      // guarded by the lane's mutex: signals sent or about to be sent to spot_
  std::uint32_t signals_consumed_ = 0;  // the owner's: signals it has seen
  const Wishes* wishes_ = nullptr;
  bool may_ride_ = false;
  bool may_take_long_ = false;
  bool rode_in_vain_ = false;
  bool parked_ = false;                 // guarded by the lane's mutex
  std::uint32_t wanted_connection_ = 0;
  std::uint32_t connection_ = 0;
  char small_[small_reply];
};

class CallerLane {
 public:
  /// Makes a connection that is ready for commands (handshake done) within the deadline. What it says there goes through
  /// the link of the opening; it may take the rider along, or leave it.
  using Dial = std::function<Result<net::Socket>(base::Deadline, Opening&)>;
  /// Hears why a connection ended that nobody ended on purpose: no break_off(), close() and the like. Called without the
  /// lock, when the lane may be used again.
  using LossHook = std::function<void(const Error&)>;

  explicit CallerLane(Dial dial, const wire::Limits& limits = {}, LossHook on_loss = {})
      : dial_(std::move(dial)), on_loss_(std::move(on_loss)), limits_(limits), link_(limits) {}
  ~CallerLane() { close(); }
  CallerLane(const CallerLane&) = delete;
  CallerLane& operator=(const CallerLane&) = delete;

  /// Connects if need be, puts the command(s) in line and sends what the kernel takes: waits for nothing but the connection. Every
  /// start() needs its finish().
  void start(std::string_view bytes, LaneTicket& ticket, base::Deadline deadline, base::TimePoint now);
  void start(const link::SendQueue& message, LaneTicket& ticket, base::Deadline deadline, base::TimePoint now);
  /// Waits until the ticket is done, lost, or the deadline has passed (then it is abandoned).
  void finish(LaneTicket& ticket, base::Deadline deadline);
  /// The same, but a ticket that is still waiting then stays in line, for who comes back for it. Whether its wait is over.
  bool linger(LaneTicket& ticket, base::Deadline until);
  /// start() and finish() in one, or start() and linger(). Whether its wait is over.
  enum class AtDeadline : std::uint8_t { abandons, stays };
  bool call(std::string_view bytes, LaneTicket& ticket, base::Deadline deadline, base::TimePoint now, AtDeadline then = AtDeadline::abandons);
  bool call(const link::SendQueue& message, LaneTicket& ticket, base::Deadline deadline, base::TimePoint now, AtDeadline then = AtDeadline::abandons);
  /// Whether the peer has said anything since then.
  bool has_spoken_since(base::TimePoint sent);
  /// Behind linger(): goes on until the deadline if the peer has said anything since its command was sent; gives up otherwise.
  void finish_if_alive(LaneTicket& ticket, base::TimePoint sent, base::Deadline deadline);
  /// Instead of finish(): no waiting any more.
  void give_up(LaneTicket& ticket) noexcept;

  struct Health {
    bool open = false;
    std::size_t in_flight = 0;  ///< commands that somebody waits for
    base::TimePoint last_progress{};  ///< when bytes last came, or the oldest command was sent if that is later; of a lone call, when it began
  };
  Health health();
  /// For LaneTicket::stay_on(): the connection there is now; 0: none.
  std::uint32_t connection();
  struct Counts {
    std::uint64_t replies_discarded = 0;
    std::uint64_t pushes_dropped = 0;
    std::size_t in_flight = 0;  ///< commands that somebody waits for
  };
  /// What came for nobody since the lane was made, and what is under way now.
  Counts counts();
  /// Whether somebody waits for a reply (but for such as may take long) and nothing has come for longer than `limit`. What lies unread counts as come, and is
  /// handed out: those who wait for it may be busy with another node.
  bool is_silent(base::Duration limit, base::TimePoint now);
  /// Ends the connection if nothing has come on it for `limit` while commands wait: it is silent, not just slow.
  void end_if_silent(base::Duration limit, base::TimePoint now);
  /// Gives back what was kept of large replies, when none has come for a while.
  void give_back_memory(base::TimePoint now);
  /// Ends the connection unless somebody waits for a reply on it. True: it was open and has ended.
  bool end_if_unused();
  /// Ends the connection if a reply is due on it that nobody waits for any more.
  void end_if_late();
  /// Ends the connection as soon as nobody waits for a reply on it. Who comes before that waits for the end, and is told
  /// Errc::too_many_connections then: its place is meant for a connection elsewhere. Nothing happens when it is not open.
  void drain();
  /// Whether there is a connection that takes commands, as of a moment ago: asks without the lock.
  bool is_open() const { return takes_commands_.load(std::memory_order_relaxed); }
  /// Ends the connection, whoever uses it: all in line are lost with this reason. The next start() connects again.
  void break_off(const Error& reason) noexcept;
  /// Ends the connection for good: everything from now on fails with client_closed.
  void close();

 private:
  enum class Phase : std::uint8_t { closed, connecting, open, breaking, shut };
  using Lock = std::unique_lock<std::mutex>;

  template <class Bytes>
  void start_any(const Bytes& bytes, LaneTicket& ticket, base::Deadline deadline, base::TimePoint now);
  template <class Bytes>
  void join(Lock& lock, const Bytes& bytes, LaneTicket& ticket, base::Deadline deadline, base::TimePoint now);
  bool may_join(Lock& lock, std::string_view bytes, LaneTicket& ticket, base::Deadline deadline, base::TimePoint now);
  void look_if_unused(Lock& lock, const LaneTicket& ticket, base::TimePoint now);
  bool is_free_for_one(const LaneTicket& ticket) const;
  bool exchange(Lock& lock, std::string_view bytes, LaneTicket& ticket, base::Deadline deadline, base::TimePoint now);
  /// The caller's time is over, or he has ended his waits.
  static bool is_late(base::Deadline deadline) { return deadline.passed(base::Clock::now()) || base::LookAround::is_over_here(); }
  bool wait(Lock& lock, LaneTicket& ticket, base::Deadline deadline, AtDeadline then);
  bool wait_in_line(Lock& lock, LaneTicket& ticket, base::Deadline deadline, AtDeadline then);
  bool wait_for_end(Lock& lock, LaneTicket& ticket, base::Deadline deadline, AtDeadline then);
  bool open(Lock& lock, std::string_view bytes, LaneTicket& ticket, base::Deadline deadline);
  void fail_waiters(Error reason);
  bool dial(Lock& lock, std::string_view bytes, LaneTicket& ticket, base::Deadline deadline);
  static Error no_room_error();
  static void give_up_opening(LaneTicket& ticket, const Opening& opening, const Error& reason);
  void flush(Lock& lock, const LaneTicket* self, base::Deadline deadline);
  std::size_t read_once(Lock& lock, LaneTicket* self, base::Deadline deadline);
  link::Link::Space room_to_receive(Lock& lock, LaneTicket* self);
  void take_in(Lock& lock, const net::Socket::Transfer& transfer, base::TimePoint now, LaneTicket* self);
  void hand_out(Lock& lock, link::TicketList& finished, std::optional<Error> loss, LaneTicket* self);
  std::optional<Error> after_sending(Lock& lock, const net::Socket::Transfer& transfer, bool may_receive, base::Deadline deadline);
  void await_last_words(Lock& lock, base::Deadline deadline);
  bool park(Lock& lock, LaneTicket& ticket, base::Deadline deadline);
  void leave(Lock& lock, LaneTicket& ticket);
  void take_back_bytes(Lock& lock, const LaneTicket& ticket);
  void look(Lock& lock);
  void hand_over(Lock& lock);
  void look_around(Lock& lock, const LaneTicket& ticket);
  void lose(const Error& reason, link::TicketList& finished);
  void lose_unused();
  void lose_and_wake(Lock& lock, const Error& reason, link::TicketList& finished);
  void tell_loss(Lock& lock, const std::optional<Error>& reason);
  void settle();
  /// Whether there is something to send, and nobody sends.
  bool can_send() const { return !writer_present_ && phase_ == Phase::open && link_.wants_write(); }
  bool should_send() const;
  bool reader_taken() const { return reader_present_ || heir_ != nullptr; }
  LaneTicket* successor();
  LaneTicket* next_sender();
  LaneTicket* oldest_sleeper();
  static void await_owed_signals(LaneTicket& ticket, std::uint32_t owed);
  void owe_signals(link::TicketList& finished, const LaneTicket* self);
  static void signal(link::TicketList& finished, const LaneTicket* self);
  void wait_until_sendable(Lock& lock, base::Deadline deadline);
  bool unused();

  const Dial dial_;
  const LossHook on_loss_;
  const wire::Limits limits_;
  std::mutex mutex_;  // guards everything below; never held across a system call that may wait
  base::Condition phase_changed_;
  Phase phase_ = Phase::closed;
  std::uint32_t connection_ = 0;  // number of the current or last one
  std::uint64_t failed_dials_ = 0;
  Error last_dial_error_;
  bool writer_present_ = false;
  bool reader_present_ = false;
  const LaneTicket* heir_ = nullptr;  // signalled to become the reader, and not awake yet
  bool sending_is_due_ = false;  // whoever sent has left although the kernel would have taken more, or may soon: nobody gathers then
  int lenders_waiting_ = 0;      // for the end of a send()
  bool end_is_near_ = false;     // a send() has failed: its caller waits for who reads
  bool close_wanted_ = false;
  bool draining_ = false;
  std::atomic<bool> takes_commands_{false};  // read without the lock
  base::TimePoint last_progress_{};
  base::TimePoint opened_at_{};  // what last_progress_ was then
  link::Link link_;
  net::Socket socket_;  // used outside the lock by the holders of the two roles; replaced only when both are free
};

inline LaneTicket::~LaneTicket() {
  if (started_on_ != nullptr) [[unlikely]]
    started_on_->give_up(*this);
}

}  // namespace rediscluster::drive
