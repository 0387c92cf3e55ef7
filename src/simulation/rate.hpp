/// How often something happens within a second.
#pragma once

#include "base/time.hpp"

#include <deque>

namespace rediscluster::simulation {

class Rate {
 public:
  /// It happens once more. How often it has within the last second, this time included.
  std::size_t note(base::TimePoint now) {
    times_.push_back(now);
    while (times_.front() + std::chrono::seconds(1) < now) times_.pop_front();
    return times_.size();
  }

 private:
  std::deque<base::TimePoint> times_;
};

}  // namespace rediscluster::simulation
