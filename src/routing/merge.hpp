/// Makes one reply of the replies of several nodes or parts. Works on frames, blind to C++ types. Pure.
#pragma once

#include "wire/frame.hpp"

#include <rediscluster/command_facts.hpp>
#include <rediscluster/result.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace rediscluster::routing {

/// @param policy   how: see ResponsePolicy. `special` and `per_node` give the first reply that is not nil.
/// @param replies  none of them an error reply, at least one.
/// @param keys     by_key_order only: for each reply, which keys of the whole command its elements belong to.
/// @param key_count  by_key_order only: keys of the whole command.
/// Errors: Errc::unexpected_reply (executed) when a reply has not the shape the policy needs.
Result<wire::Frame> merge(ResponsePolicy policy, std::span<const wire::Frame> replies,
                          std::span<const std::span<const std::uint32_t>> keys = {}, std::uint32_t key_count = 0);

}  // namespace rediscluster::routing
