// Bodies of async_pipeline.hpp: a pipeline whose errands a reactor drives.
#include "api/async_client.hpp"
#include "api/command_queue.hpp"
#include "cluster/flight/convoy.hpp"
#include "cluster/run/pipeline_run.hpp"

#include <rediscluster/async/async_pipeline.hpp>

#include <algorithm>

namespace rediscluster::detail {
namespace {

cluster::Surroundings surroundings_of(const CommandQueue& queue) {
  cluster::Surroundings around = queue.client().cluster().surroundings();
  around.read_from = read_from_of(queue).value_or(around.read_from);
  return around;
}

/// Made by new; frees itself.
class PipelineConvoy final : public cluster::Convoy {
 public:
  PipelineConvoy(cluster::FlightDeck& deck, CommandQueuePointer queue, const ExecuteOptions& options, std::unique_ptr<BatchTeller> teller,
                 base::Deadline deadline)
      : Convoy(deck, surroundings_of(*queue), deadline),
        queue_(std::move(queue)),
        options_(options),
        teller_(std::move(teller)),
        run_(around(), deadline),
        ends_(queue_->ends()) {}

 private:
  Result<std::span<cluster::Errand>> prepare() override {
    run_.take(queue_->commands(), ends_);
    return run_.errands();
  }
  void give(bool at_once, Error* error) noexcept override { teller_->give(landing_.receiver(), at_once, replies_or(error)); }
  void tell(void* receiver) noexcept override { teller_->tell(receiver); }

  Result<Replies> replies_or(const Error* error) noexcept {
    try {
      const CommandQueue::Executing executing(*queue_);
      if (queue_->size() == 0) return Replies();
      if (error == nullptr) {
        run_.hand_out(queue_->commands(), ends_);
      } else {
        end_in(ends_, *error);
      }
      Result<Replies> replies = replies_of(*queue_, std::move(ends_), std::move(keeper()), options_);
      return error == nullptr ? std::move(replies) : Result<Replies>(fail(*error));
    } catch (const std::exception& thrown) {
      return fail(error_of(thrown));
    }
  }

  const CommandQueuePointer queue_;
  const ExecuteOptions options_;
  const std::unique_ptr<BatchTeller> teller_;
  cluster::PipelineRun run_;
  std::vector<cluster::CommandEnd> ends_;
};

/// What asks again behind the others, or first what a command is, does so step by step.
class BatchTask final : public BlockingTask {
 public:
  BatchTask(CommandQueuePointer queue, const ExecuteOptions& options, std::unique_ptr<BatchTeller> teller)
      : queue_(std::move(queue)), options_(options), teller_(std::move(teller)) {}

  void call(const RunOptions& /*options*/) override { replies_.emplace(execute_pipeline(*queue_, options_)); }
  // Each command ends in it, too.
  void fail_with(Error error) noexcept override {
    try {
      const CommandQueue::Executing executing(*queue_);
      std::vector<cluster::CommandEnd> ends = queue_->ends();
      end_in(ends, error);
      static_cast<void>(replies_of(*queue_, std::move(ends), {}, options_));
    } catch (const std::exception&) {  // no memory: the queue says so
    }
    replies_.emplace(fail(std::move(error)));
  }
  void complete(void* receiver) noexcept override { teller_->give(receiver, true, std::move(*replies_)); }
  void put(void* receiver) noexcept override { teller_->give(receiver, false, std::move(*replies_)); }
  void tell(void* receiver) noexcept override { teller_->tell(receiver); }

 private:
  const CommandQueuePointer queue_;
  const ExecuteOptions options_;
  const std::unique_ptr<BatchTeller> teller_;
  std::optional<Result<Replies>> replies_;
};

}  // namespace

AsyncCall prepare_batch(AsyncClient& client, CommandQueuePointer queue, const ExecuteOptions& options, std::unique_ptr<BatchTeller> teller,
                        StartOptions&& start) {
  ExecuteOptions its_options = options;
  if (start.timeout) its_options.timeout = *start.timeout;
  const auto commands = queue->commands();
  if (queue->has_unlearnt() || std::any_of(commands.begin(), commands.end(), cluster::PipelineRun::asks_again)) {
    return prepare_blocking(client, std::make_unique<BatchTask>(std::move(queue), its_options, std::move(teller)), std::move(start));
  }
  cluster::FlightDeck& deck = client.reactors().deck();
  const base::Duration timeout = base::bounded(its_options.timeout.value_or(client.client().rules().config().options.command_timeout));
  auto* const convoy =
      new PipelineConvoy(deck, std::move(queue), its_options, std::move(teller), base::Deadline::after(deck.time_for_caller(), timeout));
  convoy->cancel_on(std::move(start.stop));
  return call_of(*convoy, client, start);
}

CommandQueuePointer make_pipeline(AsyncClient& client, const PipelineOptions& options) { return make_pipeline(client.client(), options); }

}  // namespace rediscluster::detail
