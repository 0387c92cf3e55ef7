/// How an attempt ended, read from its ticket, and what is said of connections that a driver ends. For all drivers.
#pragma once

#include "cluster/run/attempt_end.hpp"

namespace rediscluster::cluster {

/// @param reply  the error reply; null: none came.
inline AttemptEnd end_of(const link::Ticket& ticket, const wire::Frame* reply) {
  const bool is_lost = ticket.state() != link::Ticket::State::abandoned;
  return {.reply = reply,
          .failure = reply == nullptr && is_lost ? &ticket.failure() : nullptr,
          .skipped_error = ticket.skipped_error(),
          .was_sent = ticket.was_sent(),
          .was_begun = ticket.sent_bytes() > 0,
          .turn = ticket.turn()};
}

/// Of a single command: its reply is the ticket's, if it has one.
inline AttemptEnd end_of(const link::Ticket& ticket) {
  return end_of(ticket, ticket.state() == link::Ticket::State::done ? &ticket.reply() : nullptr);
}

/// LaneAdvice::end.
inline Error left_reading_error() { return {Errc::connection_lost, "READWRITE was refused", {}, 0, Execution::maybe_executed}; }

}  // namespace rediscluster::cluster
