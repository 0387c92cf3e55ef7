/// What the files that write options share. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <rediscluster/command.hpp>
#include <rediscluster/time_span.hpp>

namespace rediscluster::detail {

/// Rounded up: a key that is to end in half a unit must not end at once.
inline std::int64_t unix_milliseconds(std::chrono::system_clock::time_point time) {
  return std::chrono::ceil<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

/// A word and a value, when there is one.
template <class T>
void encode_named(EncodedCommand& command, const char* name, const std::optional<T>& value) {
  if (!value) return;
  command.arg(name);
  command.arg(*value);
}

/// The same for times, in the unit that the server reads.
template <class Duration>
  requires requires { typename Duration::period; }
void encode_named(EncodedCommand& command, const char* name, const std::optional<Duration>& value) {
  if (!value) return;
  command.arg(name);
  command.arg(value->count());
}

inline void encode_named(EncodedCommand& command, const char* name,
                         const std::optional<std::chrono::system_clock::time_point>& value) {
  if (!value) return;
  command.arg(name);
  command.arg(unix_milliseconds(*value));
}

/// Refuses more than one way of saying when a key or field ends, and an end that has passed.
/// @param keeps  keep_ttl or persist is set.
template <class Options>
void check_expiry(EncodedCommand& command, const Options& options, bool keeps) {
  if (int{options.expire_in.has_value()} + int{options.expire_at.has_value()} + int{keeps} > 1) {
    command.refuse("expire_in, expire_at, keep_ttl and persist exclude each other: give one of them");
  }
  if (options.expire_in && options.expire_in->count() <= 0) command.refuse("expire_in has to be positive; to remove a key, use del");
}

/// PX or PXAT.
inline void encode_expiry(EncodedCommand& command, const std::optional<TimeSpan>& expire_in,
                          const std::optional<std::chrono::system_clock::time_point>& expire_at) {
  encode_named(command, "PX", expire_in);
  encode_named(command, "PXAT", expire_at);
}

}  // namespace rediscluster::detail
