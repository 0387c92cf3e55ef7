/// A time as options take it: any duration of std::chrono, with its unit.
#pragma once

#include <rediscluster/cpp20.hpp>

#include <chrono>
#include <concepts>

namespace rediscluster {

/// Milliseconds that no bare number becomes: `2s`, `500ms`, not `2`. A plain value, used like std::chrono::milliseconds.
class TimeSpan : public std::chrono::milliseconds {
 public:
  constexpr TimeSpan() = default;
  template <class Rep, class Period>
    requires std::convertible_to<std::chrono::duration<Rep, Period>, std::chrono::milliseconds>
  constexpr TimeSpan(std::chrono::duration<Rep, Period> time) : std::chrono::milliseconds(time) {}
  /// Refused with a reason, which `= delete` has no place for.
  template <class Number>
    requires std::integral<Number> || std::floating_point<Number>
  constexpr TimeSpan(Number) {
    static_assert(sizeof(Number) == 0, "a time needs a unit: write 2s or 500ms, with using namespace std::chrono_literals");
  }
};

}  // namespace rediscluster
