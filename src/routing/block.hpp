/// A block of commands between MULTI and EXEC: whether its keys share a slot, and what its replies say. Pure.
/// Source of the outcomes: the servers' execCommand and processCommand (a refusal of a queued command, a redirect
/// included, is told in that command's own reply; EXEC then only says EXECABORT).
#pragma once

#include "commands/command_view.hpp"
#include "wire/frame.hpp"

#include <rediscluster/command_facts.hpp>
#include <rediscluster/result.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace rediscluster::routing {

/// The slot that all commands with keys share; EncodedCommand::no_slot when none has a key.
/// @param first  counts with them: the slot of watched keys, or no_slot.
/// Errors: Errc::cross_slot, listing the keys of the commands with their slots.
Result<int> common_slot(std::span<const CommandView> commands, int first = EncodedCommand::no_slot);

/// Whether a command may stand between MULTI and EXEC. Errors: Errc::not_allowed, saying why and what to do instead.
Result<void> check_in_block(const CommandView& command);

/// What a second run of the whole block does. A block that reads beside a write, or copies from other keys beside another
/// write (COPY, SINTERSTORE), is not idempotent even if each of its commands is: it would see what it wrote itself.
RetryClass block_retry_class(std::span<const CommandView> commands);

/// What the replies to MULTI, the queued commands and EXEC come to.
struct BlockOutcome {
  static constexpr std::ptrdiff_t not_a_command = -1;

  enum class Kind : std::uint8_t {
    ran,         ///< EXEC gave an array with one reply a command.
    watch_lost,  ///< EXEC gave nil: a watched key was changed; nothing has run.
    refused,     ///< `error` says why; nothing has run.
    ran_loose,   ///< MULTI was refused, but not what followed it: commands have run one by one.
    unknown,     ///< The replies end before they tell.
    damaged,     ///< EXEC gave something that is none of these.
  };
  Kind kind = Kind::unknown;
  wire::Frame error{};                       ///< An error reply, or one made of what EXECABORT quotes.
  std::ptrdiff_t refused = not_a_command;    ///< Which queued command was refused, counted from 0.
  bool multi_refused = false;                ///< Then EXEC was no EXEC, and what was watched before still is.
  bool may_be_left_open = false;             ///< EXEC was refused for itself: the connection may still be within MULTI, and must end.
};

/// @param replies   those that came, in order: MULTI, each command, EXEC.
/// @param commands  how many there are between MULTI and EXEC.
BlockOutcome read_block(std::span<const wire::Frame> replies, std::size_t commands);

/// The elements of EXEC's array, as frames that share its block. As many as there are commands.
Result<std::vector<wire::Frame>> elements_of(const wire::Frame& exec, std::size_t commands);

}  // namespace rediscluster::routing
