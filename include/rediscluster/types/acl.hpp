/// Users and permissions as plain values. Fields that a server does not send keep their defaults.
#pragma once

#include <rediscluster/types/server.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace rediscluster {

/// A further set of permissions of a user (Redis 7.0).
struct AclSelector {
  std::string commands{};
  std::string keys{};
  std::string channels{};
};

/// ACL GETUSER.
struct AclUser {
  std::vector<std::string> flags{};      ///< "on", "off", "nopass", "allkeys", ...
  std::vector<std::string> passwords{};  ///< SHA-256 in hex.
  std::string commands{};                ///< Rules such as "+@all -debug".
  std::string keys{};                    ///< Patterns as rules, "~cache:*"; without "~" before Redis 7.0.
  std::string channels{};                ///< Patterns as rules, "&*"; without "&" before Redis 7.0.
  std::vector<AclSelector> selectors{};
};

/// One entry of ACL LOG: an attempt that was refused.
struct AclLogEntry {
  std::int64_t count = 0;   ///< How often the same happened.
  std::string reason{};     ///< "auth", "command", "key" or "channel".
  std::string context{};    ///< "toplevel", "multi", "lua" or "module".
  std::string object{};     ///< The command, key, channel or user name that was refused.
  std::string username{};
  double age_seconds = 0;
  ClientInfo client{};      ///< The connection that tried.
  std::int64_t entry_id = 0;        ///< Redis 7.2.
  std::int64_t created_at_ms = 0;   ///< Unix time in milliseconds (Redis 7.2).
  std::int64_t updated_at_ms = 0;   ///< Unix time in milliseconds (Redis 7.2).
};

}  // namespace rediscluster
