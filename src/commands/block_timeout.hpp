/// How long a server may wait before it answers a blocking command, read from the command's own words. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <rediscluster/command_facts.hpp>
#include <span>
#include <string_view>

namespace rediscluster {

/// Zero: for ever. Nothing: the command does not wait (no blocking command, XREAD without BLOCK, or no number there).
std::optional<std::chrono::milliseconds> block_timeout(const CommandFacts& facts,
                                                       std::span<const std::string_view> words);

}  // namespace rediscluster
