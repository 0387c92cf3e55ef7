#include "routing/cursor_watch.hpp"

#include "routing/saved_scan.hpp"
#include "wire/printable.hpp"

namespace rediscluster::routing {

Result<void> CursorWatch::check(std::string_view command, const std::string& cursor) {
  const std::string name(command);
  if (!is_cursor(cursor)) return fail(Errc::unexpected_reply, name + ": \"" + wire::printable(cursor, 40) + "\" is no cursor", {}, Execution::executed);
  if (cursor == "0" || !repeats(cursor)) return {};
  return fail(Errc::unexpected_reply, name + ": the cursor " + cursor + " came twice: the node would go round for ever", {}, Execution::executed);
}

}  // namespace rediscluster::routing
