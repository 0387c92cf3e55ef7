/// How long a server may wait before it answers a blocking command, read from the command's own words. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <rediscluster/command.hpp>
#include <span>
#include <string>
#include <string_view>

namespace rediscluster {

/// Zero: for ever. Nothing: the command does not wait (no blocking command, XREAD without BLOCK, or no number there).
std::optional<std::chrono::milliseconds> block_timeout(const CommandFacts& facts,
                                                       std::span<const std::string_view> words);

/// Whether the server may take for ever before it answers this blocking command. A year counts as for ever: adding more to a
/// clock's time could overflow.
bool blocks_for_ever(const EncodedCommand& command);

/// The bytes of a blocking command with another timeout, for a server that is to wait for the rest of it only.
/// @param left  less than a millisecond counts as one: zero would be for ever.
/// @return  the bytes unchanged where the timeout is zero, or nobody knows where it stands.
std::string bytes_with_block_timeout(const EncodedCommand& command, std::chrono::milliseconds left);

}  // namespace rediscluster
