/// A thread that waits for long looks around now and then, and may end its wait: for bindings to languages that notice signals on their
/// main thread only. What it waits for ends as at its deadline, and nothing is begun again. Waits of fibers, and waits without a
/// deadline that belong to the client and not to a call, go on. Who looks may use the same client: nobody else waits for him meanwhile, but
/// for who waits for the very connection that he is making, or for a peer that does not take what he is sending.
#pragma once

#include "base/time.hpp"

namespace rediscluster::base {

class LookAround {
 public:
  /// How often a wait looks.
  static constexpr std::chrono::milliseconds interval{40};

  /// What the calling thread looks for; null: nothing.
  static LookAround* here() noexcept { return here_; }
  static bool is_over_here() noexcept { return here_ != nullptr && here_->is_over_; }
  /// Until when to wait before looking.
  static Deadline next_look(Deadline deadline) noexcept { return here_ == nullptr ? deadline : earlier(deadline, Deadline::after(Clock::now(), interval)); }

  bool is_over() const noexcept { return is_over_; }
  /// By the waiting thread, with no lock held; does it once in an interval, however often it is called. True: the wait is over, and all
  /// others of the call.
  bool look() noexcept {
    const TimePoint now = Clock::now();
    if (is_over_ || now < next_) return is_over_;
    is_over_ = wants_end();
    next_ = Clock::now() + interval;
    return is_over_;
  }

  /// While it lives the thread looks around by it; null: it waits undisturbed, as what was begun is done to its end.
  class Here {
   public:
    explicit Here(LookAround* mine) noexcept : before_(here_) { here_ = mine; }
    ~Here() { here_ = before_; }
    Here(const Here&) = delete;
    Here& operator=(const Here&) = delete;

   private:
    LookAround* const before_;
  };

 protected:
  ~LookAround() = default;

 private:
  virtual bool wants_end() noexcept = 0;

  static inline thread_local LookAround* here_ = nullptr;
  TimePoint next_ = Clock::now() + interval;
  bool is_over_ = false;
};

}  // namespace rediscluster::base
