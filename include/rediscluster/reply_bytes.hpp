/// A reply as RESP, for bindings to other languages, which make values of their own of it in one pass: `cmd::words("GET", "k").as<ReplyBytes>()`.
/// A value that owns its bytes.
#pragma once

#include <string>
#include <string_view>

namespace rediscluster {

/// One whole, well-formed reply of the protocol that was spoken (RESP2 or RESP3), attributes in front of it included. What several nodes answered is merged to one,
/// as for any other type. Never an error reply: those are errors, but for elements of arrays (EXEC).
struct ReplyBytes {
  std::string resp{};
  std::string_view view() const { return resp; }
};

}  // namespace rediscluster
