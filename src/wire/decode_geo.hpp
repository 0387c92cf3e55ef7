/// Decoders of what the geo commands give. Include wire/decode.hpp instead.
#pragma once

#include <rediscluster/types/geo.hpp>

#include "wire/decode_fields.hpp"

namespace rediscluster::wire {

/// [longitude, latitude]
template <>
struct Decoder<GeoPosition> : StructDecoder {
  static bool decode(ReplyCursor& cursor, GeoPosition& out, Mismatch& why);
};

/// A member, or [member, distance?, hash?, position?]: what was asked for is known by its kind (text or double, integer,
/// array).
template <>
struct Decoder<GeoMatch> : StructDecoder {
  static bool decode(ReplyCursor& cursor, GeoMatch& out, Mismatch& why);
};

}  // namespace rediscluster::wire
