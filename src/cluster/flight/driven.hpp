/// An operation that a reactor drives: how it is launched and cancelled from any thread. What it does is a child's: Flight, Convoy.
#pragma once

#include "cluster/flight/operation.hpp"
#include "cluster/flight/queued.hpp"
#include "drive/timer_wheel.hpp"

#include <memory>
#include <stop_token>

namespace rediscluster::cluster {

class FlightDeck;

class Driven : public Operation, protected drive::Timer, public Queued, protected drive::Mail {
 public:
  void launch() noexcept override;
  void cancel() noexcept override;
  /// It is cancelled when somebody asks for that. Before launch().
  void cancel_on(std::stop_token stop);

 protected:
  explicit Driven(FlightDeck& deck) : deck_(deck), cancelling_(*this) {}
  ~Driven() = default;

  FlightDeck& deck() const { return deck_; }
  /// Whether that was asked for, as far as the reactor has heard.
  bool is_cancelled() const { return cancelling_.is_opened; }
  /// On the reactor: it was cancelled on its way. Not once it is over.
  virtual void be_cancelled() noexcept = 0;
  /// First thing when it is told: nobody cancels it any more.
  void stop_listening() noexcept { stopping_.reset(); }

 private:
  struct Cancelling final : drive::Mail {
    explicit Cancelling(Driven& its_operation) : operation(its_operation) {}
    void opened() noexcept override;
    Driven& operation;
    std::atomic<bool> is_posted{false};
    bool is_opened = false;
  };
  struct Cancels {
    Driven* operation;
    void operator()() const noexcept { operation->cancel(); }
  };

  FlightDeck& deck_;
  Cancelling cancelling_;
  std::unique_ptr<std::stop_callback<Cancels>> stopping_;
};

}  // namespace rediscluster::cluster
