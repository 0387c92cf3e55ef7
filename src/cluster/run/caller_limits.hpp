/// What was said of a whole operation that is run step by step as a fiber: each step keeps to it, whatever the step itself allows. For a
/// thread there is nothing of the kind: callers hand their options to the calls.
#pragma once

#include "base/fiber.hpp"
#include "base/look_around.hpp"
#include "cluster/run/courier.hpp"

#include <optional>
#include <stop_token>
#include <utility>

namespace rediscluster::cluster {

class CallerLimits {
 public:
  /// Of the current fiber, as long as it lives.
  CallerLimits(base::Deadline deadline, const std::stop_token& stop, Courier& courier) : deadline_(deadline), stop_(stop), courier_(courier) {
    if (base::Fiber* const fiber = base::Fiber::current()) fiber->limits = this;
  }
  ~CallerLimits() {
    if (base::Fiber* const fiber = base::Fiber::current()) fiber->limits = nullptr;
  }
  CallerLimits(const CallerLimits&) = delete;
  CallerLimits& operator=(const CallerLimits&) = delete;

  /// While it lives they do not hold: what was begun is done to its end, within the time it was given itself.
  class Lifted {
   public:
    Lifted() : limits_(current()) { set(true); }
    ~Lifted() { set(false); }
    Lifted(const Lifted&) = delete;
    Lifted& operator=(const Lifted&) = delete;

   private:
    void set(bool lifted) {
      if (limits_ != nullptr) limits_->is_lifted_ = lifted;
    }
    const CallerLimits* const limits_;
  };

  /// While it lives there are none: code of the user's runs, which may have other clients.
  class Hidden {
   public:
    Hidden() : fiber_(base::Fiber::current()), limits_(fiber_ != nullptr ? std::exchange(fiber_->limits, nullptr) : nullptr) {}
    ~Hidden() {
      if (fiber_ != nullptr) fiber_->limits = limits_;
    }
    Hidden(const Hidden&) = delete;
    Hidden& operator=(const Hidden&) = delete;

   private:
    base::Fiber* const fiber_;
    const void* const limits_;
  };

  /// Of a step that begins now: a timeout of its own within the caller's time; else all of that, if he gave one; else the usual time.
  static base::Deadline deadline(base::TimePoint now, std::optional<std::chrono::milliseconds> timeout, base::Duration usual) {
    if (timeout) return apply(base::Deadline::after(now, base::bounded(*timeout)));
    return has_deadline() ? in_force()->deadline_ : base::Deadline::after(now, usual);
  }
  static bool has_deadline() {
    const CallerLimits* const limits = in_force();
    return limits != nullptr && !limits->deadline_.is_never();
  }
  /// The earlier one of this deadline and the caller's.
  static base::Deadline apply(base::Deadline deadline) {
    const CallerLimits* const limits = in_force();
    return limits == nullptr ? deadline : earlier(deadline, limits->deadline_);
  }
  /// Why nothing more is to be begun; empty: it is.
  static std::optional<Error> why_over() {
    if (base::LookAround* const around = base::LookAround::here(); around != nullptr && around->look()) [[unlikely]]
      return Error{Errc::cancelled, "the caller ended its wait", {}, 0, Execution::not_executed};
    const CallerLimits* const limits = in_force();
    if (limits == nullptr) return std::nullopt;
    if (limits->stop_.stop_requested()) return Error{Errc::cancelled, "the caller cancelled it", {}, 0, Execution::not_executed};
    if (!limits->deadline_.passed(base::Clock::now())) return std::nullopt;
    return Error{Errc::timed_out, "the time for the whole operation was over", {}, 0, Execution::not_executed};
  }
  /// What cancels the operation; null: nothing does.
  static const std::stop_token* stop() {
    const CallerLimits* const limits = in_force();
    return limits == nullptr ? nullptr : &limits->stop_;
  }
  /// Who carries the commands of the current fiber; null: it sends them itself, as threads do.
  static Courier* courier() {
    const CallerLimits* const limits = current();
    return limits == nullptr ? nullptr : &limits->courier_;
  }

 private:
  static const CallerLimits* current() {
    const base::Fiber* const fiber = base::Fiber::current();
    return fiber == nullptr ? nullptr : static_cast<const CallerLimits*>(fiber->limits);
  }
  static const CallerLimits* in_force() {
    const CallerLimits* const limits = current();
    return limits == nullptr || limits->is_lifted_ ? nullptr : limits;
  }

  const base::Deadline deadline_;
  const std::stop_token& stop_;
  Courier& courier_;
  mutable bool is_lifted_ = false;
};

}  // namespace rediscluster::cluster
