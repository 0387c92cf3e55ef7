/// Turns of work on one thread, for as many connections and operations as there are: no thread waits for any of them. What a turn does
/// comes in this order, so that what one step brings about is served by the next, and all that is to be sent goes out at its end:
///   mails → timers → receive → run → flush → end of turn
/// A turn is bounded: what is left over is done in the next one, behind a look at what else has come.
/// post() is for any thread; everything else for the reactor's own, that is, inside of turn().
#pragma once

#include "drive/mailbox.hpp"
#include "drive/timer_wheel.hpp"

#include <rediscluster/async/end_of_turn.hpp>
#include <rediscluster/async/loop.hpp>

#include <atomic>
#include <functional>
#include <utility>
#include <vector>

namespace rediscluster::drive {

class ReactorLane;

class Reactor final : Loop::Client {
 public:
  /// @param loop  outlives it; must not turn any more when it dies.
  explicit Reactor(Loop& loop);
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  /// Has `told` called at the end of each turn that took this long, inside of it. To be said before the first turn.
  void watch_turns(base::Duration limit, std::function<void(base::Duration)> told) {
    longest_turn_ = limit;
    told_of_long_turn_ = std::move(told);
  }
  /// To be opened by the reactor, soon. Any thread; wakes the reactor only if it sleeps.
  void post(Mail& mail) noexcept;
  /// Whether the calling thread is inside a turn.
  bool is_here() const noexcept { return turning_ == this; }
  /// Whether it is inside a turn of any reactor.
  static bool is_any_here() noexcept { return turning_ != nullptr; }

  Loop& loop() { return loop_; }
  /// What the clock said when the turn began.
  base::TimePoint now() const { return now_; }
  /// Looks at the clock: behind what may have taken long.
  base::TimePoint look_at_clock() { return now_ = base::Clock::now(); }
  TimerWheel& timers() { return timers_; }
  /// To be opened in this turn's run step or the next one's.
  void run_soon(Mail& mail) noexcept { to_run_.push(mail); }
  bool has_to_run() const noexcept { return !to_run_.empty() || await_end_of_turn_ != nullptr; }
  /// Whether who is here may go on with what he has at once, and not by way of another turn: some do in each, so that all the others have
  /// theirs.
  bool may_go_on() noexcept { return is_here() && went_on_ < most_going_on && ++went_on_ != 0; }
  /// A lane that will ask for its turns until forget(): so that nothing it asks for needs memory. Errors: std::bad_alloc.
  void admit();
  /// Asks the lane to receive, or to hand out what it has received. Once until it has been served.
  void serve_soon(ReactorLane& lane) noexcept { to_serve_.push_back(&lane); }
  /// Asks the lane to send. Once until it has been flushed.
  void flush_soon(ReactorLane& lane) noexcept { to_flush_.push_back(&lane); }
  /// While the loop calls nothing (Loop::while_still), on whichever thread: one turn.
  void take_turn() noexcept { turn(); }
  /// Whichever reactor's turn the calling thread is in. False: none.
  static bool await_end_of_turn(detail::EndOfTurn& waiting) noexcept {
    if (turning_ == nullptr) return false;
    waiting.next = std::exchange(turning_->await_end_of_turn_, &waiting);
    return true;
  }
  /// When the loop turns no more, on whichever thread: everything that is still to be done, and waits for nothing.
  void finish() noexcept;
  /// The lane is about to die.
  void forget(ReactorLane& lane) noexcept;

 private:
  void turn() noexcept override;
  bool open_mails() noexcept;
  void serve_lanes(std::size_t& budget) noexcept;
  void run(std::size_t& budget) noexcept;
  void flush_lanes() noexcept;
  void tell_of_end() noexcept;
  void look_how_long_it_took() noexcept;
  void rest(bool has_more) noexcept;

  static constexpr int most_going_on = 256;
  static inline constinit thread_local Reactor* turning_ = nullptr;

  Loop& loop_;
  Mailbox mailbox_;
  MailList arrived_;
  MailList to_run_;
  std::vector<ReactorLane*> to_serve_;  // null: forgotten
  std::vector<ReactorLane*> served_now_;
  std::vector<ReactorLane*> to_flush_;
  std::size_t lanes_ = 0;
  detail::EndOfTurn* await_end_of_turn_ = nullptr;  // the last first
  base::TimePoint now_;
  base::TimePoint began_;  // this turn
  TimerWheel timers_;
  int went_on_ = 0;  // in this turn
  base::Duration longest_turn_ = base::Duration::max();
  std::function<void(base::Duration)> told_of_long_turn_;
  std::atomic<bool> sleeps_{false};
};

}  // namespace rediscluster::drive
