#include "wire/decode_stream.hpp"

#include <array>

namespace rediscluster::wire {

namespace {

/// The fields that both forms of XINFO STREAM have.
template <class T>
constexpr auto figures() {
  return std::to_array<Field<T>>({
      {"length", into<T, &T::length>},
      {"radix-tree-keys", into<T, &T::radix_tree_keys>},
      {"radix-tree-nodes", into<T, &T::radix_tree_nodes>},
      {"last-generated-id", into<T, &T::last_generated_id>},
      {"max-deleted-entry-id", into<T, &T::max_deleted_entry_id>},
      {"entries-added", into<T, &T::entries_added>},
      {"recorded-first-entry-id", into<T, &T::recorded_first_entry_id>},
  });
}

template <class T, std::size_t A, std::size_t B>
constexpr std::array<T, A + B> joined(const std::array<T, A>& first, const std::array<T, B>& second) {
  std::array<T, A + B> all{};
  std::copy(first.begin(), first.end(), all.begin());
  std::copy(second.begin(), second.end(), all.begin() + A);
  return all;
}

/// The next value; nil gives an empty one.
template <class T>
bool take_or_empty(ReplyCursor& cursor, T& out, Mismatch& why) {
  return take_nil(cursor) == Presence::nil || Decoder<T>::decode(cursor, out, why);
}

/// [next, found] and, from Redis 7.0 on, [deleted].
template <class Found>
bool decode_claimed(ReplyCursor& cursor, std::string& next, Found& found, std::vector<std::string>& deleted,
                    Mismatch& why) {
  std::uint64_t beyond = 0;
  if (!open_at_least(cursor, 2, beyond, why)) return false;
  if (!Decoder<std::string>::decode(cursor, next, why) || !Decoder<Found>::decode(cursor, found, why)) return false;
  if (beyond == 0) return true;
  return Decoder<std::vector<std::string>>::decode(cursor, deleted, why) && skip_values(cursor, beyond - 1);
}

}  // namespace

bool Decoder<StreamEntry>::decode(ReplyCursor& cursor, StreamEntry& out, Mismatch& why) {
  std::uint64_t beyond = 0;
  if (!open_at_least(cursor, 2, beyond, why)) return false;
  if (!Decoder<std::string>::decode(cursor, out.id, why) || !take_or_empty(cursor, out.fields, why)) return false;
  if (beyond < 2) return skip_values(cursor, beyond);
  return Decoder<std::optional<std::chrono::milliseconds>>::decode(cursor, out.idle, why) &&
         Decoder<std::optional<std::int64_t>>::decode(cursor, out.deliveries, why) && skip_values(cursor, beyond - 2);
}

bool Decoder<std::vector<StreamEntry>>::decode(ReplyCursor& cursor, std::vector<StreamEntry>& out, Mismatch& why) {
  out.clear();
  if (take_nil(cursor) == Presence::nil) return true;
  std::uint64_t count = 0;
  if (!open_aggregate(cursor, count, why, "an array of stream entries")) return false;
  out.reserve(bounded_count(cursor, count));
  for (; count > 0; --count) {
    if (take_nil(cursor) == Presence::nil) continue;
    if (!Decoder<StreamEntry>::decode(cursor, out.emplace_back(), why)) return false;
  }
  return true;
}

bool Decoder<std::vector<StreamBatch>>::decode(ReplyCursor& cursor, std::vector<StreamBatch>& out, Mismatch& why) {
  out.clear();
  if (take_nil(cursor) == Presence::nil) return true;
  Entries entries;
  if (!open_entries(cursor, false, entries, why)) return false;
  using Batch = std::vector<StreamEntry>;
  return decode_entries<std::string, Batch>(cursor, why, entries, [&out](std::string&& key, Batch&& batch) {
    out.push_back({std::move(key), std::move(batch)});
  });
}

bool Decoder<ClaimedEntries>::decode(ReplyCursor& cursor, ClaimedEntries& out, Mismatch& why) {
  return decode_claimed(cursor, out.next, out.entries, out.deleted, why);
}

bool Decoder<ClaimedIds>::decode(ReplyCursor& cursor, ClaimedIds& out, Mismatch& why) {
  return decode_claimed(cursor, out.next, out.ids, out.deleted, why);
}

bool Decoder<PendingSummary>::decode(ReplyCursor& cursor, PendingSummary& out, Mismatch& why) {
  std::uint64_t beyond = 0;
  return open_at_least(cursor, 4, beyond, why) && Decoder<std::int64_t>::decode(cursor, out.count, why) &&
         take_or_empty(cursor, out.smallest_id, why) && take_or_empty(cursor, out.greatest_id, why) &&
         take_or_empty(cursor, out.consumers, why) && skip_values(cursor, beyond);
}

bool Decoder<PendingEntry>::decode(ReplyCursor& cursor, PendingEntry& out, Mismatch& why) {
  return decode_leading(cursor, why, out.id, out.consumer, out.idle, out.deliveries);
}

bool Decoder<StreamInfo>::decode(ReplyCursor& cursor, StreamInfo& out, Mismatch& why) {
  static constexpr auto fields = joined(figures<StreamInfo>(), std::to_array<Field<StreamInfo>>({
                                                                   {"groups", into<StreamInfo, &StreamInfo::groups>},
                                                                   {"first-entry", into<StreamInfo, &StreamInfo::first_entry>},
                                                                   {"last-entry", into<StreamInfo, &StreamInfo::last_entry>},
                                                               }));
  return decode_fields<StreamInfo>(cursor, out, fields, why);
}

bool Decoder<StreamDetail>::decode(ReplyCursor& cursor, StreamDetail& out, Mismatch& why) {
  static constexpr auto fields =
      joined(figures<StreamDetail>(), std::to_array<Field<StreamDetail>>({
                                          {"entries", into<StreamDetail, &StreamDetail::entries>},
                                          {"groups", into<StreamDetail, &StreamDetail::groups>},
                                      }));
  return decode_fields<StreamDetail>(cursor, out, fields, why);
}

bool Decoder<PendingDetail>::decode(ReplyCursor& cursor, PendingDetail& out, Mismatch& why) {
  ReplyCursor ahead = cursor;
  ReplyValue header;
  if (ahead.next(header) && header.count == 3) return decode_leading(cursor, why, out.id, out.delivered_at, out.deliveries);
  return decode_leading(cursor, why, out.id, out.consumer, out.delivered_at, out.deliveries);
}

bool Decoder<StreamConsumerDetail>::decode(ReplyCursor& cursor, StreamConsumerDetail& out, Mismatch& why) {
  using T = StreamConsumerDetail;
  // active-time is -1 as long as the consumer got nothing.
  constexpr auto take_active = [](ReplyCursor& at, T& consumer, Mismatch& reason) {
    std::chrono::system_clock::time_point time{};
    if (!Decoder<std::chrono::system_clock::time_point>::decode(at, time, reason)) return false;
    if (time.time_since_epoch().count() >= 0) consumer.active_at = time;
    return true;
  };
  static constexpr auto fields = std::to_array<Field<T>>({
      {"name", into<T, &T::name>},
      {"seen-time", into<T, &T::seen_at>},
      {"active-time", take_active},
      {"pel-count", into<T, &T::pending_count>},
      {"pending", into<T, &T::pending>},
  });
  if (!decode_fields<T>(cursor, out, fields, why)) return false;
  for (PendingDetail& one : out.pending) one.consumer = out.name;
  return true;
}

bool Decoder<StreamGroupDetail>::decode(ReplyCursor& cursor, StreamGroupDetail& out, Mismatch& why) {
  using T = StreamGroupDetail;
  static constexpr auto fields = std::to_array<Field<T>>({
      {"name", into<T, &T::name>},
      {"last-delivered-id", into<T, &T::last_delivered_id>},
      {"entries-read", into<T, &T::entries_read>},
      {"lag", into<T, &T::lag>},
      {"pel-count", into<T, &T::pending_count>},
      {"pending", into<T, &T::pending>},
      {"consumers", into<T, &T::consumers>},
  });
  return decode_fields<T>(cursor, out, fields, why);
}

bool Decoder<StreamGroupInfo>::decode(ReplyCursor& cursor, StreamGroupInfo& out, Mismatch& why) {
  using T = StreamGroupInfo;
  static constexpr auto fields = std::to_array<Field<T>>({
      {"name", into<T, &T::name>},
      {"consumers", into<T, &T::consumers>},
      {"pending", into<T, &T::pending>},
      {"last-delivered-id", into<T, &T::last_delivered_id>},
      {"entries-read", into<T, &T::entries_read>},
      {"lag", into<T, &T::lag>},
  });
  return decode_fields<T>(cursor, out, fields, why);
}

bool Decoder<StreamConsumerInfo>::decode(ReplyCursor& cursor, StreamConsumerInfo& out, Mismatch& why) {
  using T = StreamConsumerInfo;
  static constexpr auto fields = std::to_array<Field<T>>({
      {"name", into<T, &T::name>},
      {"pending", into<T, &T::pending>},
      {"idle", into<T, &T::idle>},
      {"inactive", into<T, &T::inactive>},
  });
  return decode_fields<T>(cursor, out, fields, why);
}

}  // namespace rediscluster::wire
