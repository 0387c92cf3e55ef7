/// Deadlines of tests. Tests only.
#pragma once

#include "base/time.hpp"

namespace test_support {

/// So long from now.
inline rediscluster::base::Deadline in(rediscluster::base::Duration span) {
  return rediscluster::base::Deadline::after(rediscluster::base::Clock::now(), span);
}

}  // namespace test_support
