/// A reactor with what it has under way: on a loop and a thread of its own, or on a loop of the user's.
#pragma once

#include "cluster/flight/crew.hpp"
#include "cluster/flight/flight_deck.hpp"
#include "net/epoll_loop.hpp"

#include <functional>
#include <latch>
#include <thread>

namespace rediscluster::cluster {

class Wing {
 public:
  /// On a thread of its own.
  /// @param helpers  for functions of the user's that may block; outlives it.
  /// Errors: std::system_error, when the process has no descriptors or threads left.
  Wing(Cluster& cluster, Crew& helpers, const FlightLimits& limits);
  /// @param loop  runs whenever its owner likes.
  Wing(Cluster& cluster, Crew& helpers, const FlightLimits& limits, std::unique_ptr<Loop> loop);
  ~Wing();
  Wing(const Wing&) = delete;
  Wing& operator=(const Wing&) = delete;

  FlightDeck& deck() { return deck_; }
  drive::Fibers& fibers() { return fibers_; }
  bool is_here() const { return reactor_.is_here(); }
  /// On its thread, inside of a turn: see Loop::after_turn.
  bool after_turn(std::function<void()> function) { return is_here() && loop_->after_turn(std::move(function)); }
  /// Returns when a function has ended that may wait for what the reactor does. Not on its thread.
  void complete(const std::function<void()>& function) noexcept;
  /// Turns a loop of the user's until a condition holds; on a loop of its own that is done anyway. Not on its thread.
  void turn_until(const std::function<bool()>& is_over) noexcept;
  /// Behind deck().close(), and when the crews have ended: returns when nothing is under way. What begins later finds it closed, and is told
  /// so. Not on its thread.
  void settle() noexcept;

 private:
  struct Settling final : drive::Mail {
    explicit Settling(Wing& its_wing) : wing(its_wing) {}
    void opened() noexcept override;
    Wing& wing;
    std::latch is_settled{1};
  };
  bool is_quiet() const { return deck_.is_quiet() && !reactor_.has_to_run(); }

  const std::unique_ptr<Loop> loop_;
  net::EpollLoop* const own_loop_;  // null: it is the user's
  drive::Reactor reactor_;
  drive::Fibers fibers_;
  FlightDeck deck_;
  std::thread thread_;  // of its own loop
};

}  // namespace rediscluster::cluster
