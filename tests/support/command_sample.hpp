/// What the tests know of a typed command besides its encoded form: one row of unit/commands/command_samples.inc.
/// Views of string literals; tests only.
#pragma once

#include <rediscluster/testing/server_version.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace test_support {

struct CommandSample {
  std::string_view name;     ///< of the function: "config_get"
  std::string_view since;    ///< "7.0.0", "valkey 8.1.0"; empty: unknown (old module commands)
  std::string_view not_run;  ///< Why it must not run on a real server here; empty: it is run.
  std::string_view errors;   ///< Parts of the error replies that the sample may meet, separated by '|'.

  /// Whether this error reply is one that the sample may meet.
  bool may_meet(std::string_view error) const {
    for (std::string_view rest = errors; !rest.empty();) {
      const std::size_t end = rest.find('|');
      if (error.find(rest.substr(0, end)) != std::string_view::npos) return true;
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    }
    return false;
  }
};

/// Whether this server has what came with `since`: "7.0.0", "valkey 8.1.0".
inline bool has_since(const rediscluster::testing::ServerVersion& server, std::string_view since) {
  const std::vector<int> wanted = rediscluster::testing::version_numbers(since);
  return since.starts_with("valkey") ? server.is_valkey_at_least(wanted) : server.is_redis_at_least(wanted);
}

}  // namespace test_support
