/// Options of the stream commands; see options/command.hpp for the manner.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <rediscluster/arguments.hpp>
#include <rediscluster/time_span.hpp>
#include <string>
#include <utility>

namespace rediscluster {

class EncodedCommand;

/// How much of the old end of a stream is cut off: `StreamTrim::max_length(1000).approximately()`.
class StreamTrim {
 public:
  /// Keeps the newest `entries`.
  static StreamTrim max_length(std::int64_t entries) { return StreamTrim("MAXLEN", std::to_string(entries)); }
  /// Keeps entries from this id on (Redis 6.2).
  static StreamTrim min_id(std::string id) { return StreamTrim("MINID", std::move(id)); }

  /// The server may keep a few more, where that saves it work: recommended.
  /// @param limit  look at no more entries than this (Redis 6.2); 0: no limit. Empty: the server's default.
  StreamTrim& approximately(std::optional<std::int64_t> limit = {}) {
    is_approximate_ = true;
    limit_ = limit;
    return *this;
  }

  const char* strategy() const { return strategy_; }
  const std::string& threshold() const { return threshold_; }
  bool is_approximate() const { return is_approximate_; }
  std::optional<std::int64_t> limit() const { return limit_; }

 private:
  StreamTrim(const char* strategy, std::string threshold) : strategy_(strategy), threshold_(std::move(threshold)) {}

  const char* strategy_;
  std::string threshold_;
  bool is_approximate_ = false;
  std::optional<std::int64_t> limit_{};  // only with "~": servers refuse it otherwise
};

/// What becomes of groups that still hold an entry which is deleted (Redis 8.2).
enum class StreamReferences : std::uint8_t {
  server_default,  ///< As `keep`, understood by every version.
  keep,            ///< KEEPREF: groups keep the id as pending.
  remove,          ///< DELREF: the entry leaves the groups too.
  acknowledged,    ///< ACKED: only entries that all groups have acknowledged are deleted.
};

/// Who sends an entry, so that the server adds it only once, however often it is sent (Redis 8.6). An XADD with a
/// producer is repeated after a lost connection; one without is not.
struct StreamProducer {
  std::string id;
  std::optional<std::string> message_id{};  ///< Empty: the server makes one from the fields (IDMPAUTO).
};

struct XaddOptions {
  std::string id = "*";  ///< "*": the server makes one; "1526919030474-*": it makes the second half (Redis 7.0).
  std::optional<StreamTrim> trim{};
  bool only_if_exists = false;  ///< NOMKSTREAM: do not make a stream (Redis 6.2); gives an empty result then.
  StreamReferences references = StreamReferences::server_default;
  std::optional<StreamProducer> producer{};
};

/// XREAD.
struct XreadOptions {
  std::optional<std::int64_t> count{};              ///< At most this many of each stream.
  std::optional<TimeSpan> block{};  ///< Wait so long for an entry; zero: for ever.
  std::optional<std::int64_t> max_count{};          ///< At most this many of all streams together (Redis 8.10).
  std::optional<std::int64_t> max_size{};           ///< MAXSIZE (Redis 8.10).
};

/// XREADGROUP.
struct XreadgroupOptions {
  std::optional<std::int64_t> count{};               ///< At most this many of each stream.
  std::optional<TimeSpan> block{};  ///< Wait so long for an entry; zero: for ever.
  std::optional<TimeSpan> claim{};  ///< With ">": first take what others left pending so long (Redis 8.4).
  bool no_ack = false;                               ///< Take entries as acknowledged when they are delivered.
  std::optional<std::int64_t> max_count{};           ///< At most this many of all streams together (Redis 8.10).
  std::optional<std::int64_t> max_size{};            ///< MAXSIZE (Redis 8.10).
};

struct XgroupCreateOptions {
  bool mkstream = false;                       ///< Make an empty stream when there is none.
  std::optional<std::int64_t> entries_read{};  ///< How many the group is taken to have read, for its lag (Redis 7.0).
};

/// XPENDING with a range.
struct XpendingOptions {
  std::string start = "-";
  std::string end = "+";
  std::int64_t count = 10;
  std::optional<std::string> consumer{};                ///< Only what is pending for this one.
  std::optional<TimeSpan> min_idle{};  ///< Only what is pending so long (Redis 6.2).
};

/// XCLAIM. At most one of `idle` and `delivered_at`.
struct XclaimOptions {
  std::optional<TimeSpan> idle{};                      ///< Idle time to set instead of zero.
  std::optional<std::chrono::system_clock::time_point> delivered_at{};  ///< The same as a time.
  std::optional<std::int64_t> deliveries{};  ///< RETRYCOUNT: what to set the counter to.
  bool force = false;                        ///< Make entries pending that are not, if the stream has them.
  std::optional<std::string> last_id{};      ///< LASTID: raise the group's last delivered id.
};

struct XsetidOptions {
  std::optional<std::int64_t> entries_added{};      ///< Redis 7.0
  std::optional<std::string> max_deleted_id{};  ///< Redis 7.0
};

/// How long and how many messages of producers a stream remembers (Redis 8.6).
struct XcfgsetOptions {
  std::optional<std::chrono::seconds> duration{};
  std::optional<std::int64_t> max_size{};
};

/// Why an entry is given back (Redis 8.8).
enum class NackMode : std::uint8_t {
  silent,  ///< It was not tried.
  fail,    ///< It was tried in vain.
  fatal,   ///< Nobody will succeed: the counter of deliveries is set to its end.
};

struct XnackOptions {
  std::optional<std::int64_t> deliveries{};  ///< RETRYCOUNT: what to set the counter to.
  bool force = false;                        ///< Make entries pending that are not.
};

namespace detail {

void encode(EncodedCommand& command, const StreamTrim& trim);
void encode(EncodedCommand& command, StreamReferences references);
void encode(EncodedCommand& command, const XaddOptions& options);
void encode(EncodedCommand& command, const XreadOptions& options);
void encode(EncodedCommand& command, const XreadgroupOptions& options);
void encode(EncodedCommand& command, const XgroupCreateOptions& options);
void encode(EncodedCommand& command, const XpendingOptions& options);
void encode(EncodedCommand& command, const XclaimOptions& options);
void encode(EncodedCommand& command, const XsetidOptions& options);
void encode(EncodedCommand& command, const XcfgsetOptions& options);
void encode(EncodedCommand& command, NackMode mode);
void encode(EncodedCommand& command, const XnackOptions& options);

/// STREAMS, the first of each pair as keys, then the second of each pair.
void encode_streams(EncodedCommand& command, const ArgPairs& streams);

}  // namespace detail
}  // namespace rediscluster
