/// Decoding as a one-liner for tests: scans the bytes first, as the library does.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "unit/wire/wire_samples.hpp"
#include "wire/decode.hpp"

namespace rediscluster::wire {

inline constexpr CommandFacts test_facts{.name = "TEST CMD", .encoded = ""};

template <class T>
Result<T> decode_reply(std::string_view bytes) {
  const auto scan = scan_once(bytes);
  if (scan.status != FrameScanner::Status::complete || scan.size != bytes.size()) {
    return fail(Errc::protocol_error, "the test's reply is malformed");
  }
  return decode<T>(own(bytes), test_facts);
}

/// The value; nothing when decoding fails.
template <class T>
std::optional<T> decoded(std::string_view bytes) {
  auto result = decode_reply<T>(bytes);
  if (!result) return std::nullopt;
  return std::move(*result);
}

/// True when the reply has the wrong shape for T.
template <class T>
bool is_refused(std::string_view bytes) {
  const auto result = decode_reply<T>(bytes);
  return !result && result.error().code == Errc::unexpected_reply && result.error().execution == Execution::executed;
}

}  // namespace rediscluster::wire
