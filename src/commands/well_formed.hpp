/// What can be said of a command before anything is sent: number of arguments, lengths, impossible options. Pure.
#pragma once

#include <rediscluster/command.hpp>

#include <cstddef>
#include <cstdint>

namespace rediscluster {

/// @param given  words of the whole command, name included.
inline bool has_right_arity(const CommandFacts& facts, std::size_t given) {
  if (given < static_cast<std::size_t>(facts.words)) return false;
  if (facts.arity < 0) return given >= static_cast<std::size_t>(-facts.arity);
  return given == static_cast<std::size_t>(facts.arity);
}
/// "GET takes 1 argument, but got 2". Errc::wrong_arity.
Failure fail_arity(const CommandFacts& facts, std::size_t given);

/// @param longest_argument  in bytes; servers refuse more (proto-max-bulk-len) and close the connection.
/// Errors: Errc::wrong_arity; bad_option for options that exclude each other; too_large, naming the argument.
/// Commands that need at least one key and have none pass: that is a matter of routing.
Result<void> check_well_formed(const EncodedCommand& command, std::uint64_t longest_argument);

/// Whether nothing speaks against the command, at one glance. False: perhaps something does, check_well_formed() says what.
inline bool is_well_formed(const EncodedCommand& command, std::uint64_t longest_argument) {
  return has_right_arity(command.facts(), static_cast<std::size_t>(command.argument_count())) && command.refusal() == nullptr &&
         command.size() <= longest_argument;
}

}  // namespace rediscluster
