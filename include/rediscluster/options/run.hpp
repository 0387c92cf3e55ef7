/// What a caller says about one call beyond its command. Plain values.
#pragma once

#include <rediscluster/time_span.hpp>

#include <optional>
#include <stop_token>

namespace rediscluster {

/// For `cluster.run(command, {.timeout = 2s, .stop = source.get_token()})`.
struct RunOptions {
  /// Instead of options.command_timeout. Bounds all of the call: a command that waits on its server is ended there when the time is
  /// over, as by a stop token: Errc::timed_out, and an element that the server had already taken is given to the caller.
  /// (Without it such a command may take its own timeout on top of options.command_timeout.)
  std::optional<TimeSpan> timeout{};
  /// Cancels the call: Errc::cancelled. A command that waits on its server (BLPOP, XREAD with BLOCK, ...) is ended there,
  /// and what the server says counts: an element that it had already taken is given to the caller, as if nobody had
  /// cancelled. Where the server does not say, the error says maybe_executed. request_stop() returns when that is settled:
  /// after a question to the node, in the worst case when the connection has been closed, about a second later.
  /// Any other command is cancelled between its attempts, one over several slots or nodes only before it begins; one that the client
  /// makes of several (RENAME, LMOVE, ... over two slots) until the first of them that changes something is on its way.
  std::stop_token stop{};
};

}  // namespace rediscluster
