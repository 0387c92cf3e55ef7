#include "link/link.hpp"

#include "base/copy_bytes.hpp"
#include "base/slow_copies.hpp"
#include "wire/error_reply.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace rediscluster::link {
namespace {

constexpr std::size_t block_size = 16 * 1024;
constexpr std::size_t ahead = 4;  // the ticket so many places behind the one being served is fetched: it was last looked at long ago
constexpr std::size_t least_space = 4 * 1024;        // less room than this is not worth a system call
constexpr std::size_t trusted_size = 16 * 1024 * 1024;  // beyond it room grows with what has really arrived

}  // namespace

Link::Link(const wire::Limits& limits) : scanner_(limits) {
  pending_.make_room(0, 1);  // they change places: lend_rest() must not need memory
  staged_.make_room(0, 1);
}

// What is on loan is copied once, by the kernel; but twice where that is quicker, and there is memory for it.
void Link::submit_on_loan(const SendQueue& message, Ticket& ticket) {
  if (is_better_copied(message)) {
    try {
      return submit_pieces(message, ticket, true);
    } catch (const std::bad_alloc&) {
    }
  }
  submit_pieces(message, ticket, false);
}

void Link::submit_pieces(const SendQueue& message, Ticket& ticket, bool copies_all) {
  std::size_t copies = 0;
  std::size_t loans = 0;
  message.for_each_piece([&](std::string_view piece) { !copies_all && SendQueue::lends(piece.size()) ? ++loans : copies += piece.size(); });
  line_.make_room();  // what may throw comes first: bytes without a place would shift all replies
  pending_.make_room(copies, loans);
  message.for_each_piece([&](std::string_view piece) { copies_all ? pending_.append(piece) : pending_.add(piece, &ticket); });
  ticket.has_lent_ = loans > 0;
  join(message.size(), ticket);
}

// Of what is sent alone the kernel's first page begins with the first byte. A few of the longest pieces are not worth the memory.
bool Link::is_better_copied(const SendQueue& message) const {
  constexpr std::size_t most = 4 * 1024 * 1024;
  if (message.size() > most || !is_plain_ || wants_write() || !base::has_slow_copies()) return false;
  std::size_t place = 0;
  bool is_better = false;
  message.for_each_piece([&](std::string_view piece) {
    is_better = is_better || (SendQueue::lends(piece.size()) && base::is_slow_copy(place, piece.data()));
    place += piece.size();
  });
  return is_better;
}

void Link::lend_rest(std::string_view rest, Ticket& ticket, std::size_t held) {
  held_ = held;
  staged_.clear();
  staged_.lend(rest, &ticket);
  ticket.has_lent_ = true;
}

void Link::wipe_sent() {
  if (wants_write()) return;
  staged_.wipe();
  pending_.wipe();
}

// Not in front of the block, or not in this one.
Link::Space Link::space_behind(std::size_t partial) {
  if (!block_) {
    block_ = base::Block::make(block_size);
    frame_begin_ = filled_ = 0;
  }
  const std::size_t room = block_->capacity() - filled_;
  const std::size_t missing = wanted_ > partial ? wanted_ - partial : 0;
  // A block of the size that is believed is used up before it is copied into a larger one.
  const bool is_trusted = frame_begin_ == 0 && block_->capacity() >= trusted_size;
  const bool is_enough = room >= missing ? room >= least_space || (missing != 0 && room != 0) : is_trusted && room >= least_space;
  if (is_enough) return {block_->data() + filled_, room};
  return make_larger_space(partial, missing);
}

// The rest does not fit: moves the partial reply to a block of its size. An announced size is believed only up to a
// bound; memory that is never written costs nothing, but an address space has an end too.
// Doubling at least keeps the copying linear when a long array trickles in.
Link::Space Link::make_larger_space(std::size_t partial, std::size_t missing) {
  const std::size_t doubled = std::max(2 * partial, block_size);
  std::size_t capacity = std::max(partial + missing + least_space, doubled);
  if (capacity > trusted_size) capacity = std::max(trusted_size, doubled);
  base::BlockRef larger = base::Block::make(capacity);
  std::memcpy(larger->data(), block_->data() + frame_begin_, partial);
  block_ = std::move(larger);
  frame_begin_ = 0;
  filled_ = partial;
  return {block_->data() + filled_, block_->capacity() - filled_};
}

inline void Link::store(Ticket& ticket, std::string_view frame) {
  wire::Frame& slot = ticket.replies_[ticket.received_++];
  if (ticket.looks_only_) {
    slot.look_at(frame);
  } else if (ticket.small_ != nullptr && frame.size() <= Ticket::small_reply) {
    base::copy_bytes(ticket.small_, frame.data(), frame.size());
    slot.look_at({ticket.small_, frame.size()});
  } else if (ticket.keeper_ != nullptr && ticket.keeper_->keep(block_)) {
    slot.look_at(frame);
  } else {
    slot = wire::Frame(frame, block_);
  }
}

// Nobody reads it, but why it was an error may tell why the reply behind it is one.
void Link::note_skipped(Ticket& ticket, std::string_view frame) {
  const std::string_view text = wire::error_text(frame);
  if (!text.empty()) ticket.skipped_error_ = static_cast<std::uint16_t>(wire::classify_error(text));
}

// A whole reply, to the ticket at the front of the line. False: there is none that could have an answer yet.
inline bool Link::deliver(std::string_view frame, std::uint64_t handed_over, TicketList& finished) {
  // The place must have been sent, too: an answer that comes before the question is somebody else's.
  if (line_.empty() || line_.front().begin >= handed_over) [[unlikely]]
    return false;
  InFlightLine::Place& place = line_.front();
  Ticket* ticket = place.ticket;
  if (line_.size() > ahead) __builtin_prefetch(line_.at(ahead).ticket, 1);
  if (ticket == nullptr) [[unlikely]] {
    ++replies_discarded_;
  } else if (place.replies_left <= ticket->expected_) [[likely]] {
    store(*ticket, frame);
  } else {
    note_skipped(*ticket, frame);
  }
  if (--place.replies_left > 0) return true;
  line_.leave_front();
  if (ticket == nullptr) return true;
  ticket->state_ = Ticket::State::done;
  finished.push(*ticket);
  return true;
}

// Somebody ended the wait of the command at the front, which waits for nothing but the end of a pause: the server may run it
// yet, and what it says then would be taken for the reply to the next command.
bool Link::is_second_reply_due(std::string_view error) {
  if (!wire::was_unblocked_by_somebody(error)) [[likely]]
    return false;
  return line_.empty() || line_.front().ticket == nullptr || !line_.front().ticket->takes_unblocked_;
}

// The reply at the front is a long string that somebody wants as such: from now on it is received in place.
void Link::begin_long_text(std::string_view unread, std::size_t size, std::uint64_t handed_over) {
  if (line_.empty() || unread.front() != '$') return;
  const InFlightLine::Place& place = line_.front();
  const bool is_wanted = place.ticket != nullptr && place.ticket->long_text_ != nullptr;
  if (!is_wanted || place.replies_left != 1 || place.begin >= handed_over) return;
  const std::size_t header = unread.find('\n') + 1;
  try {
    long_text_.begin(size - header - 2, unread.substr(header));
  } catch (const std::bad_alloc&) {
    return;  // a reply like any other, then
  }
  frame_begin_ = filled_;
  wanted_ = 0;
  scanner_.reset();
}

Link::Feed Link::received_of_long_text(std::size_t size, TicketList& finished) {
  long_text_.received(size);
  if (!long_text_.is_whole()) return Feed::fine;
  if (!long_text_.ends_well()) {
    broken_reason_ = "a string does not end with CR LF where its length says";
    return Feed::broken;
  }
  Ticket* ticket = line_.front().ticket;
  line_.leave_front();
  if (ticket == nullptr) {
    long_text_.drop();
    ++replies_discarded_;
    return Feed::fine;
  }
  *ticket->long_text_ = long_text_.take();
  ticket->has_long_text_ = true;
  ticket->received_ = 1;
  ticket->single_.look_at({});
  ticket->state_ = Ticket::State::done;
  finished.push(*ticket);
  return Feed::fine;
}

Link::Feed Link::received(std::size_t size, TicketList& finished) noexcept try {
  if (long_text_.is_coming()) [[unlikely]]
    return received_of_long_text(size, finished);
  filled_ += size;
  const std::uint64_t sent_so_far = handed_over();
  const char* const data = block_->data();
  while (frame_begin_ < filled_) {
    const std::string_view unread(data + frame_begin_, filled_ - frame_begin_);
    const wire::FrameScanner::Result scan = scanner_.scan(unread);
    if (scan.status != wire::FrameScanner::Status::complete) [[unlikely]] {
      wanted_ = scan.size;
      if (scan.status == wire::FrameScanner::Status::need_more) {
        if (scan.size > LongText::shortest) begin_long_text(unread, scan.size, sent_so_far);
        return Feed::fine;
      }
      broken_reason_ = scan.error;
      return Feed::broken;
    }
    if (scan.is_push) [[unlikely]] {  // out of band: never the answer to a command on a lane without subscriptions
      ++pushes_dropped_;
    } else if (unread.front() == '-' && is_second_reply_due(unread.substr(0, scan.size))) [[unlikely]] {
      broken_reason_ = "somebody ended the wait of a command on this connection (CLIENT UNBLOCK), and the server may still run it";
      broken_code_ = Errc::connection_lost;
      return Feed::broken;
    } else if (!deliver(unread.substr(0, scan.size), sent_so_far, finished)) [[unlikely]] {
      broken_reason_ = "the server sent a reply that no command waits for";
      return Feed::broken;
    }
    frame_begin_ += scan.size;
  }
  wanted_ = 0;
  if (block_->capacity() > keep_for_a_while) [[unlikely]] {  // whoever got the reply holds the block; an idle link does not
    block_.reset();
    frame_begin_ = filled_ = 0;
  }
  return Feed::fine;
} catch (const std::exception&) {
  broken_reason_ = "there was no memory to look into a reply";
  return Feed::broken;
}

bool Link::is_on_its_way(const Ticket& ticket) { return line_.numbered(ticket.place_).begin < committed(); }

void Link::abandon(Ticket& ticket) {
  InFlightLine::Place& place = line_.numbered(ticket.place_);
  ticket.state_ = Ticket::State::abandoned;
  ticket.was_sent_ = is_on_its_way(ticket);
  ticket.sent_bytes_ = ticket.was_sent_ ? place.end - place.begin : 0;
  if (ticket.was_sent_) {
    place.ticket = nullptr;
    return;
  }
  retract(ticket);
}

// Takes a command that the kernel has nothing of out of the bytes to be sent, and closes the gap in the line behind it. Where many stand
// behind it, that is put off: a node that takes nothing has thousands given up at once.
void Link::retract(Ticket& ticket) {
  const std::uint64_t behind = line_.first_number() + line_.size() - ticket.place_;
  if (behind > most_moved_at_once_ && !ticket.has_lent_) return withdraw(ticket);  // what is lent must not be looked at any more
  const InFlightLine::Place gone = line_.numbered(ticket.place_);
  const std::uint64_t size = gone.end - gone.begin;
  const bool is_staged = gone.begin < staged_end();
  SendQueue& queue = is_staged ? staged_ : pending_;
  const std::uint64_t front = is_staged ? sent_total_ : staged_end();
  queue.erase(static_cast<std::size_t>(gone.begin - front), static_cast<std::size_t>(size));
  submitted_total_ -= size;
  const std::size_t index = static_cast<std::size_t>(ticket.place_ - line_.first_number());
  for (std::size_t i = index; i + 1 < line_.size(); ++i) {
    InFlightLine::Place next = line_.at(i + 1);
    next.begin -= size;
    next.end -= size;
    if (next.ticket != nullptr) --next.ticket->place_;
    line_.at(i) = next;
  }
  line_.leave_back();
  if (withdrawn_ != 0 && being_sent_ == 0 && is_half_withdrawn()) drop_withdrawn();
}

void Link::withdraw(Ticket& ticket) {
  InFlightLine::Place& place = line_.numbered(ticket.place_);
  place.ticket = nullptr;
  place.is_withdrawn = true;
  withdrawn_ += place.end - place.begin;
  if (being_sent_ == 0 && is_half_withdrawn()) drop_withdrawn();
}

// One walk for all of them. Not while bytes are being sent.
void Link::drop_withdrawn() noexcept {
  const std::uint64_t end_of_staged = staged_end();
  std::size_t at = 0;
  const auto next_below = [&](std::uint64_t front, std::uint64_t end) -> std::optional<SendQueue::Range> {
    while (at < line_.size() && !line_.at(at).is_withdrawn) ++at;
    if (at == line_.size() || line_.at(at).begin >= end) return std::nullopt;
    const InFlightLine::Place& place = line_.at(at++);
    return SendQueue::Range{static_cast<std::size_t>(place.begin - front), static_cast<std::size_t>(place.end - place.begin)};
  };
  staged_.erase_all([&] { return next_below(sent_total_, end_of_staged); });
  pending_.erase_all([&] { return next_below(end_of_staged, submitted_total_); });
  std::uint64_t dropped = 0;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < line_.size(); ++i) {
    InFlightLine::Place place = line_.at(i);
    if (place.is_withdrawn) {
      dropped += place.end - place.begin;
      continue;
    }
    place.begin -= dropped;
    place.end -= dropped;
    if (place.ticket != nullptr) place.ticket->place_ -= i - kept;
    line_.at(kept++) = place;
  }
  line_.shorten(kept);
  submitted_total_ -= dropped;
  withdrawn_ = 0;
}

void Link::fail(const Error& reason, TicketList& finished) noexcept {
  Ticket::Turn turn = scanner_.is_over_limit() ? Ticket::Turn::refused : Ticket::Turn::next;
  const std::shared_ptr<const Error> shared_reason = line_.empty() ? nullptr : share_at_any_cost(reason);
  while (!line_.empty()) {
    const InFlightLine::Place place = line_.front();
    line_.leave_front();
    const Ticket::Turn its_turn = std::exchange(turn, Ticket::Turn::later);
    if (place.ticket == nullptr) continue;
    Ticket& ticket = *place.ticket;
    ticket.state_ = Ticket::State::lost;
    ticket.turn_ = its_turn;
    // A command whose last byte never reached the kernel cannot have run: servers do not run incomplete frames.
    // Of a batch, the first commands may have run as soon as some of it went out.
    ticket.was_sent_ = ticket.expected_ > 1 ? place.begin < handed_over() : place.end <= handed_over();
    ticket.sent_bytes_ = std::min(std::max(handed_over(), place.begin), place.end) - place.begin;
    ticket.failure_ = shared_reason;
    finished.push(ticket);
  }
}

void Link::reset() {
  pending_.clear();
  staged_.clear();
  being_sent_ = direct_ = held_ = withdrawn_ = 0;
  sent_total_ = submitted_total_ = 0;
  block_.reset();
  long_text_.drop();
  frame_begin_ = filled_ = wanted_ = 0;
  scanner_.reset();
  broken_reason_ = "";
  broken_code_ = Errc::protocol_error;
}

void Link::take_over(Link&& begun) {
  begun.pushes_dropped_ += pushes_dropped_;
  begun.replies_discarded_ += replies_discarded_;
  *this = std::move(begun);
}

}  // namespace rediscluster::link
