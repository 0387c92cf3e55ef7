/// One command, or one contiguous batch of commands, in flight on one connection.
/// Lives with the caller that waits for it; the Link only points to it while it is in line. Not movable: the link and
/// other threads hold its address. Guarded by the lock of the lane that owns the link, where there is one.
#pragma once

#include "link/error_at_any_cost.hpp"
#include "wire/frame.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace rediscluster::link {

/// waiting → done (all replies are in) | lost (the connection ended first) | abandoned (the caller gave up: its place in
/// line stays, the late reply is swallowed).
class Ticket {
 public:
  enum class State : std::uint8_t { idle, waiting, done, lost, abandoned };

  /// One command, one reply; `skipped` replies in front of it are swallowed (ASKING).
  explicit Ticket(std::uint32_t skipped = 0) : replies_(&single_), expected_(1), skipped_(skipped) {}
  /// A batch: reply i goes to `replies[i]`, which must outlive the ticket.
  /// @param keeper  keeps the bytes of the replies, and must outlive them; null: each reply holds its own.
  explicit Ticket(std::span<wire::Frame> replies, std::uint32_t skipped = 0, base::BlockKeeper* keeper = nullptr)
      : replies_(replies.data()), expected_(static_cast<std::uint32_t>(replies.size())), skipped_(skipped), keeper_(keeper) {}
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;

  /// Where a small reply of a single command is copied to, so that it does not keep a whole receive block alive. Must outlive the ticket.
  static constexpr std::size_t small_reply = 256;
  void use_room(char* room_for_small_reply) { small_ = room_for_small_reply; }
  /// The reply need not be kept: it is looked at before anything more is received. Valid until then.
  void look_only() { looks_only_ = true; }

  /// For a command that waits on its server: that somebody ended its wait is a reply like any, and the caller sees to the end of
  /// the connection. On all others it ends the connection, see Link.
  void take_unblocked() { takes_unblocked_ = true; }

  State state() const { return state_; }
  bool waiting() const { return state_ == State::waiting; }
  /// Replies received so far; of a lost batch the first ones may be in.
  std::uint32_t received() const { return received_; }
  std::uint32_t expected() const { return expected_; }
  /// The reply of a single command. Valid while the ticket lives, but see use_room() and look_only().
  const wire::Frame& reply() const { return *replies_; }
  /// A long string as the reply of a single command goes there instead, see LongText. Must outlive the ticket.
  void collect_long_text(std::string* text) { long_text_ = text; }
  /// done: it went there; reply() holds nothing then, and is no error.
  bool has_long_text() const { return has_long_text_; }
  /// lost or abandoned: whether the server may have run it: the last byte had been handed to the kernel, or may have
  /// been; of a batch, any byte.
  bool was_sent() const { return was_sent_; }
  /// lost or abandoned: how many of its bytes the kernel has, or may have. Commands of a batch that end behind them
  /// cannot have run.
  std::uint64_t sent_bytes() const { return sent_bytes_; }
  /// lost: what its reply had to do with the end of the connection.
  enum class Turn : std::uint8_t {
    later,    ///< Nothing: others were to be answered first.
    next,     ///< It was the next to come, or had come in part.
    refused,  ///< It is larger than the limits allow, and so the connection was ended from here.
  };
  Turn turn() const { return turn_; }
  /// done: the class of the error that a skipped reply was; Errc{}: none was.
  Errc skipped_error() const { return static_cast<Errc>(skipped_error_); }
  /// lost: what happened to the connection.
  const Error& failure() const {
    static const Error no_memory{Errc::connection_lost, "out of memory", {}, 0, Execution::maybe_executed};
    static const Error none;
    return failure_ ? *failure_ : state_ == State::lost ? no_memory : none;
  }
  /// Whether some of its bytes were lent, see Link::submit_on_loan().
  bool has_lent() const { return has_lent_; }

  /// Ends a ticket that never got into line.
  void fail(const Error& error) noexcept {
    state_ = State::lost;
    was_sent_ = false;
    sent_bytes_ = 0;
    failure_ = share_at_any_cost(error);
  }
  /// Makes a ticket that is in no line idle again, to be put in line anew.
  void renew() {
    state_ = State::idle;
    was_sent_ = false;
    sent_bytes_ = 0;
    received_ = 0;
    turn_ = Turn::later;
    failure_.reset();
  }
  /// The same, with other replies in front of its own.
  void begin_anew(std::uint32_t skipped) {
    renew();
    skipped_ = skipped;
    skipped_error_ = 0;
  }
  /// The same for a batch, see the constructor.
  void begin_anew(std::span<wire::Frame> replies, base::BlockKeeper* keeper) {
    begin_anew(0);
    replies_ = replies.data();
    expected_ = static_cast<std::uint32_t>(replies.size());
    keeper_ = keeper;
  }

 private:
  friend class Link;
  friend class TicketList;

  wire::Frame* replies_;
  std::uint32_t expected_;
  std::uint32_t received_ = 0;
  std::uint32_t skipped_;
  State state_ = State::idle;
  bool was_sent_ = false;
  bool has_long_text_ = false;
  Turn turn_ = Turn::later;
  bool takes_unblocked_ = false;
  std::uint16_t skipped_error_ = 0;  // an Errc; it fills a gap, so that its neighbours and it are cleared by one store
  bool has_lent_ = false;
  bool looks_only_ = false;
  wire::Frame single_;  // ends where a processor's cache line does: this is all that is read of a ticket when its reply comes
  char* small_ = nullptr;
  std::string* long_text_ = nullptr;
  base::BlockKeeper* keeper_ = nullptr;
  std::uint64_t sent_bytes_ = 0;
  std::uint64_t place_ = 0;  // number of its place in line
  Ticket* next_ = nullptr;   // in a TicketList
  std::shared_ptr<const Error> failure_;  // that of all who were lost together
};

/// Tickets that left the line together, in order. Intrusive: a ticket is in one list at most.
class TicketList {
 public:
  bool empty() const { return first_ == nullptr; }
  void push(Ticket& ticket) {
    ticket.next_ = nullptr;
    *last_ = &ticket;
    last_ = &ticket.next_;
  }
  /// Takes the first ticket off; null when empty. The ticket may die right after.
  Ticket* pop() {
    Ticket* ticket = first_;
    if (ticket == nullptr) return nullptr;
    first_ = ticket->next_;
    if (first_ == nullptr) last_ = &first_;
    return ticket;
  }
  /// First ticket, to walk without taking: `for (Ticket* t = list.first(); t; t = list.after(*t))`.
  Ticket* first() const { return first_; }
  static Ticket* after(const Ticket& ticket) { return ticket.next_; }

  TicketList() = default;
  TicketList(const TicketList&) = delete;
  TicketList& operator=(const TicketList&) = delete;

 private:
  Ticket* first_ = nullptr;
  Ticket** last_ = &first_;
};

}  // namespace rediscluster::link
