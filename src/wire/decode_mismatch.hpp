/// Why a reply could not be decoded: filled in by the decoder that found it, made an Error once at the top.
/// Pure; looks into the frame.
#pragma once

#include <rediscluster/command_facts.hpp>
#include <rediscluster/errors.hpp>
#include <string_view>

#include "wire/reply_cursor.hpp"

namespace rediscluster::wire {

struct Mismatch {
  const char* expected = "a value";  ///< Static text: "an integer".
  std::string_view found{};          ///< The frame from the offending value on.
  bool is_server_error = false;      ///< An element is an error reply; `found` is its text.

  /// Always false, so that a decoder can `return why.refuse(...)`. An error element explains itself.
  bool refuse(const ReplyValue& value, const char* wanted);
  /// The same when the value was not read yet, or the reply ended.
  bool refuse(ReplyCursor cursor, const char* wanted);
};

/// The server's error, or Errc::unexpected_reply (executed) with command, expectation and first bytes.
Error mismatch_error(const Mismatch& why, const CommandFacts& facts);

/// Error of a frame that is an error reply at the top.
Error frame_error(std::string_view frame);

}  // namespace rediscluster::wire
