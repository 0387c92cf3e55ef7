/// Many commands in one go, asynchronously: queued here, sent to all nodes at the same time, answered together.
#pragma once

#include <rediscluster/async/operation.hpp>
#include <rediscluster/pipeline.hpp>

namespace rediscluster {

namespace detail {

/// What is queued, for one execution, which the pipeline need not outlive.
std::unique_ptr<Source<Replies>> execute_later(AsyncClient& client, CommandQueuePointer queue, const ExecuteOptions& options);
CommandQueuePointer make_pipeline(AsyncClient& client, const PipelineOptions& options);

}  // namespace detail

/// Made by AsyncRedisCluster::pipeline(). Every command of the client is a member here, too; it is queued and gives a `Pending`.
///     auto pipe = redis.pipeline();
///     auto name = pipe.get("user:1");
///     auto visits = pipe.incr("visits");
///     if (auto done = co_await pipe.execute()) use(name.value(), visits.value());
/// What it promises is what BasicPipeline promises. One thread at a time; execute() takes what is queued with it.
class AsyncPipeline : public AllCommands<AsyncPipeline, Pending>, public WordCommands<AsyncPipeline, Pending> {
 public:
  AsyncPipeline(detail::AsyncClient& client, const PipelineOptions& options)
      : client_(&client), options_(options), queue_(detail::make_pipeline(client, options)) {}

  /// Queues a command value. Sends nothing.
  template <class T>
  Pending<T> run(const Command<T>& command) {
    return Pending<T>(detail::enqueue(*queue_, command));
  }
  /// Commands queued.
  std::size_t size() const { return detail::queued_commands(*queue_); }
  bool empty() const { return size() == 0; }
  /// Forgets the queued commands; their Pendings say so.
  void reset() { detail::reset_queue(*queue_); }

  /// Runs what is queued, each command to its own end; the pipeline is empty then, and may be filled anew at once.
  /// @return  the replies in the order of queueing. The Pendings have theirs when it has ended, not before.
  /// Errors:  with raise_on_error the first error of a command, see BasicPipeline::execute.
  Operation<Replies> execute(const ExecuteOptions& options = {}) {
    auto queued = std::exchange(queue_, detail::make_pipeline(*client_, options_));
    return Operation<Replies>(*client_, detail::execute_later(*client_, std::move(queued), options));
  }

 private:
  detail::AsyncClient* client_;
  PipelineOptions options_;
  detail::CommandQueuePointer queue_;
};

}  // namespace rediscluster
