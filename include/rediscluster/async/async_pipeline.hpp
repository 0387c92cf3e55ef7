/// Many commands in one go, asynchronously: queued here, sent to all nodes at the same time, answered together.
#pragma once

#include <rediscluster/async/operation.hpp>
#include <rediscluster/pipeline.hpp>

#include <tuple>

namespace rediscluster {

namespace detail {

/// Gives the end of a batch to whom it is for, in the form he wants.
class BatchTeller {
 public:
  virtual ~BatchTeller() = default;
  /// @param at_once  tell him here and now; else only write it down.
  virtual void give(void* receiver, bool at_once, Result<Replies>&& replies) noexcept = 0;
  virtual void tell(void* receiver) noexcept = 0;
};
/// What is queued, for one execution. Errors: std::bad_alloc.
AsyncCall prepare_batch(AsyncClient& client, CommandQueuePointer queue, const ExecuteOptions& options, std::unique_ptr<BatchTeller> teller,
                        StartOptions&& start);
CommandQueuePointer make_pipeline(AsyncClient& client, const PipelineOptions& options);

/// A batch whose end is made of its replies, or of what was queued.
/// @tparam Make  Result<T>(Result<Replies>&&)
template <class T, class Make>
class Batch final : public Source<T> {
 public:
  Batch(CommandQueuePointer queue, const ExecuteOptions& options, Make make) : queue_(std::move(queue)), options_(options), make_(std::move(make)) {}
  AsyncCall prepare(AsyncClient& client, StartOptions&& start) override {
    return prepare_batch(client, std::move(queue_), options_, std::make_unique<Teller>(std::move(make_)), std::move(start));
  }

 private:
  class Teller final : public BatchTeller {
   public:
    explicit Teller(Make make) : make_(std::move(make)) {}
    void give(void* receiver, bool at_once, Result<Replies>&& replies) noexcept override {
      Receiver<T>& told = *static_cast<Receiver<T>*>(receiver);
      at_once ? told.complete(make_(std::move(replies))) : told.put(make_(std::move(replies)));
    }
    void tell(void* receiver) noexcept override { static_cast<Receiver<T>*>(receiver)->tell(); }

   private:
    Make make_;
  };

  CommandQueuePointer queue_;
  const ExecuteOptions options_;
  Make make_;
};
template <class T, class Make>
Operation<T> run_batch(AsyncClient& client, CommandQueuePointer queue, const ExecuteOptions& options, Make make) {
  return Operation<T>(client, std::make_unique<Batch<T, Make>>(std::move(queue), options, std::move(make)));
}

template <class... T>
using AllResults = std::tuple<Result<T>...>;

/// Commands in one go, each with a result of its own.
template <class... T>
Operation<AllResults<T...>> run_all(AsyncClient& client, const Command<T>&... commands) {
  CommandQueuePointer queue = make_pipeline(client, {});
  std::tuple<Pending<T>...> pending{Pending<T>(enqueue(*queue, commands))...};  // in this order: braces
  return run_batch<AllResults<T...>>(client, std::move(queue), {.raise_on_error = false}, [pending = std::move(pending)](Result<Replies>&&) {
    return std::apply([](const auto&... each) { return Result<AllResults<T...>>(AllResults<T...>(each.result()...)); }, pending);
  });
}

}  // namespace detail

/// Made by AsyncRedisCluster::pipeline(). Every command of the client is a member here, too; it is queued and gives a `Pending`.
///     auto pipe = redis.pipeline();
///     auto name = pipe.get("user:1");
///     auto visits = pipe.incr("visits");
///     if (auto done = co_await pipe.execute()) use(name.value(), visits.value());
/// What it promises is what BasicPipeline promises. One thread at a time; execute() takes what is queued with it.
class AsyncPipeline : public detail::QueueSurface<AsyncPipeline> {
 public:
  AsyncPipeline(detail::AsyncClient& client, const PipelineOptions& options)
      : QueueSurface(detail::make_pipeline(client, options)), client_(&client), options_(options) {}

  /// Runs what is queued, each command to its own end; the pipeline is empty then, and may be filled anew at once.
  /// @return  the replies in the order of queueing. The Pendings have theirs when it has ended, not before.
  /// Errors:  with raise_on_error the first error of a command, see BasicPipeline::execute.
  Operation<Replies> execute(const ExecuteOptions& options = {}) {
    auto queued = std::exchange(queue_, detail::make_pipeline(*client_, options_));
    return detail::run_batch<Replies>(*client_, std::move(queued), options, [](Result<Replies>&& replies) { return std::move(replies); });
  }

 private:
  detail::AsyncClient* client_;
  PipelineOptions options_;
};

}  // namespace rediscluster
