/// Decoders of what the FUNCTION commands give. Include wire/decode.hpp instead.
#pragma once

#include <rediscluster/types/scripting.hpp>

#include "wire/decode_fields.hpp"

namespace rediscluster::wire {

template <>
struct Decoder<FunctionInfo> : StructDecoder {
  static bool decode(ReplyCursor& cursor, FunctionInfo& out, Mismatch& why);
};

template <>
struct Decoder<FunctionLibrary> : StructDecoder {
  static bool decode(ReplyCursor& cursor, FunctionLibrary& out, Mismatch& why);
};

template <>
struct Decoder<RunningFunction> : StructDecoder {
  static bool decode(ReplyCursor& cursor, RunningFunction& out, Mismatch& why);
};

template <>
struct Decoder<FunctionEngine> : StructDecoder {
  static bool decode(ReplyCursor& cursor, FunctionEngine& out, Mismatch& why);
};

template <>
struct Decoder<FunctionStats> : StructDecoder {
  static bool decode(ReplyCursor& cursor, FunctionStats& out, Mismatch& why);
};

}  // namespace rediscluster::wire
