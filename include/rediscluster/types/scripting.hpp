/// What the scripting commands tell of function libraries and running scripts, as plain values.
/// Copy and share freely. Fields that a newer server adds are not shown.
#pragma once

#include <rediscluster/cpp20.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace rediscluster {

/// One function of a library.
struct FunctionInfo {
  std::string name;                          ///< What FCALL calls it.
  std::optional<std::string> description{};  ///< As the library registered it.
  std::set<std::string> flags{};             ///< "no-writes", "allow-oom", "allow-stale", "no-cluster", ...
  friend bool operator==(const FunctionInfo&, const FunctionInfo&) = default;
};

/// One entry of FUNCTION LIST. Source: redis.io/commands/function-list
struct FunctionLibrary {
  std::string name;
  std::string engine{};                   ///< "LUA"
  std::vector<FunctionInfo> functions{};  ///< In no particular order.
  std::optional<std::string> code{};      ///< Only when asked for: FunctionListOptions::with_code.
  friend bool operator==(const FunctionLibrary&, const FunctionLibrary&) = default;
};

/// A function that runs now.
struct RunningFunction {
  std::string name;
  std::vector<std::string> command{};  ///< The words of the FCALL.
  std::int64_t duration_ms = 0;        ///< For how many milliseconds so far.
  friend bool operator==(const RunningFunction&, const RunningFunction&) = default;
};

/// What one engine holds.
struct FunctionEngine {
  std::int64_t libraries_count = 0;
  std::int64_t functions_count = 0;
  friend bool operator==(const FunctionEngine&, const FunctionEngine&) = default;
};

/// FUNCTION STATS of one node. Source: redis.io/commands/function-stats
struct FunctionStats {
  std::optional<RunningFunction> running_script{};  ///< Empty: none runs.
  std::map<std::string, FunctionEngine> engines{};  ///< By name: "LUA".
  friend bool operator==(const FunctionStats&, const FunctionStats&) = default;
};

}  // namespace rediscluster
