/// Names, texts and exception classes of errors.hpp.
#include <array>
#include <rediscluster/errors.hpp>
#include <utility>

#include "wire/printable.hpp"

namespace rediscluster {
namespace {

struct Name {
  Errc code;
  const char* text;
};

constexpr std::array names{
    Name{Errc::bad_option, "bad_option"},
    Name{Errc::no_seeds, "no_seeds"},
    Name{Errc::missing_key, "missing_key"},
    Name{Errc::wrong_arity, "wrong_arity"},
    Name{Errc::cross_slot, "cross_slot"},
    Name{Errc::cross_slot_refused, "cross_slot_refused"},
    Name{Errc::unknown_node, "unknown_node"},
    Name{Errc::not_allowed, "not_allowed"},
    Name{Errc::too_large, "too_large"},
    Name{Errc::client_closed, "client_closed"},
    Name{Errc::lock_misused, "lock_misused"},
    Name{Errc::lock_not_acquired, "lock_not_acquired"},
    Name{Errc::lock_not_owned, "lock_not_owned"},
    Name{Errc::pubsub_misused, "pubsub_misused"},
    Name{Errc::watch_lost, "watch_lost"},
    Name{Errc::no_reachable_node, "no_reachable_node"},
    Name{Errc::not_cluster_mode, "not_cluster_mode"},
    Name{Errc::slot_not_covered, "slot_not_covered"},
    Name{Errc::dns_failed, "dns_failed"},
    Name{Errc::connect_failed, "connect_failed"},
    Name{Errc::handshake_failed, "handshake_failed"},
    Name{Errc::tls_failed, "tls_failed"},
    Name{Errc::connection_lost, "connection_lost"},
    Name{Errc::timed_out, "timed_out"},
    Name{Errc::cancelled, "cancelled"},
    Name{Errc::too_many_redirects, "too_many_redirects"},
    Name{Errc::too_many_connections, "too_many_connections"},
    Name{Errc::too_many_in_flight, "too_many_in_flight"},
    Name{Errc::protocol_error, "protocol_error"},
    Name{Errc::unexpected_reply, "unexpected_reply"},
    Name{Errc::response_error, "response_error"},
    Name{Errc::moved, "moved"},
    Name{Errc::ask, "ask"},
    Name{Errc::try_again, "try_again"},
    Name{Errc::cluster_down, "cluster_down"},
    Name{Errc::master_down, "master_down"},
    Name{Errc::loading, "loading"},
    Name{Errc::busy, "busy"},
    Name{Errc::read_only, "read_only"},
    Name{Errc::no_replicas, "no_replicas"},
    Name{Errc::out_of_memory, "out_of_memory"},
    Name{Errc::misconfigured, "misconfigured"},
    Name{Errc::wrong_type, "wrong_type"},
    Name{Errc::no_script, "no_script"},
    Name{Errc::no_auth, "no_auth"},
    Name{Errc::wrong_password, "wrong_password"},
    Name{Errc::no_permission, "no_permission"},
    Name{Errc::exec_abort, "exec_abort"},
    Name{Errc::unblocked, "unblocked"},
    Name{Errc::no_protocol, "no_protocol"},
    Name{Errc::busy_key, "busy_key"},
    Name{Errc::no_group, "no_group"},
    Name{Errc::busy_group, "busy_group"},
};

class Category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "rediscluster"; }
  std::string message(int code) const override { return to_string(static_cast<Errc>(code)); }
};

// Codes that stand for an error reply of a server, or for the cluster as a whole.
[[noreturn]] void throw_response_error(Error error) {
  switch (error.code) {
    case Errc::cross_slot:
    case Errc::cross_slot_refused:
      throw ClusterCrossSlotError(std::move(error));
    case Errc::too_many_redirects:
      throw ClusterError(std::move(error));
    case Errc::moved:
      throw MovedError(std::move(error));
    case Errc::ask:
      throw AskError(std::move(error));
    case Errc::try_again:
      throw TryAgainError(std::move(error));
    case Errc::cluster_down:
      throw ClusterDownError(std::move(error));
    case Errc::master_down:
      throw MasterDownError(std::move(error));
    case Errc::loading:
      throw BusyLoadingError(std::move(error));
    case Errc::read_only:
      throw ReadOnlyError(std::move(error));
    case Errc::no_script:
      throw NoScriptError(std::move(error));
    case Errc::no_permission:
      throw NoPermissionError(std::move(error));
    case Errc::exec_abort:
      throw ExecAbortError(std::move(error));
    default:
      throw ResponseError(std::move(error));
  }
}

std::string attempts_text(int attempts) {
  if (attempts <= 0) return {};
  return " after " + std::to_string(attempts) + (attempts == 1 ? " attempt" : " attempts");
}

}  // namespace

std::string to_string(const NodeAddress& address) {
  if (address.host.empty() && address.port == 0) return "(no node)";
  const bool is_ipv6 = address.host.find(':') != std::string::npos;
  const std::string host = is_ipv6 ? '[' + address.host + ']' : address.host;
  return host + ':' + std::to_string(address.port);
}

const char* to_string(Execution execution) {
  switch (execution) {
    case Execution::not_executed:
      return "not_executed";
    case Execution::maybe_executed:
      return "maybe_executed";
    case Execution::executed:
      return "executed";
  }
  return "unknown";
}

const char* to_string(Errc code) {
  for (const Name& name : names) {
    if (name.code == code) return name.text;
  }
  return "unknown";
}

bool is_transient(Errc code) {
  switch (code) {
    case Errc::no_reachable_node:
    case Errc::slot_not_covered:
    case Errc::dns_failed:
    case Errc::connect_failed:
    case Errc::connection_lost:
    case Errc::timed_out:
    case Errc::too_many_redirects:
    case Errc::too_many_connections:
    case Errc::too_many_in_flight:
    case Errc::moved:
    case Errc::ask:
    case Errc::try_again:
    case Errc::cluster_down:
    case Errc::master_down:
    case Errc::loading:
    case Errc::busy:
    case Errc::read_only:
    case Errc::no_replicas:
    case Errc::out_of_memory:
    case Errc::unblocked:
    case Errc::lock_not_acquired:
    case Errc::watch_lost:
      return true;
    case Errc::bad_option:
    case Errc::no_seeds:
    case Errc::missing_key:
    case Errc::wrong_arity:
    case Errc::cross_slot:
    case Errc::cross_slot_refused:
    case Errc::unknown_node:
    case Errc::not_allowed:
    case Errc::too_large:
    case Errc::client_closed:
    case Errc::lock_misused:
    case Errc::lock_not_owned:
    case Errc::pubsub_misused:
    case Errc::not_cluster_mode:
    case Errc::handshake_failed:
    case Errc::tls_failed:
    case Errc::cancelled:
    case Errc::protocol_error:
    case Errc::unexpected_reply:
    case Errc::response_error:
    case Errc::misconfigured:
    case Errc::wrong_type:
    case Errc::no_script:
    case Errc::no_auth:
    case Errc::wrong_password:
    case Errc::no_permission:
    case Errc::exec_abort:
    case Errc::no_protocol:
    case Errc::busy_key:
    case Errc::no_group:
    case Errc::busy_group:
      return false;
  }
  return false;
}

const std::error_category& error_category() {
  static const Category category;
  return category;
}

std::error_code make_error_code(Errc code) { return {static_cast<int>(code), error_category()}; }

std::string to_string(const Error& error) {
  std::string text = to_string(error.code);
  if (error.node != NodeAddress{}) {
    text += " at ";
    wire::append_printable(text, to_string(error.node));  // a host may come from a server
  }
  text += attempts_text(error.attempts);
  text += std::string(" (") + to_string(error.execution) + "): ";
  wire::append_printable(text, error.message);
  return text;
}

RedisError::RedisError(Error error) : std::runtime_error(to_string(error)), error_(std::move(error)) {}

void throw_error(Error error) {
  switch (error.code) {
    case Errc::bad_option:
      throw RedisClusterConfigError(std::move(error));
    case Errc::no_seeds:
    case Errc::missing_key:
    case Errc::wrong_arity:
    case Errc::unknown_node:
    case Errc::not_allowed:
    case Errc::client_closed:
    case Errc::no_reachable_node:
    case Errc::not_cluster_mode:
    case Errc::too_many_connections:
    case Errc::too_many_in_flight:
      throw RedisClusterException(std::move(error));
    case Errc::lock_misused:
    case Errc::lock_not_acquired:
      throw LockError(std::move(error));
    case Errc::lock_not_owned:
      throw LockNotOwnedError(std::move(error));
    case Errc::pubsub_misused:
      throw PubSubError(std::move(error));
    case Errc::watch_lost:
      throw WatchError(std::move(error));
    case Errc::slot_not_covered:
      throw SlotNotCoveredError(std::move(error));
    case Errc::too_large:
      throw DataError(std::move(error));
    case Errc::dns_failed:
    case Errc::connect_failed:
    case Errc::handshake_failed:
    case Errc::tls_failed:
    case Errc::connection_lost:
      throw ConnectionError(std::move(error));
    case Errc::timed_out:
      throw TimeoutError(std::move(error));
    case Errc::cancelled:
      throw CancelledError(std::move(error));
    case Errc::protocol_error:
    case Errc::unexpected_reply:
      throw InvalidResponse(std::move(error));
    case Errc::no_auth:
    case Errc::wrong_password:
      throw AuthenticationError(std::move(error));
    default:
      break;
  }
  throw_response_error(std::move(error));
}

}  // namespace rediscluster
