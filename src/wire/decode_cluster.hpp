/// Decoders of what nodes tell of their cluster (types/cluster.hpp). Include wire/decode.hpp instead.
#pragma once

#include <rediscluster/types/cluster.hpp>

#include "wire/decode_fields.hpp"

namespace rediscluster::wire {

template <>
struct Decoder<ClusterLink> : StructDecoder {
  static bool decode(ReplyCursor& cursor, ClusterLink& out, Mismatch& why);
};
template <>
struct Decoder<ShardNode> : StructDecoder {
  static bool decode(ReplyCursor& cursor, ShardNode& out, Mismatch& why);
};
template <>
struct Decoder<ClusterShard> : StructDecoder {
  static bool decode(ReplyCursor& cursor, ClusterShard& out, Mismatch& why);
};
template <>
struct Decoder<SlotStatistics> : StructDecoder {
  static bool decode(ReplyCursor& cursor, SlotStatistics& out, Mismatch& why);
};

/// A flat array of first and last slots.
template <>
struct Decoder<std::vector<SlotRun>> : StructDecoder {
  static constexpr bool takes_empty = true;
  static bool decode(ReplyCursor& cursor, std::vector<SlotRun>& out, Mismatch& why);
};

}  // namespace rediscluster::wire
