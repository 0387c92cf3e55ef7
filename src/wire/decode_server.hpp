/// Decoders of what servers tell of themselves (types/server.hpp), but for texts. Include wire/decode.hpp instead.
#pragma once

#include <rediscluster/types/server.hpp>

#include <chrono>

#include "wire/decode_fields.hpp"

namespace rediscluster::wire {

/// TIME: [seconds, microseconds].
template <>
struct Decoder<std::chrono::sys_time<std::chrono::microseconds>> : StructDecoder {
  static bool decode(ReplyCursor& cursor, std::chrono::sys_time<std::chrono::microseconds>& out, Mismatch& why);
};
template <>
struct Decoder<SlowlogEntry> : StructDecoder {
  static bool decode(ReplyCursor& cursor, SlowlogEntry& out, Mismatch& why);
};
template <>
struct Decoder<LatencyEvent> : StructDecoder {
  static bool decode(ReplyCursor& cursor, LatencyEvent& out, Mismatch& why);
};
template <>
struct Decoder<LatencySpike> : StructDecoder {
  static bool decode(ReplyCursor& cursor, LatencySpike& out, Mismatch& why);
};
template <>
struct Decoder<LatencyHistogram> : StructDecoder {
  static bool decode(ReplyCursor& cursor, LatencyHistogram& out, Mismatch& why);
};
template <>
struct Decoder<ModuleInfo> : StructDecoder {
  static bool decode(ReplyCursor& cursor, ModuleInfo& out, Mismatch& why);
};
template <>
struct Decoder<RoleReplica> : StructDecoder {
  static bool decode(ReplyCursor& cursor, RoleReplica& out, Mismatch& why);
};
template <>
struct Decoder<ServerRole> : StructDecoder {
  static bool decode(ReplyCursor& cursor, ServerRole& out, Mismatch& why);
};
template <>
struct Decoder<MemoryStats> : StructDecoder {
  static bool decode(ReplyCursor& cursor, MemoryStats& out, Mismatch& why);
};
template <>
struct Decoder<HelloReply> : StructDecoder {
  static bool decode(ReplyCursor& cursor, HelloReply& out, Mismatch& why);
};
template <>
struct Decoder<TrackingInfo> : StructDecoder {
  static bool decode(ReplyCursor& cursor, TrackingInfo& out, Mismatch& why);
};

}  // namespace rediscluster::wire
