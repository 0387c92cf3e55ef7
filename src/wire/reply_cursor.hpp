/// Walks the values of a frame that the FrameScanner has passed, one header at a time; attributes are passed over.
/// Never reads beyond the frame: on bytes that did not pass the scanner it ends early.
/// Pure; not thread-safe; looks into the frame's bytes and does not keep them alive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace rediscluster::wire {

/// One value, or the header of an aggregate.
struct ReplyValue {
  char type = '\0';         ///< RESP type byte; '_' for nil of every kind.
  std::string_view text{};  ///< Text of strings, errors and numbers, "t" or "f"; empty for aggregates and nil.
  std::uint64_t count = 0;  ///< Children of an aggregate; a map entry counts two. The next values are these.
  std::string_view rest{};  ///< The frame from this value on, for messages about it.

  bool is_nil() const { return type == '_'; }
  bool is_error() const { return type == '-' || type == '!'; }
  bool is_aggregate() const { return type == '*' || type == '~' || type == '%' || type == '>'; }
};

class ReplyCursor {
 public:
  explicit ReplyCursor(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool at_end() const { return at_ == end_; }
  /// The frame from here on.
  std::string_view rest() const { return {at_, static_cast<std::size_t>(end_ - at_)}; }

  /// Type byte of the value that next() will give; '\0' at the end. ("$-1" counts as '$' here.)
  char peek_type() {
    if (at_ != end_ && *at_ == '|') skip_attributes();
    return at_ == end_ ? '\0' : *at_;
  }
  /// Reads one value; after an aggregate's header its children follow. False at the end.
  bool next(ReplyValue& value);
  /// Passes over one whole value, children included. False at the end.
  bool skip();
  /// next() for the commonest case: true, and past it, when a bulk string that is not nil stands right here.
  [[gnu::always_inline]] bool take_bulk(std::string_view& text) {
    if (end_ - at_ < 6 || *at_ != '$') return false;
    const char* digit = at_ + 1;
    std::size_t size = static_cast<unsigned char>(*digit - '0');
    if (size > 9) return false;
    const char* const stop = end_ - 5;  // CR LF twice behind the last digit
    for (unsigned next = 0; (next = static_cast<unsigned char>(*++digit - '0')) <= 9;) {
      if (digit > stop) return false;
      size = size * 10 + next;
    }
    const char* const text_begin = digit + 2;
    if (size > static_cast<std::size_t>(end_ - text_begin) - 2) return false;
    text = {text_begin, size};
    at_ = text_begin + size + 2;
    return true;
  }
  /// The same for the header of an array of at most 99 elements.
  bool take_small_array(std::uint64_t& count) {
    if (end_ - at_ < 5 || *at_ != '*') return false;
    const unsigned first = static_cast<unsigned char>(at_[1] - '0');
    const unsigned second = static_cast<unsigned char>(at_[2] - '0');
    if (first > 9 || (second > 9 && at_[2] != '\r')) return false;
    if (second <= 9 && at_[3] != '\r') return false;
    count = second <= 9 ? first * 10 + second : first;
    at_ += second <= 9 ? 5 : 4;
    return true;
  }
  /// The same for an integer of up to 18 digits without a plus.
  bool take_integer(std::int64_t& number) {
    constexpr std::ptrdiff_t longest = 18;
    if (end_ - at_ < 4 || *at_ != ':') return false;
    const bool is_negative = at_[1] == '-';
    const char* const first = at_ + 1 + (is_negative ? 1 : 0);
    const char* digit = first;
    std::int64_t value = 0;
    for (; digit != end_ && static_cast<unsigned char>(*digit - '0') <= 9; ++digit) {
      if (digit - first == longest) return false;
      value = value * 10 + (*digit - '0');
    }
    if (digit == first || end_ - digit < 2) return false;
    number = is_negative ? -value : value;
    at_ = digit + 2;
    return true;
  }

 private:
  void skip_attributes();
  bool read(ReplyValue& value);
  bool read_line(std::string_view& line);
  bool give_up();

  const char* at_;
  const char* end_;
};

}  // namespace rediscluster::wire
