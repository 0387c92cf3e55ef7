/// What to do after a command did not end in a plain reply: the retry table of the project as one pure function.
/// Source: docs/decisions/retry-table.md; every row has a test.
#pragma once

#include "commands/command_view.hpp"

#include <rediscluster/command_facts.hpp>
#include <rediscluster/errors.hpp>
#include <rediscluster/policies.hpp>

#include <cstdint>

namespace rediscluster::routing {

/// What happened to one attempt.
struct Happening {
  enum class Kind : std::uint8_t {
    error_reply,     ///< The server answered with an error of class `code`.
    not_connected,   ///< No connection could be made; `code` says why.
    connection_lost, ///< The connection ended, or its bytes made no sense; `was_sent` says how far the command got.
    timed_out,       ///< The attempt's time passed; `was_sent` likewise.
  };
  Kind kind = Kind::error_reply;
  Errc code = Errc::response_error;
  bool was_sent = true;  ///< The last byte of the command was handed to the kernel.
  bool was_refused_here = false;  ///< connection_lost: the reply was more than the limits allow. It would be again.
  bool ends_connection = false;   ///< The end of the connection is what the command asks for, see asks_for_the_end().
  bool may_have_run = false;  ///< error_reply: it does not prove that the command has not run, see proves_not_run().
};

/// What to do next.
struct Verdict {
  enum class Action : std::uint8_t {
    done,     ///< It has done what it was sent for, though there is no reply.
    surface,  ///< Give the error to the caller.
    redirect, ///< Send again at once to the address in the reply.
    again,    ///< Send again at once, by the map as it is then.
    backoff,  ///< Send again after a pause, by the map as it is then.
  };
  Action action = Action::surface;
  bool asking = false;   ///< redirect: with ASKING in front, for this once.
  bool learn = false;    ///< redirect: the slot has moved for good.
  bool refresh = false;  ///< Ask for the topology.
  Execution execution = Execution::not_executed;

  friend bool operator==(const Verdict&, const Verdict&) = default;
};

/// Whether a command that may have run may be sent again.
bool may_resend(RetryClass retry, Resend allowed);

/// @param retry  class of this command with its arguments (conditional resolved).
/// Pure: bounds on attempts and time are the caller's.
Verdict judge(const Happening& happening, RetryClass retry, Resend allowed);

/// Whether the server answers this command by ending: SHUTDOWN, unless it takes one back.
bool asks_for_the_end(const CommandView& command);

}  // namespace rediscluster::routing
