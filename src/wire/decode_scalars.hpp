/// Decoders of single values: bool, integers, double, string, times. Include wire/decode.hpp instead.
#pragma once

#include <rediscluster/types/time.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <string>

#include "wire/decoder.hpp"

namespace rediscluster::wire {

template <class T>
struct ScalarDecoder {
  static constexpr bool from_aggregate = false;
  static constexpr bool takes_empty = false;
};

/// Any status, an integer other than 0 and RESP3's true are true; 0, false and nil are false.
template <>
struct Decoder<bool> : ScalarDecoder<bool> {
  static bool decode(ReplyCursor& cursor, bool& out, Mismatch& why);
};

/// An integer, a string that is one, or a boolean.
template <>
struct Decoder<std::int64_t> : ScalarDecoder<std::int64_t> {
  static bool decode(ReplyCursor& cursor, std::int64_t& out, Mismatch& why) {
    if (cursor.take_integer(out)) [[likely]]
      return true;
    return decode_other(cursor, out, why);
  }

 private:
  static bool decode_other(ReplyCursor& cursor, std::int64_t& out, Mismatch& why);
};

/// An integer that is not negative, or a string or big number that is one; up to 2^64-1, for positions in arrays.
template <>
struct Decoder<std::uint64_t> : ScalarDecoder<std::uint64_t> {
  static bool decode(ReplyCursor& cursor, std::uint64_t& out, Mismatch& why);
};

/// A value that is made of an Inner.
template <class T, class Inner>
struct MadeOfDecoder : ScalarDecoder<T> {
  static bool decode(ReplyCursor& cursor, T& out, Mismatch& why) {
    Inner inner{};
    if (!Decoder<Inner>::decode(cursor, inner, why)) return false;
    out = T(inner);
    return true;
  }
};

/// An integer of seconds.
template <>
struct Decoder<std::chrono::seconds> : MadeOfDecoder<std::chrono::seconds, std::int64_t> {};

/// An integer: Unix time in seconds.
template <>
struct Decoder<std::chrono::sys_seconds> : MadeOfDecoder<std::chrono::sys_seconds, std::chrono::seconds> {};

/// An integer: a time, or a negative number that says why there is none.
template <std::derived_from<KeyTime> T>
struct Decoder<T> : MadeOfDecoder<T, std::int64_t> {};

/// An integer of milliseconds.
template <>
struct Decoder<std::chrono::milliseconds> : MadeOfDecoder<std::chrono::milliseconds, std::int64_t> {};

/// An integer: Unix time in milliseconds. One that the clock cannot hold is refused.
template <>
struct Decoder<std::chrono::system_clock::time_point> : ScalarDecoder<std::chrono::system_clock::time_point> {
  static bool decode(ReplyCursor& cursor, std::chrono::system_clock::time_point& out, Mismatch& why);
};

/// As std::int64_t; a number that an int cannot hold is refused. For what is small by nature: ports, slots.
template <>
struct Decoder<int> : ScalarDecoder<int> {
  static bool decode(ReplyCursor& cursor, int& out, Mismatch& why);
};

/// A RESP3 double, an integer, or a string that is a number ("inf", "-inf" and "nan" too).
template <>
struct Decoder<double> : ScalarDecoder<double> {
  static bool decode(ReplyCursor& cursor, double& out, Mismatch& why);
};

/// A string or status, a verbatim string without its format, or the digits of a number.
template <>
struct Decoder<std::string> : ScalarDecoder<std::string> {
  static bool decode(ReplyCursor& cursor, std::string& out, Mismatch& why) {
    std::string_view text;
    if (!cursor.take_bulk(text)) [[unlikely]]
      return decode_other(cursor, out, why);
    out.assign(text);
    return true;
  }

 private:
  static bool decode_other(ReplyCursor& cursor, std::string& out, Mismatch& why);
};

}  // namespace rediscluster::wire
