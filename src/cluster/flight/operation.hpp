/// Something asynchronous, seen from who began it: one command on a reactor (Flight), several (Convoy), or a call on a thread of the crew
/// (Offload). Made, then launched or dropped; from then on it looks after its own end, and frees itself when that was told and nobody has
/// to do with it any more.
#pragma once

#include "cluster/flight/landing.hpp"

namespace rediscluster::cluster {

class Operation {
  // Its own way, a cancellation that is on its way, who deserts it, an executor.
  class Holds {
   public:
    void add() noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
    /// True: that was the last one. Nobody adds one who has none, so a lone one needs no more than a look.
    bool drop() noexcept { return count_.load(std::memory_order_acquire) == 1 || count_.fetch_sub(1, std::memory_order_acq_rel) == 1; }

   private:
    std::atomic<int> count_{1};
  };
  Holds holds_;  // first, where it fits in front of the landing's alignment

 public:
  /// Where its end goes. Before launch().
  Landing& landing() { return landing_; }
  /// Any thread. The end is told later, never in here.
  virtual void launch() noexcept = 0;
  /// Any thread, as long as the receiver has not been told; also before launch(). Once or more.
  virtual void cancel() noexcept = 0;
  /// The receiver goes without having been told; it is cancelled. Any thread.
  void desert() noexcept {
    holds_.add();  // it may end meanwhile, and find that it was deserted
    if (landing_.desert()) cancel();
    drop_hold(Where::elsewhere);
  }
  /// Instead of launch().
  void drop() noexcept { drop_hold(Where::elsewhere); }

 protected:
  enum class Where : bool { elsewhere, on_reactor };
  ~Operation() = default;

  /// One who has to do with it, beside those there are.
  void add_hold() noexcept { holds_.add(); }
  void drop_hold(Where where) noexcept {
    if (holds_.drop()) free(where);
  }
  /// Its end, on the reactor's thread: written where the receiver wants it, and told there or on its executor. Once.
  /// @param write  void(bool at_once): what the receiver is given; told as well when it is at once.
  template <class Write>
  void land(Write&& write) noexcept {
    if (!landing_.claim()) return;  // it was deserted
    const bool is_told_here = !landing_.has_executor();
    write(is_told_here);
    if (!is_told_here) [[unlikely]]
      hand_to_executor();
  }
  virtual void tell(void* receiver) noexcept = 0;
  /// Of a step through which nothing may be thrown.
  static Error error_of(const std::exception& thrown) noexcept;
  /// Of what is being handled, whatever it is.
  static Error error_of_thrown() noexcept;
  /// Nobody has to do with it any more. Elsewhere its deck may be gone.
  virtual void free(Where where) noexcept = 0;

  Landing landing_;

 private:
  void hand_to_executor() noexcept;
  static void run_on_executor(void* operation) noexcept;

};

}  // namespace rediscluster::cluster
