/// Decoders of what a server tells of its commands (types/command.hpp). Include wire/decode.hpp instead.
#pragma once

#include <rediscluster/types/command.hpp>

#include "wire/decode_fields.hpp"

namespace rediscluster::wire {

template <>
struct Decoder<CommandKeys> : StructDecoder {
  static bool decode(ReplyCursor& cursor, CommandKeys& out, Mismatch& why);
};
template <>
struct Decoder<CommandInfo> : StructDecoder {
  static bool decode(ReplyCursor& cursor, CommandInfo& out, Mismatch& why);
};
template <>
struct Decoder<CommandArgument> : StructDecoder {
  static bool decode(ReplyCursor& cursor, CommandArgument& out, Mismatch& why);
};
template <>
struct Decoder<CommandDocs> : StructDecoder {
  static bool decode(ReplyCursor& cursor, CommandDocs& out, Mismatch& why);
};

/// A map (or flat array) of names to descriptions; each name goes into its CommandDocs.
template <>
struct Decoder<std::vector<CommandDocs>> : StructDecoder {
  static constexpr bool takes_empty = true;
  static bool decode(ReplyCursor& cursor, std::vector<CommandDocs>& out, Mismatch& why);
};

}  // namespace rediscluster::wire
