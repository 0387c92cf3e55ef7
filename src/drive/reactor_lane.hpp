/// A connection that a reactor drives: the same link as a CallerLane's, and no lock, role or sleep. Of one reactor, on its thread.
///
///   closed ─open()→ open ─lost, end()→ ending ─all told→ closed
///
/// Bytes are put in line by submit() and sent at the end of the turn, all together. Tickets are told of their end one after the other;
/// meanwhile the replies stand where they were received, so nothing is received until all have been told.
#pragma once

#include "drive/reactor.hpp"
#include "link/link.hpp"
#include "net/socket.hpp"

#include <optional>

namespace rediscluster::drive {

/// A ticket that is told of its end. Not in line any more then; it may die.
class ReactorTicket : public link::Ticket {
 public:
  using Ticket::Ticket;
  virtual void ended() noexcept = 0;
  /// It will be, soon, and may have what that looks at fetched. What stands behind the ticket has been: `fetched` bytes, its own among them.
  virtual void is_next() const noexcept {}
  static constexpr std::size_t fetched = 448;

 protected:
  ~ReactorTicket() = default;
};

class ReactorLane final : Loop::Watched {
 public:
  /// Who has the lane.
  class Owner {
   public:
    /// Something has come, and who it was for was told: places in line may be free that nobody held any more.
    virtual void lane_served() noexcept = 0;
    /// The connection has ended, whyever, and all who were in line have been told. The lane may be opened again.
    virtual void lane_closed(ReactorLane& lane, const Error& reason) noexcept = 0;

   protected:
    ~Owner() = default;
  };

  ReactorLane(Reactor& reactor, Owner& owner, const wire::Limits& limits) : reactor_(reactor), owner_(owner), link_(limits) { reactor_.admit(); }
  ~ReactorLane();
  ReactorLane(const ReactorLane&) = delete;
  ReactorLane& operator=(const ReactorLane&) = delete;

  /// @param begun  what has been said on it, and perhaps read, so far.
  /// @return  false: the loop has no room for it; it is closed.
  bool open(net::Socket socket, link::Link begun);
  bool is_open() const { return socket_.is_open() && !end_reason_; }
  /// May be opened.
  bool is_closed() const { return !socket_.is_open() && !end_reason_; }

  /// On an open lane. What may throw (std::bad_alloc) is thrown before anything has changed.
  void submit(std::string_view bytes, ReactorTicket& ticket) {
    flush_soon();
    link_.submit(bytes, ticket);
    note_submitted();
  }
  void submit(const link::SendQueue& message, ReactorTicket& ticket);
  /// @see link::Link::is_on_its_way
  bool is_on_its_way(const ReactorTicket& ticket) { return link_.is_on_its_way(ticket); }
  /// The ticket leaves: it is not told of anything any more. @see link::Link::abandon
  void abandon(ReactorTicket& ticket);
  /// Ends the connection: all in line are lost with this reason.
  void end(const Error& reason) noexcept;

  /// Whether nobody waits for a reply on it.
  bool is_unused() { return link_.awaited() == 0 && finished_.empty(); }
  /// Places in line, those of tickets that were abandoned among them.
  std::size_t in_flight() const { return link_.in_flight(); }
  /// When bytes last came, or the oldest command was put in line if that is later.
  base::TimePoint last_progress() const { return last_progress_; }
  std::uint64_t replies_discarded() const { return link_.replies_discarded(); }
  std::uint64_t pushes_dropped() const { return link_.pushes_dropped(); }
  void give_back_memory() { link_.give_back_memory(); }

  // For the reactor.
  /// Receives once, and tells as many tickets as the budget has room for.
  void serve(std::size_t& budget) noexcept;
  void flush() noexcept;

 private:
  void ready(bool readable, bool writable) noexcept override;
  void note_submitted() {
    if (link_.in_flight() == 1) last_progress_ = reactor_.now();
  }
  void flush_soon() {
    if (is_to_be_flushed_) [[likely]]
      return;
    reactor_.flush_soon(*this);
    is_to_be_flushed_ = true;
  }
  void receive() noexcept;
  void hand_out(std::size_t& budget) noexcept;
  void close() noexcept;
  void want_writable(bool wanted) noexcept;
  void serve_soon();

  Reactor& reactor_;
  Owner& owner_;
  link::Link link_;
  net::Socket socket_;
  link::TicketList finished_;  // to be told
  std::optional<Error> end_reason_;  // from end() until all have been told
  base::TimePoint last_progress_{};
  bool is_readable_ = false;
  bool is_to_be_served_ = false;
  bool is_to_be_flushed_ = false;
  bool wants_writable_ = false;
};

}  // namespace rediscluster::drive
