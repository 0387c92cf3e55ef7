/// What an error reply proves about the command that it answers. Pure.
/// Servers look at a command before they run it, and say no with an error; of almost all commands an error reply therefore proves
/// that nothing has run. Not so where a command runs others, or talks to another server: it may fail half-way, in words of its own.
/// Source: the texts in the binaries of Redis 7.0.15, Redis 8.0.2 and Valkey 8.1.1; docs/decisions/retry-table.md.
#pragma once

#include "commands/command_view.hpp"

#include <rediscluster/errors.hpp>

#include <string_view>

namespace rediscluster::routing {

/// Whether a command may fail after it has written: scripts and functions (but for the read-only forms), MIGRATE, and writes of
/// which nothing is known but what a server says of them.
bool may_fail_halfway(const CommandFacts& facts);

/// Whether an error reply proves that the command has not run: always, unless it may fail half-way; then only in the words with
/// which servers refuse a command before they begin. A redirect is believed for the slot of the command's own keys alone.
/// @param error_line  the text, with or without the leading '-' and the CR LF.
bool proves_not_run(std::string_view error_line, const CommandView& command);

/// The Error of an error reply to this command: refusal_of(), with what the reply proves. Errc::no_script is only what a server says
/// that lacks the script; a script that uses the word gives Errc::response_error.
Error error_of_refusal(const CommandView& command, std::string_view error_line, const NodeAddress& node = {});

}  // namespace rediscluster::routing
