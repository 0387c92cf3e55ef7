/// Decoders of `Reply`, the tree that holds any reply. Include wire/decode.hpp instead.
#pragma once

#include <rediscluster/reply.hpp>
#include <rediscluster/reply_bytes.hpp>
#include <vector>

#include "wire/decoder.hpp"

namespace rediscluster::wire {

/// The reply as a tree; an error reply at the top gives its Error.
/// Errors: the server's error; Errc::unexpected_reply for damaged bytes (never after a scan).
Result<Reply> decode_tree(const Frame& frame);

/// The reply as a tree; an error reply at the top is a value too (a pipeline that does not raise errors).
/// Errors: Errc::unexpected_reply for damaged bytes (never after a scan).
Result<Reply> decode_any(const Frame& frame);

/// Inside other values: each gets a copy of its bytes.
template <>
struct Decoder<Reply> {
  static constexpr bool from_aggregate = false;
  static constexpr bool takes_empty = true;
  static bool decode(ReplyCursor& cursor, Reply& out, Mismatch& why);
};

/// The elements share one tree; error elements are values (EXEC).
template <>
struct Decoder<std::vector<Reply>> {
  static constexpr bool from_aggregate = true;
  static constexpr bool takes_empty = true;
  static bool decode(ReplyCursor& cursor, std::vector<Reply>& out, Mismatch& why);
};

template <>
struct Decoder<ReplyBytes> {
  static constexpr bool from_aggregate = false;
  static constexpr bool takes_empty = true;
  static bool decode(ReplyCursor& cursor, ReplyBytes& out, Mismatch& why);
};

/// Keeps the frame's block instead of copying, where that is worth it.
template <>
inline Result<Reply> decode<Reply>(const Frame& frame, const CommandFacts&) {
  return decode_tree(frame);
}

}  // namespace rediscluster::wire
