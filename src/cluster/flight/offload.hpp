/// A blocking call made by a thread of the crew, as an operation: for what no reactor drives by itself. It takes a thread for as long as it
/// lasts. Makes its own end: freed by drop(), or when it has been told and nobody else has a hold on it.
#pragma once

#include "cluster/flight/async_cluster.hpp"

#include <stop_token>

namespace rediscluster::cluster {

class Offload : public Operation, Crew::Job, drive::Mail {
 public:
  /// @param owner    keeps the reactors until it is over.
  /// @param timeout  of all of it, also of what it waits for a thread.
  Offload(std::shared_ptr<void> owner, AsyncCluster& reactors, std::optional<std::chrono::milliseconds> timeout, std::stop_token stop);

  void launch() noexcept override { reactors_.workers().add(*this); }
  void cancel() noexcept override { stop_.request_stop(); }

 protected:
  virtual ~Offload() = default;
  /// The call; keeps what came of it. May throw std::exception.
  virtual void call(std::optional<std::chrono::milliseconds> timeout, std::stop_token stop) = 0;
  virtual void fail_with(Error error) noexcept = 0;
  // What came of it, to the receiver.
  virtual void complete(void* receiver) noexcept = 0;
  virtual void put(void* receiver) noexcept = 0;

 private:
  void run(bool has_thread) noexcept override;
  void call_safely() noexcept;
  void opened() noexcept override;
  void free(Where /*where*/) noexcept override { delete this; }

  const std::shared_ptr<void> owner_;
  AsyncCluster& reactors_;
  FlightDeck& deck_;
  const base::TimePoint begun_;
  const std::optional<std::chrono::milliseconds> timeout_;
  const std::stop_token outer_stop_;
  std::stop_source stop_;
};

}  // namespace rediscluster::cluster
