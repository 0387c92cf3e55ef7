/// What a client tells of itself: events and log lines for hooks of the user's, and counters. Plain values.
/// Set the hooks in Options (on_event, on_log, log_level); read the counters with RedisCluster::stats().
#pragma once

#include <rediscluster/errors.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace rediscluster {

/// Something that happened to the client or to its cluster. No field ever holds a secret, nor an argument of a command but
/// for the channel of a gap and what a server quotes in the text of its error (docs/guide/events.md).
struct Event {
  enum class Kind : std::uint8_t {
    connected,       ///< A connection to `node` is ready; `duration`: what connecting and handshake took.
    connect_failed,  ///< None could be made; `code` and `message` say why.
    lost,            ///< A connection to `node` ended that nobody meant to end, or was ended for its silence.
    moved,           ///< `node` said that `slot` is served by `other` from now on.
    ask,             ///< `node` said that `other` has what was asked of `slot`, for this once.
    bad_redirect,    ///< `node` sent a command to an address that means nothing, or that may not be used.
    refreshed,       ///< `node` told the topology; `count` slots have another shard now, `message` says which primaries.
    refresh_failed,  ///< No node told a topology that could be believed; `message`: the last reason.
    failover_seen,   ///< `node` serves the slots of its former primary `other`; `slot` is one of them.
    retry,           ///< A command is sent again, after `duration`; `code`: what went wrong on `node` with attempt `attempts`.
    command_failed,  ///< A command ended in an error for its caller; `code`, `message`, `attempts`.
    gap,             ///< Messages of a subscription may be missing; `message` says which and why.
    unused_password, ///< `node` has no password for the default user, so it did not look at ours. Once until that changes.
    reactor_blocked, ///< A reactor's turn took `duration`: most likely code of the user's kept its thread (AsyncOptions::block_warning).
  };

  Kind kind = Kind::connected;
  NodeAddress node{};                   ///< Empty: none was involved.
  NodeAddress other{};                  ///< The second node, where the kind has one.
  int slot = -1;                        ///< -1: none.
  int attempts = 0;                     ///< How often the command was given to a node so far; 0: no command.
  std::int64_t count = 0;               ///< How many; see the kind.
  std::optional<Errc> code{};           ///< What went wrong, if anything did.
  std::chrono::microseconds duration{}; ///< See the kind.
  std::string message{};                ///< For people; the texts may change.
};

/// Stable lower-case name, e.g. "failover_seen".
const char* to_string(Event::Kind kind);
/// One line: "moved 127.0.0.1:7000 -> 127.0.0.1:7001 slot 3999".
std::string to_string(const Event& event);

enum class LogLevel : std::uint8_t { trace, debug, info, warning, error };

/// "trace", "debug", ...
const char* to_string(LogLevel level);

/// One line of a log. Never holds a secret.
struct Log {
  LogLevel level = LogLevel::info;
  const char* what = "";     ///< Stable short name, that of the event if there is one: "moved", "lost", ... A literal.
  std::string text{};        ///< One line for people, `node` included.
  NodeAddress node{};        ///< Empty: none was involved.
};

/// Hooks are called on the thread on which the thing happens: that of a caller, or one of the client's own. Several threads
/// may call at the same time. A hook may do anything but wait for a client: a command run inside one is refused with
/// Errc::not_allowed, and a lock that it takes must not be one under which you run commands or wait for messages. It may call close() and stats().
/// It should be quick: what called it waits. An exception it throws is dropped; what happens inside it is counted, not told.
using EventHook = std::function<void(const Event&)>;
using LogHook = std::function<void(const Log&)>;

/// What has happened to a client since it was made. Counted whether or not hooks are set.
struct ClientStats {
  std::uint64_t connections_made = 0;    ///< Handshake included.
  std::uint64_t connections_failed = 0;  ///< Attempts to connect.
  std::uint64_t connections_lost = 0;    ///< Not those the client ended on purpose.
  std::uint64_t moved = 0;               ///< MOVED followed.
  std::uint64_t asked = 0;               ///< ASK followed.
  std::uint64_t bad_redirects = 0;       ///< Redirects that could not be followed.
  std::uint64_t refreshes = 0;           ///< Topologies adopted.
  std::uint64_t refresh_failures = 0;    ///< Rounds of questions without a topology that could be believed.
  std::uint64_t failovers = 0;           ///< Shards seen with one of their replicas as primary.
  std::uint64_t gaps = 0;                ///< Gaps announced to subscribers.
  std::uint64_t reactor_blocks = 0;      ///< Turns of reactors that took AsyncOptions::block_warning or longer.
  std::map<Errc, std::uint64_t> retries{};  ///< Commands sent again, by cause.
  std::map<Errc, std::uint64_t> errors{};   ///< Commands that ended in an error after they had been given to the cluster, by code.
  // As of now, of the connections for commands.
  std::uint64_t replies_discarded = 0;   ///< Came after their callers had given up.
  std::uint64_t pushes_dropped = 0;      ///< Messages out of band that nobody had asked for.
  std::uint64_t in_flight = 0;           ///< Commands that somebody waits for now.
};

}  // namespace rediscluster
