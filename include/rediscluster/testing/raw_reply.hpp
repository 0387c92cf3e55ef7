/// One RESP2 or RESP3 value as a plain tree, and its bytes. For tests: simple, not fast.
/// Shares no code with the client library, so that one can judge the other. Plain values: copy freely.
#pragma once

#include <rediscluster/cpp20.hpp>

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rediscluster::testing {

/// A reply as it stood on the wire. Every kind of null (`$-1`, `*-1`, `_`) has type '_'.
struct RawReply {
  char type = '_';                 ///< '+', '-', ':', '$', '*', '_', '#', ',', '(', '!', '=', '%', '~' or '>'.
  std::string text;                ///< Of '+', '-', '$', ',', '(', '!', '=': the bytes without framing.
  long long integer = 0;           ///< Of ':'; of '#': 0 or 1.
  std::vector<RawReply> elements;  ///< Of '*', '~', '>'; of '%': key, value, key, value, ...

  bool is_error() const { return type == '-' || type == '!'; }
  bool is_null() const { return type == '_'; }
  bool is_status(std::string_view expected) const { return type == '+' && text == expected; }

  /// The element, or a null when there is none: tests may look into replies of any shape.
  const RawReply& operator[](std::size_t index) const;

  static RawReply null() { return {}; }
  static RawReply status(std::string text) { return {'+', std::move(text), 0, {}}; }
  static RawReply error(std::string text) { return {'-', std::move(text), 0, {}}; }
  static RawReply bulk(std::string text) { return {'$', std::move(text), 0, {}}; }
  static RawReply number(long long value) { return {':', {}, value, {}}; }
  static RawReply array(std::vector<RawReply> elements) { return {'*', {}, 0, std::move(elements)}; }
  static RawReply map(std::vector<RawReply> elements) { return {'%', {}, 0, std::move(elements)}; }
  static RawReply push(std::vector<RawReply> elements) { return {'>', {}, 0, std::move(elements)}; }

  friend bool operator==(const RawReply&, const RawReply&) = default;
};

/// The bytes of a reply. With `resp_version` 2 the kinds that RESP2 lacks become what a server sends instead
/// (map, set, push: array; null: `$-1`; boolean: 0 or 1; double: bulk string).
std::string encode_reply(const RawReply& reply, int resp_version);

/// For failure messages: `["a", (integer) 1, (nil)]`.
std::string to_string(const RawReply& reply);

/// The bytes of a command: an array of bulk strings. Words may hold any bytes.
std::string encode_command(std::span<const std::string_view> words);
std::string encode_command(std::initializer_list<std::string_view> words);

}  // namespace rediscluster::testing
