#include "drive/exchange.hpp"

#include "link/handshake.hpp"
#include "wire/error_reply.hpp"

namespace rediscluster::drive {
namespace {

Result<void> send_all(net::Socket& socket, link::Link& link, base::Deadline deadline) {
  while (link.wants_write()) {
    const net::Socket::Transfer transfer = socket.send(link.stage());
    link.sent(transfer.size);
    if (transfer.status == net::Socket::Status::ok) continue;
    if (transfer.status != net::Socket::Status::would_block) {
      return fail(Errc::connection_lost, "while sending: " + net::Socket::describe(transfer));
    }
    if (socket.wait_writable(false, deadline) == net::Socket::Status::timed_out) {
      return fail(Errc::timed_out, "the peer takes no bytes");
    }
  }
  return {};
}

// A server that takes no more clients, or none from outside, says so once and closes.
std::string last_words(const link::Ticket& ticket, std::span<const wire::Frame> replies, std::string_view secret) {
  if (ticket.received() == 0 || !replies[ticket.received() - 1].is_error()) return {};
  std::string said(wire::error_text(replies[ticket.received() - 1].bytes()));
  link::mask(said, secret);
  return "; it said: " + wire::error_from_reply(said).message;
}

}  // namespace

Result<void> exchange(net::Socket& socket, Opening& opening, std::string_view bytes, std::span<wire::Frame> replies,
                      base::Deadline deadline, std::string_view secret) {
  link::Link& link = opening.link;
  link::Ticket ticket(replies);
  link.submit(bytes, ticket);
  Rider* const rider = std::exchange(opening.rider, nullptr);
  if (rider != nullptr) link.submit(rider->bytes, rider->ticket);
  const Result<void> sent = send_all(socket, link, deadline);
  if (const auto* meanwhile = std::exchange(opening.wishes.meanwhile, nullptr)) (*meanwhile)();
  // Why a peer takes no more it may have said before: what has come is read even then, without waiting for more.
  const base::Deadline patience = sent ? deadline : base::Deadline::at(base::TimePoint::min());
  Result<void> outcome;
  while (outcome && ticket.waiting()) {
    const link::Link::Space space = link.receive_space();
    const net::Socket::Transfer transfer = socket.receive(space.data, space.size, patience);
    link::TicketList finished;
    if (transfer.status == net::Socket::Status::failed && transfer.reason != nullptr) {
      outcome = fail(Errc::tls_failed, "during the handshake: " + net::Socket::describe(transfer));
    } else if (transfer.status != net::Socket::Status::ok && !sent) {
      outcome = sent;
    } else if (transfer.status == net::Socket::Status::timed_out) {
      outcome = fail(Errc::timed_out, "connected, but no answer to the handshake in time");
    } else if (transfer.status != net::Socket::Status::ok) {
      outcome = fail(Errc::connection_lost, "during the handshake: " + net::Socket::describe(transfer));
    } else if (link.received(transfer.size, finished) == link::Link::Feed::broken) {
      outcome = fail(Errc::protocol_error, link.broken_reason());
    } else if (ticket.waiting() && sent && deadline.passed(base::Clock::now())) {
      outcome = fail(Errc::timed_out, "connected, but the handshake was not answered in time, though the server goes on talking");
    }
  }
  if (!outcome) outcome.error().message += last_words(ticket, replies, secret);
  if (ticket.waiting()) {  // take the ticket out of the line before it dies; the rider goes, too
    link::TicketList finished;
    link.fail({}, finished);
  }
  if (rider != nullptr && rider->ticket.state() == link::Ticket::State::lost) {
    opening.rode_in_vain = rider->ticket.was_sent();
    rider->ticket.renew();
  }
  return outcome;
}

}  // namespace rediscluster::drive
