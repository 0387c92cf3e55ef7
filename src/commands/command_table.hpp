/// The compiled-in table of commands: all of Redis up to 8.10 with its modules, and Valkey's own.
/// Constant, so shared by all threads. Knows nothing of commands a server learnt later: see facts_from_server.hpp.
#pragma once

#include <rediscluster/command_facts.hpp>
#include <span>
#include <string_view>

namespace rediscluster {

/// The row of a command by its first words, in any case.
/// @param first_word   "GET", "config".
/// @param second_word  The next argument, whatever it is; empty if there is none. Looked at only when the first word
/// has
///                     sub-commands.
/// @return  The row of the two-word command, else that of the first word alone (for an unknown or missing sub-command:
/// the
///          row of the container, see flag_container), else null. No allocation.
const CommandFacts* find_command(std::string_view first_word, std::string_view second_word = {});

/// All rows, sorted by name.
std::span<const CommandFacts* const> all_commands();

}  // namespace rediscluster
