/// Replies made here instead of by a server: merged ones, and those of commands run in several steps. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "wire/frame.hpp"

namespace rediscluster::wire {

/// ":3\r\n", "*3\r\n", ...: a number, or the header of an aggregate.
inline std::string header(char type, std::int64_t number) { return type + std::to_string(number) + "\r\n"; }

/// "$2\r\nab\r\n"
inline std::string bulk(std::string_view text) {
  return header('$', static_cast<std::int64_t>(text.size())).append(text).append("\r\n");
}

inline Frame integer_frame(std::int64_t number) { return own(header(':', number)); }
inline Frame bulk_frame(std::string_view text) { return own(bulk(text)); }
inline Frame nil_frame() { return own("$-1\r\n"); }
inline Frame ok_frame() { return own("+OK\r\n"); }

}  // namespace rediscluster::wire
