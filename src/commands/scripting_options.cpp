/// Writes the options of the scripting commands as the words the servers know.
#include <rediscluster/command.hpp>
#include <rediscluster/options/scripting.hpp>

namespace rediscluster::detail {

void encode(EncodedCommand& command, const FunctionLoadOptions& options) {
  if (options.replace) command.arg("REPLACE");
}

void encode(EncodedCommand& command, const FunctionListOptions& options) {
  if (options.library) {
    command.arg("LIBRARYNAME");
    command.arg(*options.library);
  }
  if (options.with_code) command.arg("WITHCODE");
}

void encode(EncodedCommand& command, RestorePolicy policy) {
  static constexpr const char* names[] = {"APPEND", "REPLACE", "FLUSH"};
  // Left out when it is the server's default.
  if (policy != RestorePolicy::append) command.arg(names[static_cast<int>(policy)]);
}

void encode(EncodedCommand& command, ScriptDebugMode mode) {
  static constexpr const char* names[] = {"NO", "YES", "SYNC"};
  command.arg(names[static_cast<int>(mode)]);
}

}  // namespace rediscluster::detail
