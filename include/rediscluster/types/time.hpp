/// When keys and fields end, as the servers tell it: so long, never, or there is no such key. Plain values.
#pragma once

#include <rediscluster/cpp20.hpp>

#include <chrono>
#include <compare>
#include <concepts>
#include <cstdint>
#include <optional>

namespace rediscluster {

/// What TimeLeft and ExpiryTime have in common. Compares with the servers' own numbers: -2 no such key (or field), -1 no expiry.
class KeyTime {
 public:
  constexpr KeyTime() = default;  ///< Of no such key.
  explicit constexpr KeyTime(std::int64_t number) : number_(number) {}

  /// Whether there is such a key, or field.
  constexpr bool exists() const { return number_ != -2; }
  /// Whether it ends by itself.
  constexpr bool expires() const { return number_ >= 0; }
  /// The number as the server sent it.
  constexpr std::int64_t count() const { return number_; }

  friend constexpr bool operator==(const KeyTime&, const KeyTime&) = default;
  friend constexpr auto operator<=>(const KeyTime&, const KeyTime&) = default;
  friend constexpr bool operator==(const KeyTime& time, std::integral auto number) { return time.number_ == static_cast<std::int64_t>(number); }
  friend constexpr auto operator<=>(const KeyTime& time, std::integral auto number) { return time.number_ <=> static_cast<std::int64_t>(number); }

 private:
  std::int64_t number_ = -2;
};

/// How long a key or field has left: TTL, PTTL, HTTL, HPTTL.
template <class Duration>
class TimeLeft : public KeyTime {
 public:
  using KeyTime::KeyTime;
  /// Empty when it never ends, and when it is not there: exists() tells them apart.
  constexpr std::optional<Duration> duration() const { return expires() ? std::optional<Duration>(Duration(count())) : std::nullopt; }
};

/// When a key or field ends: EXPIRETIME, PEXPIRETIME, HEXPIRETIME, HPEXPIRETIME.
template <class Duration>
class ExpiryTime : public KeyTime {
 public:
  using KeyTime::KeyTime;
  /// Empty when it never ends, and when it is not there: exists() tells them apart.
  constexpr std::optional<std::chrono::sys_time<Duration>> time() const {
    return expires() ? std::optional(std::chrono::sys_time<Duration>(Duration(count()))) : std::nullopt;
  }
};

}  // namespace rediscluster
