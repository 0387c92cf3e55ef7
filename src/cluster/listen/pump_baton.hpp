/// Who turns a pump just now: its own thread, or a reader who waits for messages anyway. A reader's own receiving costs no change of
/// threads, and what he reads was allocated by him; but he may stop coming at any moment. So the pump's thread stands aside as long as readers
/// come, and takes over when none has come for a while, or when there is something to do and nobody does it.
/// Thread-safe. Locks nothing else, so it may be called with any lock held.
#pragma once

#include "base/condition.hpp"

#include <atomic>
#include <cstdint>
#include <mutex>

namespace rediscluster::cluster {

class PumpBaton {
 public:
  // The pump's own thread.
  /// It has begun, and holds the baton.
  /// @param stays  readers never get it: the pump is a fiber, whose readers wait on the same thread.
  void begin(bool stays);
  /// Before each turn: returns when the turn is its own. A baton that a reader wants is given away first.
  /// @param on_free  is called when it was given away: readers may look.
  template <class OnFree>
  void await_turn(OnFree&& on_free) {
    if (give_away()) on_free();
    await_own_turn();
  }
  /// No more turns: returns when no reader is in one, and none will be.
  void end();

  // Readers.
  enum class Answer : std::uint8_t {
    taken,   ///< give_back() follows.
    asked,   ///< The pump's thread has it, and gives it away when it is woken.
    refused  ///< Another reader has it, or there is none.
  };
  Answer ask();
  void give_back();

  // Anybody.
  /// There is something to do. Whoever is in a turn has to be woken beside.
  void call();
  /// At the beginning of a turn: what was called for is about to be done.
  void note_turn() { is_called_.store(false, std::memory_order_relaxed); }
  /// The pump's thread is to have the next turn.
  void stop();

 private:
  enum class Holder : std::uint8_t { nobody, pump, reader, ended };
  bool give_away();
  void await_own_turn();

  std::atomic<bool> is_called_{false};
  std::mutex mutex_;  // guards what follows
  base::Condition changed_;
  Holder holder_ = Holder::ended;
  bool stays_ = false;
  bool is_wanted_ = false;    // by a reader, of the pump's thread
  bool is_stopping_ = false;
  bool must_be_told_ = false;  // the pump's thread sleeps until a reader gives it back
  std::uint64_t held_ = 0;     // how often readers have held it
  base::TimePoint left_until_{};  // to readers
};

}  // namespace rediscluster::cluster
