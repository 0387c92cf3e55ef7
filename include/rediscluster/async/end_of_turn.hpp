/// The seam between asynchronous surfaces and the library: what is done when a reactor has handed out all that came in this turn.
#pragma once

namespace rediscluster::detail {

class EndOfTurn {
 public:
  /// Once, on the reactor's thread. It may be gone when this returns.
  virtual void turn_ends() noexcept = 0;
  EndOfTurn* next = nullptr;

 protected:
  ~EndOfTurn() = default;
};

/// Who comes last is told first. False: the calling thread is in no turn of a reactor, and nothing was done.
bool await_end_of_turn(EndOfTurn& waiting) noexcept;

}  // namespace rediscluster::detail
