/// What is known of a command before it is sent: arity, keys, flags, policies, retry class.
/// The rows are recorded from real servers and our overlay by tools/commands/generate; nobody writes one by hand.
/// Rows are immutable and live as long as the program (rows learnt from a server: as long as the client).
#pragma once

#include <rediscluster/cpp20.hpp>

#include <cstdint>
#include <span>
#include <string_view>

namespace rediscluster {

/// Where the keys of a command stand. Positions count from 0 = the command's name, sub-command included as 1.
/// Mirrors the servers' key specifications (redis.io, "Key specifications").
struct KeySpec {
  enum class Begin : std::uint8_t { index, keyword, unknown };
  enum class Find : std::uint8_t { range, keynum, unknown };

  Begin begin = Begin::index;
  Find find = Find::range;
  bool not_key = false;       ///< Routes like a key but is none (SPUBLISH's channel).
  bool incomplete = false;    ///< The specification may miss keys.
  std::int16_t position = 0;  ///< Begin::index: first key. Begin::keyword: start of the search, negative from the end.
  std::string_view keyword{};  ///< Begin::keyword: the token before the first key.
  std::int16_t last_key = 0;   ///< Find::range: last key relative to the first; -1 last argument, -2 the one before.
  std::int16_t step = 1;       ///< Distance from a key to the next one.
  std::int16_t limit = 0;      ///< Find::range with last_key -1: keys end after 1/limit of the rest (2 for XREAD).
  std::int16_t keynum_index = 0;  ///< Find::keynum: where the number of keys stands, relative to the beginning.
  std::int16_t first_key = 0;     ///< Find::keynum: first key, relative to the beginning.
};

/// Flags of a command; the servers' own names in lower case.
enum CommandFlag : std::uint32_t {
  flag_write = 1u << 0,
  flag_read_only = 1u << 1,
  flag_deny_oom = 1u << 2,
  flag_admin = 1u << 3,
  flag_pubsub = 1u << 4,
  flag_no_script = 1u << 5,
  flag_blocking = 1u << 6,
  flag_loading = 1u << 7,
  flag_stale = 1u << 8,
  flag_fast = 1u << 9,
  flag_no_auth = 1u << 10,
  flag_may_replicate = 1u << 11,
  flag_movable_keys = 1u << 12,
  flag_no_mandatory_keys = 1u << 13,
  flag_no_multi = 1u << 14,
  flag_allow_busy = 1u << 15,
  // Ours, from the overlay:
  flag_session = 1u << 16,    ///< Changes the state of its connection (SELECT, MULTI, SUBSCRIBE): refused on shared ones.
  flag_container = 1u << 17,  ///< Has sub-commands and is not callable by itself (CONFIG, CLIENT).
  flag_module = 1u << 18,     ///< Belongs to a module (JSON, search, Bloom, time series).
  flag_learnt = 1u << 19,     ///< Not in our table: all that is known of it is what a server's COMMAND INFO says.
};

/// Which nodes a command without a single slot goes to.
enum class RequestPolicy : std::uint8_t {
  by_key,       ///< The slot of its keys; without keys: any primary.
  any_node,     ///< One node, which one does not matter.
  all_nodes,    ///< Every primary and replica.
  all_shards,   ///< Every primary.
  multi_shard,  ///< Split by slot, one part per slot, merged again.
  by_slot,      ///< The argument at `slot_argument` is a slot number.
  by_node,      ///< Meant for one node that the caller names (CLUSTER FAILOVER, SHUTDOWN).
  special,      ///< Needs code of its own (SCAN, RANDOMKEY).
};

/// How the replies of several nodes or parts become one.
enum class ResponsePolicy : std::uint8_t {
  first,          ///< There is one reply, or any of them will do.
  all_succeeded,  ///< The first reply, if every one is a success; otherwise the first error.
  one_succeeded,  ///< The first success; only if there is none, an error.
  agg_sum,
  agg_min,
  agg_max,
  agg_logical_and,
  agg_logical_or,
  concatenate,    ///< Arrays one after the other (KEYS).
  union_of_sets,  ///< Arrays one after the other without repeats (PUBSUB CHANNELS).
  sum_by_name,    ///< Flat name/number arrays, numbers of the same name added (PUBSUB NUMSUB).
  by_key_order,   ///< Array elements back in the order of the keys (MGET).
  per_node,       ///< Not mergeable: the caller gets one reply a node.
  special,        ///< Needs code of its own.
};

/// Whether sending the command twice is harmless.
enum class RetryClass : std::uint8_t {
  read_only,    ///< Reads nothing but data: repeat at will.
  idempotent,   ///< A write whose second run leaves the same data as the first (its reply may differ: DEL).
  conditional,  ///< Idempotent unless one of `not_idempotent_with` stands among its arguments (SET k v NX).
  never,        ///< A second run changes the data again (INCR, LPUSH), or nothing is known.
  once,         ///< No second run whatever the user allows: what ends servers and connections (SHUTDOWN, CLIENT KILL), and the
                ///< client's own steps whose reply decides what comes next.
};

/// One row of the table of commands.
struct CommandFacts {
  std::string_view name{};     ///< Upper case, sub-command after one space: "CONFIG GET".
  std::string_view encoded{};  ///< RESP bulk strings of the name's words: "$6\r\nCONFIG\r\n$3\r\nGET\r\n".
  std::int16_t words = 1;    ///< Words in the name.
  std::int16_t arity = -1;   ///< Arguments with the name; negative: at least that many.
  std::uint32_t flags = 0;
  RequestPolicy request = RequestPolicy::by_key;
  ResponsePolicy response = ResponsePolicy::first;
  RetryClass retry = RetryClass::never;
  std::int8_t slot_argument = 0;  ///< RequestPolicy::by_slot: position of the slot number.
  std::span<const KeySpec> keys{};
  std::string_view not_idempotent_with{};  ///< RetryClass::conditional: tokens separated by one space, e.g. "NX XX GET".
  std::string_view group{};                ///< "string", "hash", ... as the servers name it.
  std::string_view since{};                ///< "7.0.0": Redis, or "valkey 8.1.0".

  constexpr bool has(CommandFlag flag) const { return (flags & flag) != 0; }
  constexpr bool is_read_only() const { return has(flag_read_only); }
};

}  // namespace rediscluster
