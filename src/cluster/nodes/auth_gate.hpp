/// Lets one connection of a node authenticate at a time, and after a refusal none for a while: a wrong password is said
/// once a second and node at most, however many threads want to connect, and one that has changed by then once more.
/// Holds no secret. Thread-safe.
#pragma once

#include "base/condition.hpp"
#include "base/time.hpp"

#include <rediscluster/result.hpp>

#include <mutex>

namespace rediscluster::cluster {

/// Whether a server said no to who we are, rather than to something else.
bool is_refusal_of_credentials(Errc code);

class AuthGate {
 public:
  static constexpr std::chrono::milliseconds pause_after_refusal{1000};

  /// The right to authenticate; given back when it dies.
  class Pass {
   public:
    explicit Pass(AuthGate& gate) : gate_(&gate) {}
    Pass(Pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    Pass& operator=(Pass&&) = delete;
    ~Pass() {
      if (gate_ != nullptr) gate_->leave();
    }
    /// The server said no: nobody else tries for a while.
    void refused(const Error& error, base::TimePoint now) { gate_->note_refusal(error, now); }
    /// The server said yes: what it said before does not count any more.
    void accepted() { gate_->forget_refusal(); }

   private:
    AuthGate* gate_;
  };

  /// Waits until nobody else authenticates. Errors: the refusal, while it is young; Errc::timed_out.
  Result<Pass> enter(base::Deadline deadline);
  /// The same for who says something else than what was refused. Errors: Errc::timed_out.
  Result<Pass> enter_with_news(base::Deadline deadline);

 private:
  Result<Pass> enter(base::Deadline deadline, bool has_news);
  void leave();
  void note_refusal(const Error& error, base::TimePoint now);
  void forget_refusal();

  std::mutex mutex_;  // guards what follows
  base::Condition left_;
  bool taken_ = false;
  base::TimePoint refused_until_ = base::TimePoint::min();
  Error refusal_;
};

}  // namespace rediscluster::cluster
