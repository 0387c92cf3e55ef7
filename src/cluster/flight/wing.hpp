/// A reactor with its loop, its thread and what it has under way.
#pragma once

#include "cluster/flight/crew.hpp"
#include "cluster/flight/flight_deck.hpp"
#include "net/epoll_loop.hpp"

#include <latch>
#include <thread>

namespace rediscluster::cluster {

class Wing {
 public:
  /// Errors: std::system_error, when the process has no descriptors or threads left.
  /// @param helpers  for functions of the user's that may block; outlives it.
  Wing(Cluster& cluster, Crew& helpers, const FlightLimits& limits);
  ~Wing();
  Wing(const Wing&) = delete;
  Wing& operator=(const Wing&) = delete;

  FlightDeck& deck() { return deck_; }
  drive::Fibers& fibers() { return fibers_; }
  bool is_here() const { return reactor_.is_here(); }
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

  net::EpollLoop loop_;
  drive::Reactor reactor_;
  drive::Fibers fibers_;
  FlightDeck deck_;
  std::thread thread_;
};

}  // namespace rediscluster::cluster
