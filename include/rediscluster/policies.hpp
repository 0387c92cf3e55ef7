/// What a user allows the client to do with his commands. Plain values.
#pragma once

#include <cstdint>

namespace rediscluster {

/// Which commands the client may send again when it cannot know whether a server has run them
/// (the connection was lost or timed out after the last byte was sent). Commands that provably did not run are always
/// sent again. Source: facts of every command's retry class, docs/commands.md.
enum class Resend : std::uint8_t {
  reads,              ///< Only read-only commands. A write in doubt ends in an error that says maybe_executed.
  idempotent_writes,  ///< Also writes whose second run leaves the same data: SET, DEL, HSET, ... but never INCR or LPUSH.
  everything,         ///< Everything, as many clients do silently: an INCR may count twice.
};

/// What to do with a command whose keys live in several slots and that can be split (MGET, MSET, DEL, ...).
enum class CrossSlot : std::uint8_t {
  split,   ///< Run it part by part: not atomic across slots.
  refuse,  ///< Errc::cross_slot_refused, nothing sent.
};

}  // namespace rediscluster
