/// How one attempt of a command ended, and what is to become of its connection: all that Course and whoever drives it tell each
/// other. A driver knows lanes, clocks and how to wait; Course knows none of them.
#pragma once

#include "link/ticket.hpp"

#include <rediscluster/errors.hpp>

namespace rediscluster::cluster {

/// Told by who made the attempt. What it points to must outlive the call.
struct AttemptEnd {
  const wire::Frame* reply = nullptr;  ///< The error reply; null: none came.
  const Error* failure = nullptr;      ///< Lost: why. Null without a reply: given up at the deadline.
  Errc skipped_error{};                ///< Of an ASKING in front, where its reply was skipped.
  bool was_sent = false;               ///< Its last byte may have reached the server.
  bool was_begun = false;              ///< One of its bytes may have.
  bool rode_in_vain = false;           ///< It was sent behind a handshake that failed: see drive::Rider.
  link::Ticket::Turn turn = link::Ticket::Turn::later;  ///< Connection lost: what its reply had to do with that.
};

/// What judging an attempt says about its connection; the driver does it. Of several, the last in this order.
enum class LaneAdvice : std::uint8_t {
  leave,          ///< Nothing: most often.
  end_if_unused,  ///< A fresh one would see something else.
  drain,          ///< The server has forgotten who we are on it.
  end,            ///< It is left in a state that others must not meet.
};

}  // namespace rediscluster::cluster
