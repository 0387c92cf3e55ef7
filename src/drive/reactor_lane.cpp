#include "drive/reactor_lane.hpp"

#include "drive/lost_error.hpp"

#include <algorithm>

namespace rediscluster::drive {
namespace {

// Of thousands in flight, the one whose turn it is was last looked at long ago: what it is a part of is fetched while others are being
// served, two places ahead; and what that points to, one place ahead.
void fetch_ahead(link::Ticket* next) {
  if (next == nullptr) return;
  static_cast<ReactorTicket*>(next)->is_next();
  constexpr std::size_t line = 64;
  const char* const at = reinterpret_cast<const char*>(link::TicketList::after(*next));
  if (at == nullptr) return;
  for (std::size_t offset = 0; offset < ReactorTicket::fetched; offset += line) __builtin_prefetch(at + offset, 1);
}

}  // namespace

ReactorLane::~ReactorLane() {
  if (socket_.is_open()) reactor_.loop().forget(socket_.descriptor(), *this);
  reactor_.forget(*this);
}

bool ReactorLane::open(net::Socket socket, link::Link begun) {
  if (!reactor_.loop().watch(socket.descriptor(), *this)) return false;
  link_.take_over(std::move(begun));
  socket_ = std::move(socket);
  link_.set_plain(!socket_.is_secure());
  last_progress_ = reactor_.now();
  wants_writable_ = false;
  is_readable_ = true;  // some may have come, or stand decrypted already
  serve_soon();
  return true;
}

void ReactorLane::ready(bool readable, bool /*writable*/) noexcept {
  if (readable) {
    is_readable_ = true;
    serve_soon();
  }
  // Also when what there was no room for has been given up: the loop must be told that nobody waits for room any more.
  if (link_.wants_write() || wants_writable_) flush_soon();
}

void ReactorLane::serve_soon() {
  if (is_to_be_served_) return;
  is_to_be_served_ = true;
  reactor_.serve_soon(*this);
}

void ReactorLane::submit(const link::SendQueue& message, ReactorTicket& ticket) {
  flush_soon();
  link_.submit_on_loan(message, ticket);
  note_submitted();
}

void ReactorLane::abandon(ReactorTicket& ticket) {
  link_.abandon(ticket);
  if (ticket.has_lent()) link_.keep_bytes_of(ticket);
}

void ReactorLane::serve(std::size_t& budget) noexcept {
  is_to_be_served_ = false;
  if (finished_.empty() && is_readable_ && is_open()) receive();
  hand_out(budget);
  if (finished_.empty() && end_reason_) {
    if (socket_.is_open()) {
      close();
      hand_out(budget);
    }
    if (finished_.empty()) return owner_.lane_closed(*this, *std::exchange(end_reason_, std::nullopt));
  }
  if ((is_open() && is_readable_) || !finished_.empty()) serve_soon();
  owner_.lane_served();
}

// Once: what is left is told again by the loop, but for what a TLS record holds.
void ReactorLane::receive() noexcept {
  constexpr base::Deadline at_once = base::Deadline::at(base::TimePoint::min());
  is_readable_ = false;
  try {
    const link::Link::Space space = link_.receive_space();
    const net::Socket::Transfer got = socket_.receive(space.data, space.size, at_once, reactor_.now());
    if (got.status == net::Socket::Status::timed_out) return;
    if (got.status != net::Socket::Status::ok) return end(lost_error(got, "waiting for replies"));
    last_progress_ = reactor_.now();
    is_readable_ = got.size == space.size || socket_.is_secure();
    if (link_.received(got.size, finished_) == link::Link::Feed::broken) end(broken_error(link_));
  } catch (const std::bad_alloc&) {
    end({Errc::connection_lost, {}, {}, 0, Execution::maybe_executed});
  }
}

void ReactorLane::hand_out(std::size_t& budget) noexcept {
  for (; budget > 0; --budget) {
    link::Ticket* const ticket = finished_.pop();
    if (ticket == nullptr) break;
    fetch_ahead(finished_.first());
    static_cast<ReactorTicket*>(ticket)->ended();
  }
}

void ReactorLane::flush() noexcept {
  is_to_be_flushed_ = false;
  if (!is_open()) return;
  if (!link_.wants_write()) return want_writable(false);
  const net::Socket::Transfer sent = socket_.send(link_.stage_pieces());
  const bool is_full = sent.status == net::Socket::Status::would_block;
  link_.sent(sent.size, sent.held);
  if (sent.status != net::Socket::Status::ok && !is_full) {
    if (finished_.empty()) take_last_words(socket_, link_, finished_);
    end(lost_error(sent, "sending"));
    return serve_soon();
  }
  const bool has_more = link_.wants_write();
  if (has_more && !is_full) flush_soon();  // another piece, or the kernel took a part: it says itself when it is full
  want_writable(is_full);
}

void ReactorLane::want_writable(bool wanted) noexcept {
  if (wanted == wants_writable_) return;
  wants_writable_ = wanted;
  reactor_.loop().want_writable(socket_.descriptor(), *this, wanted);
}

// Those who are told already stand in memory that a loss would free, so that comes behind them.
void ReactorLane::end(const Error& reason) noexcept {
  if (!is_open()) return;
  end_reason_ = link::copy_at_any_cost(reason);
  serve_soon();
}

void ReactorLane::close() noexcept {
  link_.fail(*end_reason_, finished_);
  reactor_.loop().forget(socket_.descriptor(), *this);
  socket_.close();
  link_.reset();
}

}  // namespace rediscluster::drive
