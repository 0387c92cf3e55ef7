/// Decoders of users and permissions (types/acl.hpp). Include wire/decode.hpp instead.
#pragma once

#include <rediscluster/types/acl.hpp>

#include "wire/decode_fields.hpp"

namespace rediscluster::wire {

template <>
struct Decoder<AclSelector> : StructDecoder {
  static bool decode(ReplyCursor& cursor, AclSelector& out, Mismatch& why);
};
template <>
struct Decoder<AclUser> : StructDecoder {
  static bool decode(ReplyCursor& cursor, AclUser& out, Mismatch& why);
};
template <>
struct Decoder<AclLogEntry> : StructDecoder {
  static bool decode(ReplyCursor& cursor, AclLogEntry& out, Mismatch& why);
};

}  // namespace rediscluster::wire
