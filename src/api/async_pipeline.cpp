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
  PipelineConvoy(cluster::FlightDeck& deck, CommandQueuePointer queue, const ExecuteOptions& options, base::Deadline deadline)
      : Convoy(deck, surroundings_of(*queue), deadline), queue_(std::move(queue)), options_(options), run_(around(), deadline), ends_(queue_->ends()) {}

 private:
  Result<std::span<cluster::Errand>> prepare() override {
    run_.take(queue_->commands(), ends_);
    return run_.errands();
  }
  void give(bool at_once, Error* error) noexcept override {
    Receiver<Replies>& receiver = *static_cast<Receiver<Replies>*>(landing_.receiver());
    Result<Replies> replies = replies_or(error);
    at_once ? receiver.complete(std::move(replies)) : receiver.put(std::move(replies));
  }
  void tell(void* receiver) noexcept override { static_cast<Receiver<Replies>*>(receiver)->tell(); }

  Result<Replies> replies_or(const Error* error) noexcept {
    try {
      const CommandQueue::Executing executing(*queue_);
      if (queue_->size() == 0) return Replies();
      if (error == nullptr) {
        run_.hand_out(queue_->commands(), ends_);
      } else {
        for (cluster::CommandEnd& end : ends_) {
          if (!end.error) end.error = std::make_unique<Error>(*error);
        }
      }
      Result<Replies> replies = replies_of(*queue_, std::move(ends_), std::move(keeper()), options_);
      return error == nullptr ? std::move(replies) : Result<Replies>(fail(*error));
    } catch (const std::exception& thrown) {
      return fail(error_of(thrown));
    }
  }

  const CommandQueuePointer queue_;
  const ExecuteOptions options_;
  cluster::PipelineRun run_;
  std::vector<cluster::CommandEnd> ends_;
};

class PipelineSource final : public Source<Replies> {
 public:
  PipelineSource(CommandQueuePointer queue, const ExecuteOptions& options) : queue_(std::move(queue)), options_(options) {}

  AsyncCall prepare(AsyncClient& client, StartOptions&& options) override {
    if (options.timeout) options_.timeout = *options.timeout;
    const auto commands = queue_->commands();
    // What asks again behind the others does so on a thread.
    if (std::any_of(commands.begin(), commands.end(), cluster::PipelineRun::asks_again)) return prepare_on_thread(client, std::move(options));
    cluster::FlightDeck& deck = client.reactors().deck();
    const base::Duration timeout = base::bounded(options_.timeout.value_or(client.client().rules().config().options.command_timeout));
    auto* const convoy = new PipelineConvoy(deck, std::move(queue_), options_, base::Deadline::after(deck.time_for_caller(), timeout));
    convoy->cancel_on(std::move(options.stop));
    return call_of(*convoy, client, options);
  }

 private:
  AsyncCall prepare_on_thread(AsyncClient& client, StartOptions&& options) {
    auto run = [queue = std::shared_ptr<CommandQueue>(std::move(queue_)), its_options = options_](const RunOptions&) {
      return execute_pipeline(*queue, its_options);
    };
    return prepare_blocking(client, std::make_unique<BlockingCall<Replies, decltype(run)>>(std::move(run)), std::move(options));
  }

  CommandQueuePointer queue_;
  ExecuteOptions options_;
};

}  // namespace

std::unique_ptr<Source<Replies>> execute_later(AsyncClient& /*client*/, CommandQueuePointer queue, const ExecuteOptions& options) {
  return std::make_unique<PipelineSource>(std::move(queue), options);
}

CommandQueuePointer make_pipeline(AsyncClient& client, const PipelineOptions& options) { return make_pipeline(client.client(), options); }

}  // namespace rediscluster::detail
