/// From a frame to a C++ value. RESP2 and RESP3 forms of the same answer decode alike (map or flat array, boolean or
/// 0/1, double or text, null of either kind). Pure; thread-safe. The value owns its bytes.
#pragma once

#include <rediscluster/command_facts.hpp>
#include <rediscluster/result.hpp>

#include "wire/decode_mismatch.hpp"
#include "wire/frame.hpp"
#include "wire/reply_cursor.hpp"

namespace rediscluster::wire {

/// Primary template is undefined: a reply type is supported when a specialisation exists. Each has
///   static constexpr bool from_aggregate;   // read from an array, map or set (false: from one scalar)
///   static constexpr bool takes_empty;      // an empty array is a value of this type
///   static bool decode(ReplyCursor& cursor, T& out, Mismatch& why);
/// which takes exactly one value from the cursor, or refuses it through `why` and returns false.
template <class T>
struct Decoder;

/// Decodes a reply, or turns an error reply into its Error.
/// Errors: the server's error (see error_from_reply); Errc::unexpected_reply naming command and first bytes.
template <class T>
Result<T> decode(const Frame& frame, const CommandFacts& facts) {
  if (frame.is_error()) [[unlikely]]
    return fail(frame_error(frame.bytes()));
  Result<T> result{};
  ReplyCursor cursor(frame.bytes());
  Mismatch why;
  if (!Decoder<T>::decode(cursor, *result, why)) [[unlikely]]
    result = fail(mismatch_error(why, facts));
  return result;
}

}  // namespace rediscluster::wire
