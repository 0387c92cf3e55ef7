/// Decoders of what the stream commands give. Include wire/decode.hpp instead.
/// Source of the shapes: the servers' own reply schemas, and tests/cluster/every_command_test.cpp.
#pragma once

#include <rediscluster/types/stream.hpp>

#include "wire/decode_fields.hpp"

namespace rediscluster::wire {

/// [id, fields] or [id, fields, idle, deliveries]. Fields are nil when the entry was deleted.
template <>
struct Decoder<StreamEntry> : StructDecoder {
  static bool decode(ReplyCursor& cursor, StreamEntry& out, Mismatch& why);
};

/// Servers before 7.0 put nil in the place of a claimed entry that was deleted: it is left out. Nil instead of the whole
/// list, as XRANGE answers a COUNT of 0, is an empty one.
template <>
struct Decoder<std::vector<StreamEntry>> {
  static constexpr bool from_aggregate = true;
  static constexpr bool takes_empty = true;
  static bool decode(ReplyCursor& cursor, std::vector<StreamEntry>& out, Mismatch& why);
};

/// {key: entries} or [[key, entries], ...]; nil, which means that there is nothing new, is empty.
template <>
struct Decoder<std::vector<StreamBatch>> {
  static constexpr bool from_aggregate = true;
  static constexpr bool takes_empty = true;
  static bool decode(ReplyCursor& cursor, std::vector<StreamBatch>& out, Mismatch& why);
};

template <>
struct Decoder<ClaimedEntries> : StructDecoder {
  static bool decode(ReplyCursor& cursor, ClaimedEntries& out, Mismatch& why);
};

template <>
struct Decoder<ClaimedIds> : StructDecoder {
  static bool decode(ReplyCursor& cursor, ClaimedIds& out, Mismatch& why);
};

/// [count, smallest, greatest, [[consumer, count], ...]], all but the first nil when nothing is pending.
template <>
struct Decoder<PendingSummary> : StructDecoder {
  static bool decode(ReplyCursor& cursor, PendingSummary& out, Mismatch& why);
};

template <>
struct Decoder<PendingEntry> : StructDecoder {
  static bool decode(ReplyCursor& cursor, PendingEntry& out, Mismatch& why);
};

template <>
struct Decoder<StreamInfo> : StructDecoder {
  static bool decode(ReplyCursor& cursor, StreamInfo& out, Mismatch& why);
};

template <>
struct Decoder<StreamDetail> : StructDecoder {
  static bool decode(ReplyCursor& cursor, StreamDetail& out, Mismatch& why);
};

/// [id, consumer, time, count] of a group, [id, time, count] of a consumer, which is named beside the list.
template <>
struct Decoder<PendingDetail> : StructDecoder {
  static bool decode(ReplyCursor& cursor, PendingDetail& out, Mismatch& why);
};

template <>
struct Decoder<StreamConsumerDetail> : StructDecoder {
  static bool decode(ReplyCursor& cursor, StreamConsumerDetail& out, Mismatch& why);
};

template <>
struct Decoder<StreamGroupDetail> : StructDecoder {
  static bool decode(ReplyCursor& cursor, StreamGroupDetail& out, Mismatch& why);
};

template <>
struct Decoder<StreamGroupInfo> : StructDecoder {
  static bool decode(ReplyCursor& cursor, StreamGroupInfo& out, Mismatch& why);
};

template <>
struct Decoder<StreamConsumerInfo> : StructDecoder {
  static bool decode(ReplyCursor& cursor, StreamConsumerInfo& out, Mismatch& why);
};

}  // namespace rediscluster::wire
