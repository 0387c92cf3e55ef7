/// Decoders of what the commands of arrays give. Include wire/decode.hpp instead.
#pragma once

#include <rediscluster/types/array.hpp>

#include "wire/decode_fields.hpp"

namespace rediscluster::wire {

template <>
struct Decoder<ArrayInfo> : StructDecoder {
  static bool decode(ReplyCursor& cursor, ArrayInfo& out, Mismatch& why);
};

}  // namespace rediscluster::wire
