#include "routing/refusal.hpp"

#include "commands/retry_class.hpp"
#include "commands/secret_words.hpp"
#include "wire/error_reply.hpp"
#include "wire/redirect.hpp"

#include <algorithm>
#include <array>

namespace rediscluster::routing {
namespace {

// Whole texts. Valkey says its name where Redis says its own.
constexpr std::array<std::string_view, 20> said_before_any{
    "TRYAGAIN Multiple keys request during rehashing of slot",
    "CLUSTERDOWN The cluster is down",
    "CLUSTERDOWN The cluster is down and only accepts read commands",
    "CLUSTERDOWN Hash slot not served",
    "CROSSSLOT Keys in request don't hash to the same slot",
    "LOADING Redis is loading the dataset in memory",
    "LOADING Valkey is loading the dataset in memory",
    "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
    "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.",
    "BUSY Redis is busy running a module command.",
    "BUSY Valkey is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
    "BUSY Valkey is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.",
    "BUSY Valkey is busy running a module command.",
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    "MASTERDOWN Link with MASTER is down and slave-serve-stale-data is set to 'no'.",
    "MASTERDOWN Link with MASTER is down, replica-serve-stale-data is set to 'no' and 'allow-stale' flag is not set on the script.",
    "NOREPLICAS Not enough good replicas to write.",
    "NOREPLICAS Not enough good slaves to write.",
    "NOAUTH Authentication required.",
    "OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'",
};

constexpr std::array<std::string_view, 2> said_without_script{
    "NOSCRIPT No matching script. Please use EVAL.",
    "NOSCRIPT No matching script.",
};

// Beginnings of texts that name a command, a user or a reason. What a server says of a command within a script begins
// otherwise ("NOPERM ACL failure in script", "NOPERM The user executing the script"), or ends with where in the script it was.
constexpr std::array<std::string_view, 15> beginnings{
    "ERR Protocol error: ",
    "ERR unknown command ",
    "ERR unknown subcommand ",
    "ERR Unknown subcommand ",
    "ERR wrong number of arguments for '",
    "ERR Number of keys can't be ",
    "ERR Function not found",
    "ERR Error compiling script (new function)",
    "ERR Can not execute a script with write flag using *_ro command",
    "READONLY Can not run script with write flag on readonly replica",
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Writable scripts are blocked.",
    "MISCONF Redis is configured to persist data to AOF, but it's currently unable to persist to disk. Writable scripts are blocked.",
    "NOPERM this user has no permissions to ",
    "NOPERM This user has no permissions to ",
    "NOPERM No permissions to access a ",
};

// Of a single write; a script may say it behind another one, as the reply of a redis.pcall.
constexpr std::array<std::string_view, 3> beginnings_of_one_write{
    "READONLY You can't write against a read only ",
    "OOM command not allowed when used memory > 'maxmemory'",
    "MISCONF ",
};

// Before MIGRATE has sent anything.
constexpr std::array<std::string_view, 5> beginnings_of_migrate{
    "IOERR error or timeout connecting to the client",
    "ERR Can't connect to target node",
    "ERR syntax error",
    "ERR value is not an integer or out of range",
    "ERR When using MIGRATE KEYS option",
};

template <std::size_t size>
bool begins_with_one_of(const std::array<std::string_view, size>& list, std::string_view text) {
  return std::ranges::any_of(list, [&](std::string_view each) { return text.starts_with(each); });
}

template <std::size_t size>
bool is_one_of(const std::array<std::string_view, size>& list, std::string_view text) {
  return std::ranges::find(list, text) != list.end();
}

// "NOPERM User app has no permissions to run the 'eval' command": since Redis 7.2.
bool names_user_without_right(std::string_view text) {
  return text.starts_with("NOPERM User ") && text.find(" has no permissions to run the '") != std::string_view::npos;
}

bool is_own_redirect(std::string_view text, const CommandView& command) {
  if (!text.starts_with("MOVED ") && !text.starts_with("ASK ")) return false;
  const Result<wire::Redirect> redirect = wire::parse_redirect(text);
  return redirect && redirect->slot == command.slot();
}

bool is_migrate(const CommandFacts& facts) { return facts.name == "MIGRATE"; }

}  // namespace

bool may_fail_halfway(const CommandFacts& facts) {
  return !facts.is_read_only() && (runs_script(facts) || facts.has(flag_learnt) || is_migrate(facts));
}

bool proves_not_run(std::string_view error_line, const CommandView& command) {
  const CommandFacts& facts = command.facts();
  if (!may_fail_halfway(facts)) return true;
  const std::string_view text = wire::trim_error_line(error_line);
  if (is_own_redirect(text, command) || is_one_of(said_before_any, text)) return true;
  if (facts.name == "EVALSHA" && is_one_of(said_without_script, text)) return true;
  if (!runs_script(facts) && begins_with_one_of(beginnings_of_one_write, text)) return true;
  if (is_migrate(facts) && begins_with_one_of(beginnings_of_migrate, text)) return true;
  const bool is_from_within = text.find(" script: ") != std::string_view::npos;
  return !is_from_within && (begins_with_one_of(beginnings, text) || names_user_without_right(text));
}

Error error_of_refusal(const CommandView& command, std::string_view error_line, const NodeAddress& node) {
  Error error = refusal_of(command, error_line, node);
  const bool is_proven = proves_not_run(error_line, command);
  if (!is_proven) error.execution = Execution::maybe_executed;
  if (error.code == Errc::no_script && !is_proven) error.code = Errc::response_error;
  return error;
}

}  // namespace rediscluster::routing
