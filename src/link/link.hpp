/// One connection as a pure state machine: bytes to send, bytes received, and who waits for which reply.
/// Order is fixed at submit(): bytes appended and line joined in one step, so replies match by counting.
/// Not thread-safe; the lane that owns it holds the lock. Knows nothing of sockets, threads or time.
///
///   submit → [pending bytes] → stage → [staged bytes] → sent(n) → ... → received(n) → ticket done
///   any doubt about alignment (a reply nobody waits for, broken bytes) → Feed::broken: the owner must close and fail().
#pragma once

#include "base/block.hpp"
#include "link/in_flight_line.hpp"
#include "link/ticket.hpp"
#include "wire/frame_scanner.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace rediscluster::link {

class Link {
 public:
  explicit Link(const wire::Limits& limits = {});

  // Sending.
  /// Appends the bytes of the ticket's command(s) and puts the ticket in line.
  /// @param bytes  whole commands, as many as the ticket expects and skips replies.
  void submit(std::string_view bytes, Ticket& ticket);
  /// Whether bytes wait to be sent.
  bool wants_write() const { return staged_sent_ < staged_.size() || !pending_.empty(); }
  /// The bytes to hand to the kernel next. Valid until sent(); submit() does not touch them, so they may be sent while
  /// the lock is released. From here until sent() says how many were taken, all of them count as sent: their replies
  /// may come in, and be handed out by another thread, before the sender has the lock again.
  std::string_view stage();
  /// The kernel took `size` of the staged bytes (0: none). Follows every stage().
  void sent(std::size_t size);
  /// Overwrites bytes that were sent and are kept for their memory alone. When nothing is pending or in flight.
  void wipe_sent();

  // Receiving.
  struct Space {
    char* data;
    std::size_t size;
  };
  /// Where to receive into; at least a few KiB. Valid until received() or fail(); no other method touches it.
  Space receive_space();
  enum class Feed : std::uint8_t { fine, broken };
  /// `size` bytes arrived in receive_space(). Finished tickets are appended to `finished`.
  Feed received(std::size_t size, TicketList& finished);
  /// broken: what was wrong, for the error of everybody in line.
  const char* broken_reason() const { return broken_reason_; }
  /// RESP3 pushes seen and dropped so far.
  std::uint64_t pushes_dropped() const { return pushes_dropped_; }
  /// Replies seen whose callers had given up.
  std::uint64_t replies_discarded() const { return replies_discarded_; }

  // Ending.
  /// The caller gives up. A command not yet staged is taken back (was_sent() false: it will never run); otherwise its
  /// place stays and the late reply is swallowed.
  void abandon(Ticket& ticket);
  /// The connection is gone: everybody in line is lost, each knowing whether its bytes were sent.
  void fail(const Error& reason, TicketList& finished);
  /// Ready for a new connection. Only after fail().
  void reset();

  std::size_t in_flight() const { return line_.size(); }
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
  Feed deliver(std::string_view frame, bool is_push, TicketList& finished);
  void store(Ticket& ticket, std::string_view frame);
  void retract(Ticket& ticket);
  std::uint64_t staged_end() const { return sent_total_ + (staged_.size() - staged_sent_); }
  // End of the bytes that the kernel has, or may have, in the stream of all bytes.
  std::uint64_t handed_over() const { return sending_ ? staged_end() : sent_total_; }

  std::string pending_;          // appended by submit()
  std::string staged_;           // being sent
  std::size_t staged_sent_ = 0;  // of staged_
  bool sending_ = false;         // between stage() and sent(): any of the staged bytes may be on their way
  std::uint64_t sent_total_ = 0;       // bytes ever handed to the kernel
  std::uint64_t submitted_total_ = 0;  // bytes ever submitted

  base::BlockRef block_;        // received into
  std::size_t frame_begin_ = 0; // start of the reply being received, in block_
  std::size_t filled_ = 0;      // received so far, in block_
  std::size_t wanted_ = 0;      // bytes the current reply is known to need
  wire::FrameScanner scanner_;
  InFlightLine line_;
  const char* broken_reason_ = "";
  std::uint64_t pushes_dropped_ = 0;
  std::uint64_t replies_discarded_ = 0;
};

}  // namespace rediscluster::link
