/// Options of commands: what stands after the fixed arguments. Made for designated initialisers:
/// `cluster.set("k", "v", {.expire_in = 10s, .only_if = Exists::no})`. Every field has a default that sends nothing.
/// Plain values; share them freely. They hold no keys, so they never take part in routing.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <rediscluster/arguments.hpp>
#include <rediscluster/time_span.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace rediscluster {

class EncodedCommand;

/// Whether the key (or member) must exist already.
enum class Exists : std::uint8_t { any, yes, no };

/// A part of a result: `count` elements after the first `offset`. A negative count means all of them.
struct Limit {
  std::int64_t offset = 0;
  std::int64_t count = -1;
};

// ---- keys

/// When EXPIRE and its relatives may change the expiry of a key. All but `always` need Redis 7.0.
enum class ExpireIf : std::uint8_t {
  always,
  none_set,  ///< NX: the key has no expiry yet.
  some_set,  ///< XX: the key has one.
  later,     ///< GT: the new one is later.
  sooner,    ///< LT: the new one is sooner.
};

struct CopyOptions {
  bool replace = false;  ///< Overwrite the destination.
};

struct RestoreOptions {
  bool replace = false;                             ///< Overwrite the key.
  bool absolute_ttl = false;                        ///< The time to live is a Unix time in milliseconds.
  std::optional<std::chrono::seconds> idle_time{};  ///< Idle time to give the key.
  std::optional<std::int64_t> frequency{};          ///< Access frequency to give the key.
};

/// SCAN. The server looks at about `count` keys a call, whether they match or not.
struct ScanOptions {
  std::optional<std::string> match{};
  std::optional<std::int64_t> count{};
  std::optional<std::string> type{};
};

/// HSCAN, SSCAN, ZSCAN.
struct MatchOptions {
  std::optional<std::string> match{};
  std::optional<std::int64_t> count{};
};

struct SortOptions {
  std::optional<std::string>
      by{};  ///< Pattern of the keys to sort by. In a cluster it must lie in the slot of the key.
  std::optional<Limit> limit{};
  std::vector<std::string> get{};  ///< Patterns of what to return instead of the elements.
  bool descending = false;
  bool alphabetical = false;  ///< As text, not as numbers.
};

// ---- strings and bitmaps

/// SET. At most one of `expire_in`, `expire_at` and `keep_ttl`.
struct SetOptions {
  std::optional<TimeSpan> expire_in{};
  std::optional<std::chrono::system_clock::time_point> expire_at{};
  Exists only_if = Exists::any;
  bool keep_ttl = false;
  std::optional<std::string> if_equals{};  ///< Only if the present value is this (Redis 8.4, Valkey 8.1).
};

/// GETEX. At most one of them; none leaves the expiry alone.
struct GetexOptions {
  std::optional<TimeSpan> expire_in{};
  std::optional<std::chrono::system_clock::time_point> expire_at{};
  bool persist = false;  ///< Take the expiry away.
};

enum class BitUnit : std::uint8_t { byte, bit };

/// `diff` and what follows need Redis 8.2.
enum class BitOperation : std::uint8_t { bit_and, bit_or, bit_xor, bit_not, diff, diff1, andor, one };

/// The operations of one BITFIELD, in order: `BitfieldOperations().set("u8", 0, 200).overflow(...).incrby("u8", 0,
/// 100)`. Types are "u1".."u63" and "i1".."i64"; an offset is a number of bits, or "#2" for the third field of that
/// type.
class BitfieldOperations {
 public:
  enum class Overflow : std::uint8_t { wrap, saturate, fail };

  BitfieldOperations& get(std::string_view type, const Arg& offset);
  BitfieldOperations& set(std::string_view type, const Arg& offset, std::int64_t value);
  BitfieldOperations& incrby(std::string_view type, const Arg& offset, std::int64_t increment);
  /// What the `incrby` and `set` after it do at the ends of their range.
  BitfieldOperations& overflow(Overflow overflow);

  const std::vector<std::string>& words() const { return words_; }

 private:
  std::vector<std::string> words_;
};

// ---- lists

enum class ListEnd : std::uint8_t { left, right };
enum class InsertPlace : std::uint8_t { before, after };

struct LposOptions {
  std::optional<std::int64_t> rank{};    ///< 2: the second match; -1: the first one from the right.
  std::optional<std::int64_t> maxlen{};  ///< Look at no more elements than this.
};

// ---- hashes

/// HGETEX. At most one of them.
using FieldExpiry = GetexOptions;

/// HSETEX. At most one of `expire_in`, `expire_at` and `keep_ttl`.
struct HsetexOptions {
  std::optional<TimeSpan> expire_in{};
  std::optional<std::chrono::system_clock::time_point> expire_at{};
  Exists only_if = Exists::any;  ///< Whether all of the fields, or none of them, must exist already.
  bool keep_ttl = false;
};

// ---- sorted sets

/// Whether an update must raise or lower the score of a member that exists.
enum class ScoreChange : std::uint8_t { any, greater, less };

struct ZaddOptions {
  Exists only_if = Exists::any;
  ScoreChange update_if = ScoreChange::any;
  bool count_changed = false;  ///< Count changed members too, not only new ones.
};
using ZAddOptions = ZaddOptions;

/// What the two ends of ZRANGE are.
enum class ZrangeBy : std::uint8_t {
  rank,
  score,  ///< "(1.5" excludes the end; "-inf" and "+inf" are allowed.
  lex,    ///< "[a" includes, "(a" excludes; "-" and "+" are the ends.
};

/// `limit` goes with score and lex only. With `reverse` the higher end stands first.
struct ZrangeOptions {
  ZrangeBy by = ZrangeBy::rank;
  bool reverse = false;
  std::optional<Limit> limit{};
};
using ZRangeOptions = ZrangeOptions;

enum class ScoreEnd : std::uint8_t { min, max };
enum class Aggregate : std::uint8_t { sum, min, max };

struct ZaggregateOptions {
  std::vector<double> weights{};  ///< One a key; empty: 1 for each.
  Aggregate aggregate = Aggregate::sum;
};

// ---- servers

enum class FlushMode : std::uint8_t { server_default, async, sync };
enum class PauseMode : std::uint8_t { all, write };
enum class FailoverMode : std::uint8_t { normal, force, takeover };
enum class ResetMode : std::uint8_t { soft, hard };
enum class SlotState : std::uint8_t { importing, migrating, node, stable };

namespace detail {

void encode(EncodedCommand& command, Limit limit);
void encode(EncodedCommand& command, ExpireIf condition);
void encode(EncodedCommand& command, const CopyOptions& options);
void encode(EncodedCommand& command, const RestoreOptions& options);
void encode(EncodedCommand& command, const ScanOptions& options);
void encode(EncodedCommand& command, const MatchOptions& options);
void encode(EncodedCommand& command, const SortOptions& options);
void encode(EncodedCommand& command, const SetOptions& options);
void encode(EncodedCommand& command, const GetexOptions& options);
void encode(EncodedCommand& command, BitUnit unit);
void encode(EncodedCommand& command, BitOperation operation);
void encode(EncodedCommand& command, const BitfieldOperations& operations);
void encode(EncodedCommand& command, ListEnd end);
void encode(EncodedCommand& command, InsertPlace place);
void encode(EncodedCommand& command, const LposOptions& options);
void encode(EncodedCommand& command, const HsetexOptions& options);
void encode(EncodedCommand& command, const ZaddOptions& options);
void encode(EncodedCommand& command, const ZrangeOptions& options);
void encode(EncodedCommand& command, ScoreEnd end);
void encode(EncodedCommand& command, const ZaggregateOptions& options);
void encode(EncodedCommand& command, FlushMode mode);
void encode(EncodedCommand& command, PauseMode mode);
void encode(EncodedCommand& command, FailoverMode mode);
void encode(EncodedCommand& command, ResetMode mode);
void encode(EncodedCommand& command, SlotState state);

/// COUNT and a number, when there is one.
void encode_count(EncodedCommand& command, const std::optional<std::int64_t>& count);
/// The ttl of RESTORE; one that servers cannot add to their clock is refused.
void encode_life(EncodedCommand& command, std::chrono::milliseconds ttl);
/// Seconds with up to three decimals, as blocking commands take them; also tells the command how long the server may
/// wait.
void encode_timeout(EncodedCommand& command, std::chrono::milliseconds timeout);
/// Unix times.
void encode_seconds(EncodedCommand& command, std::chrono::system_clock::time_point time);
void encode_milliseconds(EncodedCommand& command, std::chrono::system_clock::time_point time);

}  // namespace detail
}  // namespace rediscluster
