/// What a user allows the client to do with his commands. Plain values.
#pragma once

#include <rediscluster/cpp20.hpp>

#include <cstdint>

namespace rediscluster {

/// Which commands the client may send again when it cannot know whether a server has run them
/// (the connection was lost or timed out after the last byte was sent). Commands that provably did not run are always
/// sent again. Source: facts of every command's retry class, docs/commands.md.
enum class Resend : std::uint8_t {
  reads,              ///< Only read-only commands. A write in doubt ends in an error that says maybe_executed.
  idempotent_writes,  ///< Also writes whose second run leaves the same data: SET, DEL, HSET, ... but never INCR or LPUSH.
  everything,         ///< As many clients do silently: an INCR may count twice. Not what ends servers or connections (SHUTDOWN).
};

/// What to do with a command whose keys live in several slots and that can be split (MGET, MSET, DEL, ...).
enum class CrossSlot : std::uint8_t {
  split,   ///< Run it part by part: not atomic across slots.
  refuse,  ///< Errc::cross_slot_refused, nothing sent.
};

/// Which copy of a shard answers commands that only read its data. Replicas may lag behind: a client can read less than
/// it has written. A copy that is down, loading or out of touch with its primary is passed over within the same call.
/// Always to the primary: writes, commands without keys, cursors (HSCAN, SSCAN, ZSCAN), TOUCH, and what blocks.
enum class ReadFrom : std::uint8_t {
  primary,         ///< Only the primary.
  prefer_replica,  ///< A random replica; the primary when there is none in order.
  any,             ///< A random one of all copies, the primary included.
  lowest_latency,  ///< The copy that answered fastest lately; now and then another one, to see whether that has changed.
  same_zone,       ///< A replica in `options.availability_zone`, else the primary there, else a replica elsewhere. Zones are
                   ///< what the servers tell: CLUSTER SLOTS (Valkey 9.1), or HELLO (Valkey 8.1) with RESP3.
};

}  // namespace rediscluster
