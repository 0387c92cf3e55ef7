/// What MONITOR tells, as a plain value.
#pragma once

#include <rediscluster/errors.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace rediscluster {

/// One command as a server ran it.
struct MonitorLine {
  NodeAddress node{};                            ///< The server that tells it.
  std::chrono::system_clock::time_point time{};  ///< When it ran, by the server's clock; microseconds.
  int db = 0;
  std::string client{};              ///< Who sent it: "127.0.0.1:60866", "lua" for a script, "unix:/path".
  /// The command's name and arguments, any bytes. Servers leave out what AUTH and the like carry. Valkey 8.1 writes quotes and
  /// backslashes as they are, so that its words cannot always be told apart: what can be read of them, and see `text`.
  std::vector<std::string> words{};
  std::string text{};  ///< The whole line as the server wrote it.

  friend bool operator==(const MonitorLine&, const MonitorLine&) = default;
};

}  // namespace rediscluster
