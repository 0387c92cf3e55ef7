/// "MOVED 3999 127.0.0.1:6381" and "ASK 3999 127.0.0.1:6381" taken apart.
/// Pure. Fills in nothing: an empty host means "the host that answered", which only the caller knows.
#pragma once

#include <rediscluster/result.hpp>
#include <string_view>

namespace rediscluster::wire {

struct Redirect {
  int slot = 0;                ///< 0..16383
  NodeAddress target{};        ///< Host without brackets; empty: the host that answered. Port 0: the server knows none.
  bool ask = false;            ///< ASK: only the next command, after ASKING. Otherwise MOVED.
  bool unusable_host = false;  ///< The server prefers host names but has none ("?"); look into the slot map instead.
};

/// @param error_line  the text, with or without the leading '-' and the CR LF.
/// Errors: Errc::protocol_error for anything that is not exactly a redirect.
/// Source: Redis Cluster specification, "MOVED Redirection"; hosts may be IPv6 without brackets, so the last colon
/// counts.
Result<Redirect> parse_redirect(std::string_view error_line);

}  // namespace rediscluster::wire
