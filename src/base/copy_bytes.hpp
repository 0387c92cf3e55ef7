/// memcpy for bytes that are few most of the time: keys, short values, whole small commands. Up to 64 of them are copied
/// here, in two overlapping moves, which is half of what a call of the library's memcpy costs. Pure.
#pragma once

#include <cstddef>
#include <cstring>

namespace rediscluster::base {

namespace detail {

/// Moves the first and the last `part` bytes: all of them, where there are part to 2 * part. A fixed size lets the
/// compiler use registers.
template <std::size_t part>
void copy_ends(char* to, const char* from, std::size_t size) {
  char first[part];
  char last[part];
  std::memcpy(first, from, part);
  std::memcpy(last, from + size - part, part);
  std::memcpy(to, first, part);
  std::memcpy(to + size - part, last, part);
}

}  // namespace detail

/// The two must not overlap. With `size` 0 the pointers may be null.
inline void copy_bytes(char* to, const char* from, std::size_t size) {
  if (size < 8) {
    if (size >= 4) return detail::copy_ends<4>(to, from, size);
    for (std::size_t i = 0; i < size; ++i) to[i] = from[i];
  } else if (size <= 16) {
    detail::copy_ends<8>(to, from, size);
  } else if (size <= 32) {
    detail::copy_ends<16>(to, from, size);
  } else if (size <= 64) {
    detail::copy_ends<32>(to, from, size);
  } else {
    std::memcpy(to, from, size);
  }
}

}  // namespace rediscluster::base
