/// A call that is written for a thread and waits, as an operation: for what no reactor drives step by step. Of the library's own it is a
/// fiber; of the user's it takes a thread of the crew for as long as it lasts. Makes its own end: freed by drop(), or when it has been told
/// and nobody else has a hold on it.
#pragma once

#include "cluster/flight/async_cluster.hpp"

#include <stop_token>

namespace rediscluster::cluster {

class Offload : public Operation, Crew::Job, drive::Mail {
 public:
  enum class Runs : bool { as_fiber, on_thread };
  /// @param owner    keeps the reactors until it is over.
  /// @param timeout  of all of it, also of what it waits for a thread.
  Offload(std::shared_ptr<void> owner, AsyncCluster& reactors, Runs runs, std::optional<std::chrono::milliseconds> timeout, std::stop_token stop);

  void launch() noexcept override;
  void cancel() noexcept override;

 protected:
  virtual ~Offload() = default;
  /// The call; keeps what came of it. May throw std::exception.
  virtual void call(std::optional<std::chrono::milliseconds> timeout, std::stop_token stop) = 0;
  /// Whether it could be made without waiting, and was. May throw std::exception.
  virtual bool call_at_once() = 0;
  virtual void fail_with(Error error) noexcept = 0;
  // What came of it, to the receiver.
  virtual void complete(void* receiver) noexcept = 0;
  virtual void put(void* receiver) noexcept = 0;

 private:
  struct Cancelling final : drive::Mail {
    explicit Cancelling(Offload& its_call) : call(its_call) {}
    void opened() noexcept override;
    Offload& call;
    std::atomic<bool> is_posted{false};
  };

  void run(bool has_thread) noexcept override;
  void run_as_fiber() noexcept;
  void call_safely() noexcept;
  bool is_over_at_once() noexcept;
  void opened() noexcept override;
  void free(Where /*where*/) noexcept override { delete this; }

  const std::shared_ptr<void> owner_;
  AsyncCluster& reactors_;
  FlightDeck& deck_;
  const Runs runs_;
  const base::TimePoint begun_;
  const std::optional<std::chrono::milliseconds> timeout_;
  const std::stop_token outer_stop_;
  std::stop_source stop_;
  Cancelling cancelling_;
};

}  // namespace rediscluster::cluster
