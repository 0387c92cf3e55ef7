#include "cluster/run/script_run.hpp"

#include "commands/script_command.hpp"

namespace rediscluster::cluster {

Result<void> execute_script(Cluster& cluster, const EncodedCommand& by_hash, std::string_view source, Call& call,
                            CallOptions options) {
  const base::TimePoint start = base::Clock::now();
  Result<void> done = cluster.execute(by_hash, call, options);
  if (done || !lacks_script(done.error())) return done;
  const auto timeout = options.timeout.value_or(cluster.config().options.command_timeout);
  const auto spent = std::chrono::duration_cast<std::chrono::milliseconds>(base::Clock::now() - start);
  const int attempts = done.error().attempts;
  // An earlier attempt may have run on a node that is gone, before another one said NOSCRIPT.
  const bool in_doubt = done.error().execution == Execution::maybe_executed;
  if (spent >= timeout) {
    Error late{Errc::timed_out, std::string(by_hash.facts().name) + ": the node lacks the script, and no time was left to send it"};
    late.node = std::move(done.error().node);
    late.attempts = attempts;
    late.execution = done.error().execution;
    return fail(std::move(late));
  }
  options.timeout = timeout - spent;
  done = cluster.execute(with_source(by_hash, source), call, options);
  if (!done) {
    done.error().attempts += attempts;
    if (in_doubt) done.error().execution = Execution::maybe_executed;
  }
  return done;
}

}  // namespace rediscluster::cluster
