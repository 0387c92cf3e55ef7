/// Times to live that servers accept and cannot keep. Pure.
#pragma once

#include <cstdint>
#include <limits>

namespace rediscluster {

/// Of RESTORE, in milliseconds: the other commands check by themselves. Half of what 64 bits hold is 146 million years.
inline bool is_absurd_life(std::int64_t ttl) { return ttl > std::numeric_limits<std::int64_t>::max() / 2; }

inline constexpr const char* absurd_life =
    "its ttl is beyond 146 million years: servers add it to their clock without looking, and the sum overflows (the key is gone, Valkey 8.1 may end)";

}  // namespace rediscluster
