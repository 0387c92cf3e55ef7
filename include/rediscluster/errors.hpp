/// Everything that can go wrong, as a value (`Error`) and as the exceptions that carry it.
/// Every error says where it came from and whether the command may have run on a server.
/// Plain values: copy and share freely between threads.
#pragma once

#include <rediscluster/cpp20.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <system_error>

namespace rediscluster {

/// Where a server listens. `host` is a name, an IPv4 or an IPv6 address without brackets.
struct NodeAddress {
  std::string host;
  int port = 0;

  friend bool operator==(const NodeAddress&, const NodeAddress&) = default;
  friend auto operator<=>(const NodeAddress&, const NodeAddress&) = default;
};

/// "host:port", IPv6 hosts in brackets; "(no node)" when both are empty.
std::string to_string(const NodeAddress& address);

/// What the wire proves about a command that ended in an error.
enum class Execution : std::uint8_t {
  not_executed,    ///< No server ran it: sending it again is safe whatever it is.
  maybe_executed,  ///< It was sent and its reply is unknown: a write may or may not have happened.
  executed,        ///< It ran; the error is about its reply (for example an unexpected reply type).
};

/// Stable lower-case name of the value, e.g. "maybe_executed".
const char* to_string(Execution execution);

/// What went wrong. Usable as a `std::error_code` (category "rediscluster").
enum class Errc : std::uint8_t {
  // Local: found before anything was sent.
  bad_option = 1,        ///< A constructor option or URL part has no meaning here.
  no_seeds,              ///< No startup node was given.
  missing_key,           ///< The command has no key and says nothing else about where to go.
  wrong_arity,           ///< Too few or too many arguments for this command.
  cross_slot,            ///< Keys in several slots for a command that cannot be split.
  cross_slot_refused,    ///< The command could be split, but `options.cross_slot` is `refuse`.
  unknown_node,          ///< No node with that id or address.
  not_allowed,           ///< The command changes the state of a shared connection, is refused by an option, or would wait for its own thread.
  too_large,             ///< An argument or the command is above the server's limits.
  client_closed,         ///< The client was closed.
  lock_misused,          ///< A lock is released or extended that was not acquired, or acquired twice.
  lock_not_acquired,     ///< A lock was held by others for as long as was to be waited, or each lease was over before it was known.
  lock_not_owned,        ///< The lease of a lock had ended, or its key was removed.
  pubsub_misused,        ///< run_in_thread() with a subscription that has no handler.
  watch_lost,            ///< A watched key was changed, or the connection that watched it is gone: nothing of the transaction ran.
  // Network and topology.
  no_reachable_node,     ///< Neither a startup node nor a known node answered.
  not_cluster_mode,      ///< The server answers, but is not part of a cluster.
  slot_not_covered,      ///< No node serves the slot.
  dns_failed,            ///< The host name has no address.
  connect_failed,        ///< The TCP connection could not be made.
  handshake_failed,      ///< HELLO or AUTH was refused.
  tls_failed,            ///< The TLS handshake failed: the peer cannot be trusted, does not speak TLS, or does not trust us.
  connection_lost,       ///< The connection ended while the command was under way.
  timed_out,             ///< The deadline of the command passed.
  cancelled,             ///< The caller's stop token was used.
  too_many_redirects,    ///< Nodes kept sending the command to each other.
  too_many_connections,  ///< `max_connections` is reached.
  too_many_in_flight,    ///< As many commands are under way as AsyncOptions allow, and the client was told not to wait then.
  protocol_error,        ///< The peer does not speak RESP, or broke a limit.
  unexpected_reply,      ///< A well-formed reply of the wrong shape for this command.
  // Error replies of a server.
  response_error,        ///< Any error reply without a code of its own ("ERR ...").
  moved,
  ask,
  try_again,
  cluster_down,
  master_down,
  loading,
  busy,
  read_only,
  no_replicas,
  out_of_memory,
  misconfigured,
  wrong_type,
  no_script,
  no_auth,
  wrong_password,
  no_permission,
  exec_abort,
  unblocked,
  no_protocol,
  busy_key,
  no_group,
  busy_group,
};

/// Stable lower-case name of the value, e.g. "connection_lost".
const char* to_string(Errc code);

/// Whether the same call may well succeed a little later without anybody changing it: an outage, a failover, a full or busy server, a
/// deadline that passed, a lock that others hold. False for what stays wrong: the call itself, rights, certificates, options, types.
/// Says nothing of whether the command has run: `Error::execution` does. Ask both before a write is made again.
bool is_transient(Errc code);

const std::error_category& error_category();
std::error_code make_error_code(Errc code);

/// One failed command, with what the reader of a log needs.
struct Error {
  Errc code = Errc::response_error;
  std::string message;                            ///< What was wrong and, where known, what to do. Never a secret.
  NodeAddress node{};                             ///< The node that answered or failed last; empty: none was involved.
  int attempts = 0;                               ///< How often the command was given to a node.
  Execution execution = Execution::not_executed;  ///< Whether a server may have run the command.
};

/// "connection_lost at 127.0.0.1:7000 after 2 attempts (maybe_executed): peer closed ..."
std::string to_string(const Error& error);

/// Root of all exceptions of this library.
class RedisError : public std::runtime_error {
 public:
  explicit RedisError(Error error);
  const Error& error() const noexcept { return error_; }
  std::error_code code() const noexcept { return make_error_code(error_.code); }
  Execution execution() const noexcept { return error_.execution; }

 private:
  Error error_;
};

/// Wrong use of the client, or no usable cluster.
class RedisClusterException : public RedisError { using RedisError::RedisError; };
/// An option that has no meaning.
class RedisClusterConfigError : public RedisClusterException { using RedisClusterException::RedisClusterException; };
/// No node serves the slot of a key.
class SlotNotCoveredError : public RedisClusterException { using RedisClusterException::RedisClusterException; };
/// The transport failed: connect, lost connection, name resolution.
class ConnectionError : public RedisError { using RedisError::RedisError; };
/// The deadline of the command passed.
class TimeoutError : public RedisError { using RedisError::RedisError; };
/// The caller cancelled the call.
class CancelledError : public RedisError { using RedisError::RedisError; };
/// Wrong or missing credentials.
class AuthenticationError : public ConnectionError { using ConnectionError::ConnectionError; };
/// The server is loading its data set.
class BusyLoadingError : public ConnectionError { using ConnectionError::ConnectionError; };
/// The peer does not speak RESP, or sent a reply of the wrong shape.
class InvalidResponse : public RedisError { using RedisError::RedisError; };
/// An argument that cannot be encoded.
class DataError : public RedisError { using RedisError::RedisError; };
/// A lock could not be had, or was not used as locks are.
class LockError : public RedisError { using RedisError::RedisError; };
/// The lock was not ours any more.
class LockNotOwnedError : public LockError { using LockError::LockError; };
/// A pub/sub object was not used as such are.
class PubSubError : public RedisError { using RedisError::RedisError; };
/// What a transaction watched has changed, or can no longer be watched: nothing of it has run.
class WatchError : public RedisError { using RedisError::RedisError; };
/// The server answered with an error.
class ResponseError : public RedisError { using RedisError::RedisError; };
class NoScriptError : public ResponseError { using ResponseError::ResponseError; };
class ReadOnlyError : public ResponseError { using ResponseError::ResponseError; };
class NoPermissionError : public ResponseError { using ResponseError::ResponseError; };
class ExecAbortError : public ResponseError { using ResponseError::ResponseError; };
class ClusterCrossSlotError : public ResponseError { using ResponseError::ResponseError; };
class TryAgainError : public ResponseError { using ResponseError::ResponseError; };
class AskError : public ResponseError { using ResponseError::ResponseError; };
class MovedError : public AskError { using AskError::AskError; };
/// The cluster as a whole could not serve the command.
class ClusterError : public ResponseError { using ResponseError::ResponseError; };
class ClusterDownError : public ClusterError { using ClusterError::ClusterError; };
class MasterDownError : public ClusterDownError { using ClusterDownError::ClusterDownError; };

/// Throws the exception class that belongs to `error.code`.
[[noreturn]] void throw_error(Error error);

}  // namespace rediscluster

/// @cond the reference has no place for it
template <>
struct std::is_error_code_enum<rediscluster::Errc> : std::true_type {};
/// @endcond
