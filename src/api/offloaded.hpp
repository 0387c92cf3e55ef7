/// What a fiber or a thread of the crew runs, with its result.
#pragma once

#include "api/async_client.hpp"
#include "cluster/flight/offload.hpp"

namespace rediscluster::detail {

/// Made by new; frees itself, see Offload.
class Offloaded final : public cluster::Offload {
 public:
  Offloaded(AsyncClient& client, std::unique_ptr<BlockingTask> task, StartOptions& options, Whose whose)
      : Offload(client.shared_from_this(), client.reactors(), whose == Whose::ours ? Runs::as_fiber : Runs::on_thread, options.timeout, std::move(options.stop)), task_(std::move(task)) {}

 private:
  void call(std::optional<std::chrono::milliseconds> timeout, std::stop_token stop) override {
    RunOptions options{.stop = std::move(stop)};
    if (timeout) options.timeout = *timeout;
    task_->call(options);
  }
  bool call_at_once() override { return task_->call_at_once(); }
  void fail_with(Error error) noexcept override { task_->fail_with(std::move(error)); }
  void complete(void* receiver) noexcept override { task_->complete(receiver); }
  void put(void* receiver) noexcept override { task_->put(receiver); }
  void tell(void* receiver) noexcept override { task_->tell(receiver); }

  const std::unique_ptr<BlockingTask> task_;
};

}  // namespace rediscluster::detail
