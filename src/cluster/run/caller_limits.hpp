/// What was said of a whole operation that is run step by step as a fiber: each step keeps to it, whatever the step itself allows. For a
/// thread there is nothing of the kind: callers hand their options to the calls.
#pragma once

#include "base/fiber.hpp"
#include "base/time.hpp"
#include "link/error_at_any_cost.hpp"

#include <optional>
#include <stop_token>

namespace rediscluster::cluster {

class CallerLimits {
 public:
  /// Of the current fiber, as long as it lives.
  CallerLimits(base::Deadline deadline, const std::stop_token& stop) : deadline_(deadline), stop_(stop) {
    if (base::Fiber* const fiber = base::Fiber::current()) fiber->limits = this;
  }
  ~CallerLimits() {
    if (base::Fiber* const fiber = base::Fiber::current()) fiber->limits = nullptr;
  }
  CallerLimits(const CallerLimits&) = delete;
  CallerLimits& operator=(const CallerLimits&) = delete;

  /// Those of the caller; null: none.
  static const CallerLimits* current() {
    const base::Fiber* const fiber = base::Fiber::current();
    return fiber == nullptr ? nullptr : static_cast<const CallerLimits*>(fiber->limits);
  }
  /// The earlier one of this deadline and the caller's.
  static base::Deadline apply(base::Deadline deadline) {
    const CallerLimits* const limits = current();
    return limits == nullptr ? deadline : earlier(deadline, limits->deadline_);
  }
  /// Why nothing more is to be begun; empty: it is.
  static std::optional<Error> why_over() {
    const CallerLimits* const limits = current();
    if (limits == nullptr) return std::nullopt;
    if (limits->stop_.stop_requested()) return Error{Errc::cancelled, "the caller cancelled it", {}, 0, Execution::not_executed};
    if (!limits->deadline_.passed(base::Clock::now())) return std::nullopt;
    return Error{Errc::timed_out, "the time for the whole operation was over", {}, 0, Execution::not_executed};
  }
  const std::stop_token& stop() const { return stop_; }

 private:
  const base::Deadline deadline_;
  const std::stop_token& stop_;
};

}  // namespace rediscluster::cluster
