/// Notices a server whose SCAN cursors go round in a circle. Pure; a plain value.
/// The cursors of one iteration never repeat: servers count them upwards, with the bits in reverse order.
#pragma once

#include <rediscluster/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace rediscluster::routing {

class CursorWatch {
 public:
  /// Whether this cursor came before. Finds a circle of n cursors after at most 3 n steps (Brent), keeping one of them.
  bool repeats(std::string_view cursor) {
    if (cursor == mark_) return true;
    if (++steps_ < limit_) return false;
    mark_ = cursor;
    steps_ = 0;
    limit_ *= 2;
    return false;
  }

  /// Whether to go on with this cursor.
  /// Errors: Errc::unexpected_reply, naming the command: it is no cursor, or came before.
  Result<void> check(std::string_view command, const std::string& cursor);

 private:
  std::string mark_;
  std::uint64_t steps_ = 0;
  std::uint64_t limit_ = 1;
};

}  // namespace rediscluster::routing
