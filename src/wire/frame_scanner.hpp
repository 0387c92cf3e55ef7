/// Finds where a reply ends without decoding it. Incremental: feed it the same reply again with more bytes and it goes
/// on where it stopped. Constant memory but for one counter per open aggregate (bounded by Limits::max_depth).
/// Pure; not thread-safe.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "wire/limits.hpp"

namespace rediscluster::wire {

/// Speaks RESP2 and RESP3 as the servers do. Refuses what no server sends: streamed strings and aggregates, pushes
/// inside replies, lengths with signs, spaces or leading zeros. What has passed needs no second check by a reader.
class FrameScanner {
 public:
  enum class Status : std::uint8_t { complete, need_more, broken };

  struct Result {
    Status status = Status::need_more;
    std::size_t size = 0;  ///< complete: bytes of the reply. need_more: total bytes known to be needed (at least).
    bool is_push = false;  ///< complete: the reply is a RESP3 push.
    const char* error = nullptr;  ///< broken: what is wrong, static text.
  };

  explicit FrameScanner(const Limits& limits = {});

  /// @param bytes  everything received of the current reply, from its first byte; may hold later replies too.
  /// After `complete` the scanner is ready for the next reply. After `broken` it stays broken until reset().
  Result scan(std::string_view bytes) {
    const std::size_t size = is_between_replies() && !bytes.empty() ? whole_reply(bytes) : 0;
    if (size == 0 || size > most_bytes_) [[unlikely]]
      return scan_on(bytes);
    needed_ = 1;
    return {Status::complete, size, false, nullptr};
  }
  void reset();
  /// broken: the reply was in order so far, but is more than the limits allow. Not so for pushes.
  bool is_over_limit() const { return is_over_limit_; }

 private:
  /// An aggregate whose children have not all come yet.
  struct Level {
    std::uint64_t remaining;
    bool is_attribute;  // describes the value after it, so it does not count as a child of its parent
  };
  enum class Step : std::uint8_t {
    value,    // passed one whole value
    opened,   // passed the header of an aggregate (or an empty attribute): a value follows
    partial,  // the bytes end within a line or a string
    wrong,    // error_ says why
  };
  /// Where scanning stands within one call: `at` moves forward past what is finished.
  struct Cursor {
    const char* begin;
    const char* at;
    const char* end;
  };
  struct Length {
    const char* after;  // first byte behind the line
    std::uint64_t value;
    bool is_nil;
  };

  bool is_between_replies() const { return finished_ == 0 && levels_.empty() && error_ == nullptr; }
  // Bytes of the bulk string that stands whole at the front, as most replies are. 0: there is none, or something about
  // it is odd: what, scan_on() finds out.
  std::size_t whole_bulk(std::string_view bytes) const {
    constexpr std::size_t shortest = 6;  // "$0\r\n\r\n"
    constexpr std::ptrdiff_t most_digits = 10;
    if (bytes.size() < shortest || bytes[0] != '$') return 0;
    const char* const end = bytes.data() + bytes.size();
    const char* at = bytes.data() + 1;
    std::uint64_t length = static_cast<unsigned char>(*at - '0');
    if (length > 9) return 0;
    const char* const stop = at + std::min(most_digits, end - at - 4);  // CR LF twice behind it
    for (unsigned digit = 0; ++at < stop && (digit = static_cast<unsigned char>(*at - '0')) <= 9;) {
      if (length == 0) return 0;
      length = length * 10 + digit;
    }
    const char* const text = at + 2;
    if (!is_line_end(at) || length > limits_.max_bulk_bytes) return 0;
    if (static_cast<std::uint64_t>(end - text) < length + 2 || !is_line_end(text + length)) return 0;
    return static_cast<std::size_t>(text - bytes.data()) + length + 2;
  }
  // The same for an array of up to 99 such strings.
  std::size_t whole_reply(std::string_view bytes) const {
    if (bytes.front() != '*') [[likely]]
      return whole_bulk(bytes);
    constexpr std::size_t shortest = 5;  // "*10\r\n", or a short array with something in it
    if (bytes.size() < shortest || limits_.max_depth < 1 || limits_.max_elements < 99) return 0;
    std::size_t left = static_cast<unsigned char>(bytes[1] - '0');
    if (left > 9) return 0;
    const unsigned second = static_cast<unsigned char>(bytes[2] - '0');
    if (second <= 9) {
      if (left == 0) return 0;
      left = left * 10 + second;
    }
    std::size_t size = second <= 9 ? 5 : 4;
    if (!is_line_end(bytes.data() + size - 2)) return 0;
    for (; left > 0; --left) {
      const std::size_t element = whole_bulk(bytes.substr(size));
      if (element == 0) return 0;
      size += element;
    }
    return size;
  }
  static bool is_line_end(const char* at) { return at[0] == '\r' && at[1] == '\n'; }
  Result scan_on(std::string_view bytes);
  Step scan_next(Cursor& cursor);
  Step scan_length(const Cursor& cursor, Length& length);
  Step scan_bulk(Cursor& cursor);
  Step scan_line(Cursor& cursor, std::size_t longest, std::string_view& text);
  Step scan_text(Cursor& cursor, std::size_t longest);
  Step scan_integer(Cursor& cursor);
  Step scan_double(Cursor& cursor);
  Step scan_big_number(Cursor& cursor);
  Step scan_constant(Cursor& cursor);
  Step scan_aggregate(Cursor& cursor);
  Step wrong_type(const Cursor& cursor);
  Step wrong(const char* what);
  Step too_much(const char* what);
  bool finishes_reply();
  Result complete(std::size_t size);
  Result wait(std::size_t finished, std::size_t received);
  void start_over();

  Limits limits_;
  std::uint64_t most_bytes_;            // max_reply_bytes, less once the reply is known to be a push
  std::size_t finished_ = 0;            // bytes of this reply that need no second look
  std::size_t no_line_end_before_ = 0;  // so that a long line is searched once, however often it grows
  std::size_t needed_ = 1;
  bool is_push_ = false;
  bool is_over_limit_ = false;
  const char* error_ = nullptr;
  std::vector<Level> levels_;
};

}  // namespace rediscluster::wire
