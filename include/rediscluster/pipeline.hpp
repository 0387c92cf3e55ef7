/// Many commands in one go: queued here, sent to all nodes at the same time, answered together.
/// What it promises and what it does not: docs/guide/pipelines.md.
#pragma once

#include <rediscluster/client.hpp>
#include <rediscluster/commands/all.hpp>
#include <rediscluster/pending.hpp>
#include <rediscluster/word_commands.hpp>

#include <memory>

namespace rediscluster {

struct PipelineOptions {
  bool read_from_replicas = false;  ///< Reads go to any copy of their shard, also when the client's options say primary.
};

namespace detail {

class CommandQueue;  // src/api/command_queue.hpp
struct DeleteCommandQueue {
  void operator()(CommandQueue* queue) const;
};
using CommandQueuePointer = std::unique_ptr<CommandQueue, DeleteCommandQueue>;

CommandQueuePointer make_pipeline(Client& client, const PipelineOptions& options);
Queued enqueue(CommandQueue& queue, const EncodedCommand& command);
std::size_t queued_commands(const CommandQueue& queue);
void reset_queue(CommandQueue& queue);
Result<Replies> execute_pipeline(CommandQueue& queue, const ExecuteOptions& options);

/// What all pipelines are, however they are executed: every command as a member that queues it.
template <class Surface>
class QueueSurface : public AllCommands<Surface, Pending>, public WordCommands<Surface, Pending> {
 public:
  /// Queues a command value. Sends nothing.
  template <class T>
  Pending<T> run(const Command<T>& command) {
    return Pending<T>(enqueue(*queue_, command));
  }

  /// Commands queued.
  std::size_t size() const { return queued_commands(*queue_); }
  bool empty() const { return size() == 0; }
  /// Forgets the queued commands; their Pendings say so.
  void reset() { reset_queue(*queue_); }

 protected:
  explicit QueueSurface(CommandQueuePointer queue) : queue_(std::move(queue)) {}
  QueueSurface(QueueSurface&&) = default;
  QueueSurface& operator=(QueueSurface&&) = default;
  ~QueueSurface() = default;

  CommandQueuePointer queue_;
};

}  // namespace detail

/// Made by pipeline(). Every command of the client is a member here, too; it is queued and gives a `Pending`.
///     auto pipe = cluster.pipeline();
///     auto name = pipe.get("user:1");
///     auto visits = pipe.incr("visits");
///     pipe.execute();
///     use(name.value(), visits.value());
/// Keys may lie anywhere: each node gets its commands in one write, all nodes at the same time; commands over several
/// slots are sent in parts. Commands of one slot run in the order they were queued, also when they have to be sent again.
/// Not atomic. Only what failed is sent again, and only when that is safe (options.resend).
/// Refused, each as an error of its own command (Errc::not_allowed), while the others run: commands that wait on the server,
/// those that change their connection (MULTI, SELECT, SUBSCRIBE), and those over several slots that are run step by step.
/// One thread at a time. A client that is gone is a closed one for it.
template <template <class> class Outcome>
class BasicPipeline : public detail::QueueSurface<BasicPipeline<Outcome>> {
 public:
  explicit BasicPipeline(detail::CommandQueuePointer queue) : detail::QueueSurface<BasicPipeline>(std::move(queue)) {}

  /// Runs what is queued, each command to its own end, and empties the pipeline for the next use, also when it throws.
  /// @return  the replies in the order of queueing; nothing queued: nothing sent.
  /// Errors:  with raise_on_error the first error of a command: "Command # 3 (LPUSH k x) of pipeline caused error: ...".
  Outcome<Replies> execute(const ExecuteOptions& options = {}) {
    return detail::deliver<Outcome, Replies>(detail::execute_pipeline(*this->queue_, options));
  }
};

using Pipeline = BasicPipeline<detail::Plain>;
using NothrowPipeline = BasicPipeline<Result>;

}  // namespace rediscluster
