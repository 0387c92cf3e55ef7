/// What the stream commands give, as plain values. They own their text.
/// Ids are text such as "1526919030474-55": milliseconds and a sequence number, both of 64 bits without a sign.
#pragma once

#include <rediscluster/cpp20.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rediscluster {

/// One entry of a stream.
struct StreamEntry {
  std::string id;
  std::vector<std::pair<std::string, std::string>> fields;  ///< In the order of XADD; a field may stand there twice.
  std::optional<std::chrono::milliseconds> idle{};  ///< XREADGROUP with `claim` only: time since the last delivery.
  std::optional<std::int64_t> deliveries{};         ///< XREADGROUP with `claim` only: deliveries before this one.

  /// The entry is still pending for a consumer, but was deleted from the stream: only its id is left.
  bool is_deleted() const { return fields.empty(); }
  friend bool operator==(const StreamEntry&, const StreamEntry&) = default;
};

/// The new entries of one stream: XREAD, XREADGROUP.
struct StreamBatch {
  std::string key;
  std::vector<StreamEntry> entries;
  friend bool operator==(const StreamBatch&, const StreamBatch&) = default;
};

/// One page of XAUTOCLAIM.
struct ClaimedEntries {
  std::string next;  ///< Where the next page starts; "0-0" at the end.
  std::vector<StreamEntry> entries;
  std::vector<std::string> deleted;  ///< Ids that were pending, but are no longer in the stream (Redis 7.0).
  friend bool operator==(const ClaimedEntries&, const ClaimedEntries&) = default;
};

/// One page of XAUTOCLAIM with JUSTID.
struct ClaimedIds {
  std::string next;  ///< Where the next page starts; "0-0" at the end.
  std::vector<std::string> ids;
  std::vector<std::string> deleted;  ///< Ids that were pending, but are no longer in the stream (Redis 7.0).
  friend bool operator==(const ClaimedIds&, const ClaimedIds&) = default;
};

/// What is pending in a group: delivered and not acknowledged.
struct PendingSummary {
  std::int64_t count = 0;
  std::string smallest_id;  ///< Empty when nothing is pending.
  std::string greatest_id;
  std::vector<std::pair<std::string, std::int64_t>> consumers;  ///< Consumers that have some, and how many.
  friend bool operator==(const PendingSummary&, const PendingSummary&) = default;
};

/// One pending entry of a group.
struct PendingEntry {
  std::string id;
  std::string consumer;
  std::chrono::milliseconds idle{};  ///< Since the last delivery.
  std::int64_t deliveries = 0;
  friend bool operator==(const PendingEntry&, const PendingEntry&) = default;
};

/// What XINFO STREAM tells in either form. What an older server does not tell stays 0 or empty.
struct StreamFigures {
  std::int64_t length = 0;
  std::int64_t radix_tree_keys = 0;
  std::int64_t radix_tree_nodes = 0;
  std::string last_generated_id;
  std::string max_deleted_entry_id;     ///< Redis 7.0
  std::int64_t entries_added = 0;       ///< Ever, deleted ones too (Redis 7.0).
  std::string recorded_first_entry_id;  ///< Redis 7.0
};

/// XINFO STREAM.
struct StreamInfo : StreamFigures {
  std::int64_t groups = 0;
  std::optional<StreamEntry> first_entry;  ///< Empty when the stream is.
  std::optional<StreamEntry> last_entry;
};

/// A pending entry as XINFO STREAM FULL tells it.
struct PendingDetail {
  std::string id;
  std::string consumer;
  std::chrono::system_clock::time_point delivered_at{};
  std::int64_t deliveries = 0;
};

/// A consumer in XINFO STREAM FULL.
struct StreamConsumerDetail {
  std::string name;
  std::chrono::system_clock::time_point seen_at{};                   ///< Last attempt to read or claim.
  std::optional<std::chrono::system_clock::time_point> active_at{};  ///< Last success; empty: never (Redis 7.2).
  std::int64_t pending_count = 0;
  std::vector<PendingDetail> pending;
};

/// A group in XINFO STREAM FULL.
struct StreamGroupDetail {
  std::string name;
  std::string last_delivered_id;
  std::optional<std::int64_t> entries_read{};  ///< Empty: not known (Redis 7.0).
  std::optional<std::int64_t> lag{};           ///< Entries still to be delivered; empty: not known (Redis 7.0).
  std::int64_t pending_count = 0;
  std::vector<PendingDetail> pending;
  std::vector<StreamConsumerDetail> consumers;
};

/// XINFO STREAM FULL. The lists are cut to COUNT elements each.
struct StreamDetail : StreamFigures {
  std::vector<StreamEntry> entries;
  std::vector<StreamGroupDetail> groups;
};

/// XINFO GROUPS.
struct StreamGroupInfo {
  std::string name;
  std::int64_t consumers = 0;
  std::int64_t pending = 0;
  std::string last_delivered_id;
  std::optional<std::int64_t> entries_read{};  ///< Empty: not known (Redis 7.0).
  std::optional<std::int64_t> lag{};           ///< Entries still to be delivered; empty: not known (Redis 7.0).
};

/// XINFO CONSUMERS.
struct StreamConsumerInfo {
  std::string name;
  std::int64_t pending = 0;
  std::chrono::milliseconds idle{};                     ///< Since the last attempt to read or claim.
  std::optional<std::chrono::milliseconds> inactive{};  ///< Since the last success; -1: never (Redis 7.2).
};

}  // namespace rediscluster
