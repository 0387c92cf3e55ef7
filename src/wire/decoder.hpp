/// From a frame to a C++ value. RESP2 and RESP3 forms of the same answer decode alike (map or flat array, boolean or
/// 0/1, double or text, null of either kind). Pure; thread-safe. The value owns its bytes.
#pragma once

#include <rediscluster/command_facts.hpp>
#include <rediscluster/result.hpp>

#include <optional>
#include <string>

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

/// A type that is made of the text of a bulk string alone, as most replies are.
template <class T>
inline constexpr bool is_plain_text = std::is_same_v<T, std::string> || std::is_same_v<T, std::optional<std::string>>;

/// The long way of decode().
template <class T>
Result<T> decode_with_care(const Frame& frame, const CommandFacts& facts) {
  if (frame.is_error()) [[unlikely]]
    return fail(frame_error(frame.bytes()));
  Result<T> result{};
  ReplyCursor cursor(frame.bytes());
  Mismatch why;
  if (!Decoder<T>::decode(cursor, *result, why)) [[unlikely]]
    result = fail(mismatch_error(why, facts));
  return result;
}

/// Decodes a reply, or turns an error reply into its Error.
/// Errors: the server's error (see error_from_reply); Errc::unexpected_reply naming command and first bytes.
template <class T>
Result<T> decode(const Frame& frame, const CommandFacts& facts) {
  if constexpr (is_plain_text<T>) {
    ReplyCursor cursor(frame.bytes());
    std::string_view text;
    if (cursor.take_bulk(text)) [[likely]] {
      if constexpr (std::is_same_v<T, std::string>) {
        return Result<T>(tl::in_place, text);
      } else {
        return Result<T>(tl::in_place, std::in_place, text);
      }
    }
  }
  return decode_with_care<T>(frame, facts);
}

}  // namespace rediscluster::wire
