/// One connection as a pure state machine: bytes to send, bytes received, and who waits for which reply.
/// Order is fixed at submit(): bytes appended and line joined in one step, so replies match by counting.
/// Not thread-safe; the lane that owns it holds the lock. Knows nothing of sockets, threads or time.
///
///   submit → [pending bytes] → stage → [staged bytes] → sent(n) → ... → received(n) → ticket done
///   Bytes on loan stay with their ticket until they are sent: see submit_on_loan().
///   any doubt about alignment (a reply nobody waits for, broken bytes, a command that was unblocked and may still run) →
///   Feed::broken: the owner must close and fail().
#pragma once

#include "base/block.hpp"
#include "link/in_flight_line.hpp"
#include "link/long_text.hpp"
#include "link/send_queue.hpp"
#include "link/ticket.hpp"
#include "wire/frame_scanner.hpp"

#include <array>
#include <span>
#include <string_view>

namespace rediscluster::link {

class Link {
 public:
  explicit Link(const wire::Limits& limits = {});

  // Sending.
  /// Appends the bytes of the ticket's command(s) and puts the ticket in line.
  /// @param bytes  whole commands, as many as the ticket expects and skips replies.
  void submit(std::string_view bytes, Ticket& ticket) {
    line_.make_room();  // what may throw comes first: bytes without a place would shift all replies
    pending_.append(bytes);
    join(bytes.size(), ticket);
  }
  /// The same without a copy of long pieces: they stay where they are, also when the ticket has left the line, until
  /// is_sending_bytes_of() says no and keep_bytes_of() has been called.
  void submit_on_loan(std::string_view bytes, Ticket& ticket) {
    if (!SendQueue::lends(bytes.size())) [[likely]]
      return submit(bytes, ticket);
    line_.make_room();
    pending_.make_room(0, 1);
    pending_.lend(bytes, &ticket);
    join(bytes.size(), ticket);
    ticket.has_lent_ = true;
  }
  void submit_on_loan(const SendQueue& message, Ticket& ticket);
  /// A loan for who hands the bytes to the kernel himself, at once: until sent_directly() all of them count as sent. Only when
  /// nothing else waits to be sent.
  void submit_directly(std::string_view bytes, Ticket& ticket) {
    line_.make_room();
    join(bytes.size(), ticket);
    direct_ = being_sent_ = bytes.size();
  }
  /// The kernel took `size` of these bytes; the others wait to be sent like any that are lent.
  void sent_directly(std::string_view bytes, std::size_t size, Ticket& ticket, std::size_t held = 0) {
    direct_ = being_sent_ = 0;
    sent_total_ += size;
    if (size < bytes.size()) [[unlikely]]
      lend_rest(bytes.substr(size), ticket, held);
    if (withdrawn_ != 0 && is_half_withdrawn()) [[unlikely]]
      drop_withdrawn();
  }
  /// Whether bytes wait to be sent.
  bool wants_write() const { return !staged_.empty() || !pending_.empty(); }
  /// Most pieces that are handed to the kernel at once.
  static constexpr std::size_t most_pieces = 16;
  /// The bytes to hand to the kernel next, in pieces. Valid until sent(); submit() does not touch them, so they may be sent
  /// while the lock is released. From here until sent() says how many were taken, all of them count as sent: their replies
  /// may come in, and be handed out by another thread, before the sender has the lock again.
  std::span<const std::string_view> stage_pieces() {
    make_staged();
    const std::size_t count = staged_.next_pieces(pieces_);
    being_sent_ = 0;
    for (std::size_t i = 0; i < count; ++i) being_sent_ += pieces_[i].size();
    return {pieces_.data(), count};
  }
  /// The first of these pieces alone.
  std::string_view stage() {
    make_staged();
    staged_.next_pieces(std::span(pieces_).first(1));
    being_sent_ = pieces_[0].size();
    return pieces_[0];
  }
  /// The kernel took `size` of the staged bytes (0: none). Follows every stage().
  /// @param held  so many more cannot be taken back, see net::Socket::Transfer.
  void sent(std::size_t size, std::size_t held = 0) {
    being_sent_ = 0;
    held_ = held;
    sent_total_ += size;
    staged_.sent(size);
    if (withdrawn_ != 0 && is_half_withdrawn()) [[unlikely]]
      drop_withdrawn();
    if (staged_.capacity() > keep_capacity && staged_.empty()) [[unlikely]]
      staged_.release();
  }
  /// Whether bytes that this ticket has lent are between stage() and sent().
  bool is_sending_bytes_of(const Ticket& ticket) const { return being_sent_ != 0 && staged_.has_loan_of(&ticket); }
  /// Copies what is still to be sent of them: then they may go away. Not while they are being sent.
  /// Errors: std::bad_alloc; then the owner must close and fail().
  void keep_bytes_of(const Ticket& ticket) {
    staged_.keep_loans_of(&ticket);
    pending_.keep_loans_of(&ticket);
  }
  /// Overwrites bytes that were sent and are kept for their memory alone. When nothing is pending or in flight.
  void wipe_sent();

  // Receiving.
  using Space = LongText::Space;
  /// Where to receive into. Valid until received() or fail(); no other method touches it.
  [[gnu::always_inline]] Space receive_space() {
    if (long_text_.is_coming()) [[unlikely]]
      return long_text_.space();
    const std::size_t partial = filled_ - frame_begin_;
    if (partial != 0 || !block_ || !block_->unique()) [[unlikely]]
      return space_behind(partial);
    frame_begin_ = filled_ = 0;  // everything was delivered and nobody holds on to the block
    return {block_->data(), block_->capacity()};
  }
  enum class Feed : std::uint8_t { fine, broken };
  /// `size` bytes arrived in receive_space(). Finished tickets are appended to `finished`.
  Feed received(std::size_t size, TicketList& finished) noexcept;
  /// broken: what was wrong, for the error of everybody in line.
  const char* broken_reason() const { return broken_reason_; }
  Errc broken_code() const { return broken_code_; }
  /// RESP3 pushes seen and dropped so far.
  std::uint64_t pushes_dropped() const { return pushes_dropped_; }
  /// Replies seen whose callers had given up.
  std::uint64_t replies_discarded() const { return replies_discarded_; }

  /// Whether the kernel has some of a ticket that waits, so that the rest will be sent, too: the server may run it.
  bool is_on_its_way(const Ticket& ticket);

  // Ending.
  /// The caller gives up. A command of which the kernel has nothing yet is taken back (was_sent() false: it will never run);
  /// otherwise its place stays, the rest is sent, and the late reply is swallowed.
  void abandon(Ticket& ticket);
  /// What is taken back while more than so many commands stand behind it is taken out of the bytes to be sent later, with others.
  void put_off_beyond(std::size_t places) { most_moved_at_once_ = places; }
  /// The connection is gone: everybody in line is lost, each knowing whether its bytes were sent.
  void fail(const Error& reason, TicketList& finished) noexcept;
  /// Gives back the memory of large replies, kept in case that more of them come.
  void give_back_memory() {
    if (!block_ || block_->capacity() <= keep_capacity || filled_ != frame_begin_) return;
    block_.reset();
    frame_begin_ = filled_ = 0;
  }
  /// Ready for a new connection. Only after fail().
  void reset();
  /// Whether bytes are sent as they are; false: by way of TLS, and the kernel never sees where they stand.
  void set_plain(bool is_plain) { is_plain_ = is_plain; }
  /// Goes on with the connection that another link has begun. Only after reset(), or new.
  void take_over(Link&& begun);

  std::size_t in_flight() const { return line_.size(); }
  /// Whether the reply that comes next is this ticket's.
  bool is_next(const Ticket& ticket) { return !line_.empty() && line_.front().ticket == &ticket; }
  /// Commands in line that somebody waits for.
  std::size_t awaited() {
    std::size_t count = 0;
    find_waiting([&](Ticket&) { return ++count == 0; });
    return count;
  }
  /// Walks the waiting tickets from the oldest; stops when `use` returns true.
  template <class Use>
  void find_waiting(Use&& use) {
    for (std::size_t i = 0; i < line_.size(); ++i) {
      Ticket* ticket = line_.at(i).ticket;
      if (ticket != nullptr && use(*ticket)) return;
    }
  }

 private:
  static constexpr std::size_t keep_capacity = 256 * 1024;  // a larger buffer is given back after use
  // For replies, a larger one is kept until give_back_memory(): making it anew costs more than filling it, as it comes
  // from the system page by page. Beyond this it is given back at once.
  static constexpr std::size_t keep_for_a_while = 4 * 1024 * 1024;

  void begin_long_text(std::string_view unread, std::size_t size, std::uint64_t handed_over);
  Feed received_of_long_text(std::size_t size, TicketList& finished);
  bool deliver(std::string_view frame, std::uint64_t handed_over, TicketList& finished);
  bool is_second_reply_due(std::string_view error);
  Space space_behind(std::size_t partial);
  Space make_larger_space(std::size_t partial, std::size_t missing);
  void store(Ticket& ticket, std::string_view frame);
  void note_skipped(Ticket& ticket, std::string_view frame);
  void retract(Ticket& ticket);
  void withdraw(Ticket& ticket);
  void drop_withdrawn() noexcept;
  // So what is withdrawn takes no more memory than what is not, and there are never such bytes alone to be sent.
  bool is_half_withdrawn() const { return 2 * withdrawn_ >= staged_.size() + pending_.size(); }
  void join(std::size_t size, Ticket& ticket) {
    const std::uint64_t begin = submitted_total_;
    submitted_total_ += size;
    ticket.state_ = Ticket::State::waiting;
    ticket.received_ = 0;
    ticket.place_ = line_.join({&ticket, ticket.skipped_ + ticket.expected_, false, begin, submitted_total_});
  }
  bool is_better_copied(const SendQueue& message) const;
  void submit_pieces(const SendQueue& message, Ticket& ticket, bool copies_all);
  void lend_rest(std::string_view rest, Ticket& ticket, std::size_t held);
  void make_staged() {
    if (withdrawn_ != 0) [[unlikely]]
      drop_withdrawn();
    if (!staged_.empty()) return;
    staged_.clear();
    swap(staged_, pending_);
  }
  std::uint64_t staged_end() const { return sent_total_ + staged_.size() + direct_; }
  // End of the bytes that the kernel has, or may have, in the stream of all bytes.
  std::uint64_t handed_over() const { return sent_total_ + being_sent_; }
  // In front of it nothing can be taken back.
  std::uint64_t committed() const { return sent_total_ + std::max(being_sent_, held_); }

  bool is_plain_ = true;
  std::size_t most_moved_at_once_ = 64;  // places, by one command given up
  SendQueue pending_;            // added to by submit()
  SendQueue staged_;             // being sent
  std::array<std::string_view, most_pieces> pieces_;  // between stage() and sent(): what is being sent, of staged_
  std::size_t being_sent_ = 0;   // bytes that are on their way to the kernel just now
  std::size_t direct_ = 0;       // of them, those sent from where they are, see submit_directly()
  std::size_t held_ = 0;         // unsent bytes that will go out all the same
  std::size_t withdrawn_ = 0;    // unsent bytes that will not go out: see withdraw()
  std::uint64_t sent_total_ = 0;       // bytes ever handed to the kernel
  std::uint64_t submitted_total_ = 0;  // bytes ever submitted

  base::BlockRef block_;        // received into
  std::size_t frame_begin_ = 0; // start of the reply being received, in block_
  std::size_t filled_ = 0;      // received so far, in block_
  std::size_t wanted_ = 0;      // bytes the current reply is known to need
  LongText long_text_;          // the reply being received, when it is such a one; nothing of it is left in block_
  wire::FrameScanner scanner_;
  InFlightLine line_;
  const char* broken_reason_ = "";
  Errc broken_code_ = Errc::protocol_error;
  std::uint64_t pushes_dropped_ = 0;
  std::uint64_t replies_discarded_ = 0;
};

}  // namespace rediscluster::link
