/// How an attempt ended that a reactor made.
#pragma once

#include "cluster/run/attempt_end.hpp"

namespace rediscluster::cluster {

/// @param reply  the error reply; null: none came.
inline AttemptEnd end_of(const link::Ticket& ticket, const wire::Frame* reply) {
  return {.reply = reply,
          .failure = reply == nullptr && ticket.state() == link::Ticket::State::lost ? &ticket.failure() : nullptr,
          .skipped_error = ticket.skipped_error(),
          .was_sent = ticket.was_sent(),
          .was_begun = ticket.sent_bytes() > 0,
          .turn = ticket.turn()};
}

/// Of a single command: its reply is the ticket's, if it has one.
inline AttemptEnd end_of(const link::Ticket& ticket) {
  return end_of(ticket, ticket.state() == link::Ticket::State::done ? &ticket.reply() : nullptr);
}

}  // namespace rediscluster::cluster
