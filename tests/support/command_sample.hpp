/// What the tests know of a typed command besides its encoded form: one row of unit/commands/command_samples.inc.
/// Views of string literals; tests only.
#pragma once

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

/// "7.0.15" as numbers.
inline std::vector<int> version_numbers(std::string_view text) {
  std::vector<int> parts{0};
  for (const char c : text) {
    if (c == '.') {
      parts.push_back(0);
    } else if (c >= '0' && c <= '9') {
      parts.back() = parts.back() * 10 + (c - '0');
    }
  }
  return parts;
}

/// Whether a Redis server of this version has what came with `since`; Valkey's own commands: never.
inline bool is_at_least(std::string_view version, std::string_view since) {
  return !since.starts_with("valkey") && version_numbers(version) >= version_numbers(since);
}

}  // namespace test_support
