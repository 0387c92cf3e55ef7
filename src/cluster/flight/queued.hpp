/// What waits in the rings of a deck and of its ports: a command (Flight), commands that go together (FlyingBatch), or several on their way
/// (Convoy). In one ring at a time. On the reactor's thread.
#pragma once

#include "base/ring.hpp"
#include "base/time.hpp"
#include "drive/reactor_lane.hpp"

#include <cstddef>
#include <exception>

namespace rediscluster::cluster {

class Queued : public base::RingLink {
 public:
  static Queued& of(base::RingLink& link) { return static_cast<Queued&>(link); }
  bool is_queued() const { return RingLink::is_in(); }
  void leave_queue() {
    if (is_queued()) RingLink::leave();
  }

  /// Nothing may be thrown into the reactor, or to others of the same ring: who has no memory ends. It may be gone afterwards.
  template <class Step>
  [[gnu::always_inline]] void safely(Step&& step) noexcept {
    try {
      step();
    } catch (const std::exception& thrown) {
      break_down(thrown);
    }
  }
  /// All of a ring.
  static void fail_all(base::Ring& ring, const Error& reason) noexcept {
    while (!ring.empty()) {
      Queued& first = of(*ring.next);
      first.safely([&] { first.fail_with(reason); });
    }
  }
  /// Ends with what was thrown, wherever it is. Leaves its ring.
  virtual void break_down(const std::exception& thrown) noexcept = 0;

  // In a ring of the deck's: for the first connection to the cluster, or pausing.
  virtual base::Deadline deadline() const { return base::Deadline::never(); }
  /// The cluster was found.
  virtual void begin() {}
  /// The topology has changed, or the client was closed. Leaves the ring if its pause is over.
  virtual void look_at_pause() {}
  /// Leaves the ring, and ends with this error.
  virtual void fail_with(Error error) = 0;

  // In a ring of a port's: for a connection, or for a place.
  virtual std::size_t bytes_to_send() const { return 0; }
  virtual bool wants_own_lane() const { return false; }
  /// Leaves the ring, and goes on the line of an open connection.
  virtual void put_in_line(drive::ReactorLane& /*lane*/) {}
  /// Leaves the ring: nothing was sent, as the connection could not be made.
  virtual void not_connected(const Error& /*reason*/) {}

 protected:
  ~Queued() = default;
};

}  // namespace rediscluster::cluster
