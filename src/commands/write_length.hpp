/// The decimal digits of lengths and counts, which are mostly one or two. Pure.
#pragma once

#include <charconv>
#include <cstddef>

namespace rediscluster {

/// Writes the digits; returns one past them. There must be room for 20.
inline char* write_length(char* at, std::size_t length) {
  if (length < 10) {
    *at++ = static_cast<char>('0' + length);
    return at;
  }
  if (length < 100) {
    *at++ = static_cast<char>('0' + length / 10);
    *at++ = static_cast<char>('0' + length % 10);
    return at;
  }
  return std::to_chars(at, at + 20, length).ptr;
}

/// How many digits write_length() writes.
inline std::size_t length_digits(std::size_t length) {
  if (length < 10) return 1;
  if (length < 100) return 2;
  std::size_t count = 2;
  for (length /= 100; length > 0; length /= 10) ++count;
  return count;
}

}  // namespace rediscluster
