/// Names of keys that an operation makes for itself, in the slot of a given key. Thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace rediscluster::emulation {

/// What the names of all of them begin with.
inline constexpr std::string_view own_prefix = "rediscluster:";

/// The text between braces that puts a key into this slot: the key's own tag where it is short and free of braces,
/// otherwise a number that was searched for.
std::string tag_beside(std::string_view key);

/// "rediscluster:tmp:{tag}:<32 random hex digits>": may be lost at any time, and expires by itself.
std::string temporary_key(std::string_view beside);

/// "rediscluster:holding:{tag}:<32 random hex digits>:RIGHT:<source>": a key beside `source` that holds what was taken from
/// it, on its way. Does not expire. A source longer than 200 bytes is not named.
/// @param part  what was taken: an element from the "LEFT" or "RIGHT" end, or "ALL" of it.
std::string holding_key(std::string_view source, std::string_view part);

}  // namespace rediscluster::emulation
