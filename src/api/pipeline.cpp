// Bodies of pipeline.hpp: what may be queued, and the execution of the queue.
#include "api/command_queue.hpp"
#include "cluster/run/caller_limits.hpp"

#include <rediscluster/redis_cluster.hpp>

namespace rediscluster {
namespace detail {
namespace {

Failure refuse(const EncodedCommand& command, const std::string& reason) {
  return fail(Errc::not_allowed, std::string(command.facts().name) + reason);
}

// What has no place among others on a shared connection, with what to do instead.
Result<void> check_pipelined(const Client& client, const EncodedCommand& command) {
  if (Result<void> allowed = client.rules().check_allowed(command); !allowed) return allowed;
  if (command.facts().has(flag_session)) {
    return refuse(command, " is about the connection it is sent on, and those of a pipeline are shared. For MULTI and WATCH use "
                           "transaction(), for SUBSCRIBE pubsub().");
  }
  if (command.block_for()) {
    return refuse(command, " waits on the server and would hold up all that follows it: call it on the client, or leave the "
                           "waiting to a command that does not block");
  }
  if (Client::runs_in_steps(command)) {
    return refuse(command, " over several slots (" + routing::list_keys(command) +
                               ") is run step by step, each step after the reply to the one before: call it on the client, or "
                               "give its keys a common hash tag");
  }
  return {};
}

// What is left of the time for all.
std::chrono::milliseconds learn_within(CommandQueue& queue, std::optional<std::chrono::milliseconds> timeout) {
  const base::Duration usual = base::bounded(queue.client().rules().config().options.command_timeout);
  const base::Deadline deadline = cluster::CallerLimits::deadline(base::Clock::now(), timeout, usual);
  queue.learn(deadline, check_pipelined);
  return base::whole_milliseconds(deadline.left(base::Clock::now()));
}

}  // namespace

void DeleteCommandQueue::operator()(CommandQueue* queue) const { delete queue; }

CommandQueuePointer make_pipeline(Client& client, const PipelineOptions& options) {
  CommandQueuePointer queue(new CommandQueue(client));
  queue->options = options;
  return queue;
}

Queued enqueue(CommandQueue& queue, const EncodedCommand& command) {
  if (queue.client().rules().is_plain(command)) [[likely]]
    return queue.add(command);
  return enqueue_checked(queue, command, check_pipelined);
}

std::size_t queued_commands(const CommandQueue& queue) { return queue.size(); }

void reset_queue(CommandQueue& queue) { queue.clear(); }

Result<Replies> execute_pipeline(CommandQueue& queue, const ExecuteOptions& options) {
  if (queue.size() == 0) return Replies();
  const CommandQueue::Executing executing(queue);
  const std::optional<std::chrono::milliseconds> timeout = queue.has_unlearnt() ? learn_within(queue, options.timeout) : options.timeout;
  std::vector<cluster::CommandEnd> ends = queue.ends();
  base::BlockKeeper keeper;
  queue.client().cluster().execute_pipeline(queue.commands(), ends, keeper, {timeout, read_from_of(queue)});
  return replies_of(queue, std::move(ends), std::move(keeper), options);
}

std::optional<ReadFrom> read_from_of(const CommandQueue& queue) {
  const bool asks_primaries = queue.client().rules().config().read_from == ReadFrom::primary;
  return queue.options.read_from_replicas && asks_primaries ? std::optional(ReadFrom::any) : std::nullopt;
}

Result<Replies> replies_of(CommandQueue& queue, std::vector<cluster::CommandEnd> ends, base::BlockKeeper keeper, const ExecuteOptions& options) {
  const auto failed = options.raise_on_error
                          ? std::find_if(ends.begin(), ends.end(), [](const auto& end) { return end.error != nullptr; })
                          : ends.end();
  if (failed == ends.end()) return Replies(queue.finish(std::move(ends), std::move(keeper)));
  const auto position = static_cast<std::size_t>(failed - ends.begin());
  Error error = caused_by(queue.commands()[position], position, "pipeline", *failed->error);
  queue.finish(std::move(ends), std::move(keeper));
  return fail(std::move(error));
}

}  // namespace detail

Pipeline RedisCluster::pipeline(const PipelineOptions& options) const& { return Pipeline(detail::make_pipeline(*client_, options)); }

NothrowPipeline NothrowRedisCluster::pipeline(const PipelineOptions& options) const {
  return NothrowPipeline(detail::make_pipeline(*client_, options));
}

}  // namespace rediscluster
