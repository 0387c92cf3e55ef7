/// Times as Python has them.
#pragma once

#include <pybind11/pybind11.h>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace rediscluster::python {

/// At most some 30 years, both ways. Errors: raises ValueError for what is no number.
inline std::chrono::milliseconds milliseconds_of(double seconds) {
  if (std::isnan(seconds)) throw pybind11::value_error("a time is a number of seconds");
  constexpr double longest = 1e12;
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::round(std::clamp(seconds * 1000, -longest, longest))));
}

}  // namespace rediscluster::python
