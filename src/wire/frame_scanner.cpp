#include "wire/frame_scanner.hpp"

#include <algorithm>
#include <cstring>

#include "wire/number_text.hpp"

namespace rediscluster::wire {
namespace {

// Longest lines we take. Servers cut or bound all of these; the figures only keep a hostile peer from growing a line
// for ever. Error texts may quote whole commands, big numbers may have many digits.
constexpr std::size_t longest_text_line = 1024 * 1024;
constexpr std::size_t longest_double_line = 1024;

bool is_digit(char c) { return static_cast<unsigned char>(c - '0') <= 9; }

}  // namespace

FrameScanner::FrameScanner(const Limits& limits) : limits_(limits), most_bytes_(limits.max_reply_bytes) {}

void FrameScanner::reset() {
  error_ = nullptr;
  is_over_limit_ = false;
  levels_.clear();
  start_over();
}

void FrameScanner::start_over() {
  most_bytes_ = limits_.max_reply_bytes;
  finished_ = 0;
  no_line_end_before_ = 0;
  needed_ = 1;
  is_push_ = false;
}

inline FrameScanner::Step FrameScanner::wrong(const char* what) {
  error_ = what;
  return Step::wrong;
}

// Well-formed so far, and more than the user wants.
inline FrameScanner::Step FrameScanner::too_much(const char* what) {
  is_over_limit_ = !is_push_;
  return wrong(what);
}

// Counts one whole value and closes every aggregate that it fills. True when nothing is left open.
inline bool FrameScanner::finishes_reply() {
  while (!levels_.empty()) {
    Level& innermost = levels_.back();
    if (--innermost.remaining > 0) return false;
    const bool was_attribute = innermost.is_attribute;
    levels_.pop_back();
    if (was_attribute) return false;
  }
  return true;
}

inline FrameScanner::Result FrameScanner::complete(std::size_t size) {
  if (size > most_bytes_) {
    too_much("the reply is larger than the limit, options.max_reply_bytes");
    return {Status::broken, 0, false, error_};
  }
  const Result result{Status::complete, size, is_push_, nullptr};
  start_over();
  return result;
}

FrameScanner::Result FrameScanner::wait(std::size_t finished, std::size_t received) {
  finished_ = finished;
  needed_ = std::max(needed_, received + 1);
  if (needed_ <= most_bytes_) return {Status::need_more, needed_, false, nullptr};
  too_much("the reply is larger than the limit, options.max_reply_bytes");
  return {Status::broken, 0, false, error_};
}

FrameScanner::Result FrameScanner::scan_on(std::string_view bytes) {
  if (error_ != nullptr) return {Status::broken, 0, false, error_};
  if (bytes.size() < needed_) return {Status::need_more, needed_, false, nullptr};
  Cursor cursor{bytes.data(), bytes.data() + finished_, bytes.data() + bytes.size()};
  while (true) {
    switch (scan_next(cursor)) {
      case Step::value:
        if (finishes_reply()) return complete(static_cast<std::size_t>(cursor.at - cursor.begin));
        break;
      case Step::opened:
        break;
      case Step::partial:
        return wait(static_cast<std::size_t>(cursor.at - cursor.begin), bytes.size());
      case Step::wrong:
        return {Status::broken, 0, false, error_};
    }
  }
}

inline FrameScanner::Step FrameScanner::scan_next(Cursor& cursor) {
  if (cursor.at == cursor.end) return Step::partial;
  switch (*cursor.at) {
    case '$':
    case '!':
    case '=':
      return scan_bulk(cursor);
    case ':':
      return scan_integer(cursor);
    case '+':
    case '-':
      return scan_text(cursor, longest_text_line);
    case '*':
    case '%':
    case '~':
    case '>':
    case '|':
      return scan_aggregate(cursor);
    case '_':
    case '#':
      return scan_constant(cursor);
    case ',':
      return scan_double(cursor);
    case '(':
      return scan_big_number(cursor);
    default:
      return wrong_type(cursor);
  }
}

// The line of a length: digits without sign or leading zero. "-1" stands for nil where RESP2 allows it.
inline FrameScanner::Step FrameScanner::scan_length(const Cursor& cursor, Length& length) {
  constexpr const char* not_a_length = "a length is not a plain decimal number";
  const char* at = cursor.at + 1;
  if (at == cursor.end) return Step::partial;
  std::uint64_t digit = static_cast<unsigned char>(*at - '0');
  length.is_nil = *at == '-';
  if (length.is_nil) {
    if (*cursor.at != '$' && *cursor.at != '*') return wrong(not_a_length);
    if (++at == cursor.end) return Step::partial;
    if (*at != '1') return wrong(not_a_length);
    digit = 0;
  }
  if (digit > 9) return wrong(*at == '?' ? "streamed strings and aggregates are not supported" : not_a_length);
  length.value = digit;
  const char* const last_digit = at + 18;  // 19 digits fit 64 bits whatever they are
  while (++at != cursor.end && is_digit(*at)) {
    if (digit == 0 || at > last_digit) return wrong(not_a_length);
    length.value = length.value * 10 + static_cast<unsigned char>(*at - '0');
  }
  if (at == cursor.end) return Step::partial;
  if (*at != '\r') return wrong(not_a_length);
  if (++at == cursor.end) return Step::partial;
  if (*at != '\n') return wrong("a line does not end with CR LF");
  length.after = at + 1;
  return Step::value;
}

inline FrameScanner::Step FrameScanner::scan_bulk(Cursor& cursor) {
  Length length;
  if (const Step step = scan_length(cursor, length); step != Step::value) return step;
  if (length.is_nil) {
    cursor.at = length.after;
    return Step::value;
  }
  if (length.value > limits_.max_bulk_bytes) return too_much("a string is longer than the limit, options.max_bulk_bytes");
  const auto available = static_cast<std::size_t>(cursor.end - length.after);
  if (available < length.value + 2) {
    needed_ = static_cast<std::size_t>(length.after - cursor.begin) + length.value + 2;
    return Step::partial;
  }
  const char* const text_end = length.after + length.value;
  if (text_end[0] != '\r' || text_end[1] != '\n')
    return wrong("a string does not end with CR LF where its length says");
  if (*cursor.at == '=' && (length.value < 4 || length.after[3] != ':')) {
    return wrong("a verbatim string has no format");
  }
  cursor.at = text_end + 2;
  return Step::value;
}

// One line of text. A lone CR inside is let through: LF alone ends lines, so alignment cannot be lost by it.
inline FrameScanner::Step FrameScanner::scan_line(Cursor& cursor, std::size_t longest, std::string_view& text) {
  const char* const from = std::max(cursor.at + 1, cursor.begin + no_line_end_before_);
  const auto available = static_cast<std::size_t>(cursor.end - cursor.at);
  const char* const to = cursor.at + std::min(available, longest);
  const auto* line_end =
      from < to ? static_cast<const char*>(std::memchr(from, '\n', static_cast<std::size_t>(to - from))) : nullptr;
  if (line_end == nullptr) {
    if (available >= longest) return wrong("a line is longer than the limit");
    no_line_end_before_ = static_cast<std::size_t>(to - cursor.begin);
    return Step::partial;
  }
  if (line_end[-1] != '\r') return wrong("a line does not end with CR LF");
  text = std::string_view(cursor.at + 1, static_cast<std::size_t>(line_end - cursor.at) - 2);
  cursor.at = line_end + 1;
  return Step::value;
}

inline FrameScanner::Step FrameScanner::scan_text(Cursor& cursor, std::size_t longest) {
  std::string_view text;
  return scan_line(cursor, longest, text);
}

inline FrameScanner::Step FrameScanner::scan_integer(Cursor& cursor) {
  const char* at = cursor.at + 1;
  if (at != cursor.end && (*at == '-' || *at == '+')) ++at;
  const char* const first_digit = at;
  while (at != cursor.end && is_digit(*at)) ++at;
  const auto digits = at - first_digit;
  if (digits > 19) return wrong("an integer does not fit 64 bits");
  if (at == cursor.end) return Step::partial;
  if (*at != '\r' || digits == 0) return wrong("an integer is not a decimal number");
  if (digits == 19 && !parse_integer({cursor.at + 1, static_cast<std::size_t>(at - cursor.at) - 1})) {
    return wrong("an integer does not fit 64 bits");
  }
  if (++at == cursor.end) return Step::partial;
  if (*at != '\n') return wrong("a line does not end with CR LF");
  cursor.at = at + 1;
  return Step::value;
}

FrameScanner::Step FrameScanner::scan_double(Cursor& cursor) {
  std::string_view text;
  if (const Step step = scan_line(cursor, longest_double_line, text); step != Step::value) return step;
  return is_number(text) ? Step::value : wrong("a double is not a number");
}

FrameScanner::Step FrameScanner::scan_big_number(Cursor& cursor) {
  std::string_view text;
  if (const Step step = scan_line(cursor, longest_text_line, text); step != Step::value) return step;
  return is_integer(text) ? Step::value : wrong("a big number is not a decimal number");
}

// "_\r\n", "#t\r\n" and "#f\r\n".
FrameScanner::Step FrameScanner::scan_constant(Cursor& cursor) {
  constexpr const char* not_it = "a null or a boolean is not one";
  const char* at = cursor.at;
  if (*at == '#') {
    if (++at == cursor.end) return Step::partial;
    if (*at != 't' && *at != 'f') return wrong(not_it);
  }
  if (++at == cursor.end) return Step::partial;
  if (*at != '\r') return wrong(not_it);
  if (++at == cursor.end) return Step::partial;
  if (*at != '\n') return wrong(not_it);
  cursor.at = at + 1;
  return Step::value;
}

inline FrameScanner::Step FrameScanner::scan_aggregate(Cursor& cursor) {
  Length length;
  const char type = *cursor.at;
  if (type == '>' && !levels_.empty()) return wrong("a push stands inside a reply");
  if (const Step step = scan_length(cursor, length); step != Step::value) return step;
  cursor.at = length.after;
  if (length.is_nil) return Step::value;
  const bool is_attribute = type == '|';
  const std::uint64_t each = is_attribute || type == '%' ? 2 : 1;
  if (length.value > limits_.max_elements / each) return too_much("an aggregate has more elements than the limit, options.max_elements");
  if (levels_.size() >= limits_.max_depth) return too_much("aggregates are nested deeper than the limit, options.max_depth");
  if (type == '>') {
    is_push_ = true;
    most_bytes_ = std::min(limits_.max_push_bytes, limits_.max_reply_bytes);
  }
  if (length.value == 0) return is_attribute ? Step::opened : Step::value;
  levels_.push_back({length.value * each, is_attribute});
  return Step::opened;
}

// Says what the usual strangers on a port speak, as that is what people get wrong.
FrameScanner::Step FrameScanner::wrong_type(const Cursor& cursor) {
  const std::string_view rest(cursor.at, static_cast<std::size_t>(cursor.end - cursor.at));
  if (cursor.at == cursor.begin) {
    constexpr std::string_view http = "HTTP/";
    const std::size_t seen = std::min(rest.size(), http.size());
    if (rest.substr(0, seen) == http.substr(0, seen)) return wrong("the peer speaks HTTP, not the Redis protocol");
    const bool is_record = rest[0] == '\x15' || rest[0] == '\x16';
    if (is_record && (rest.size() == 1 || rest[1] == '\x03')) {
      return wrong("the peer speaks TLS, but this connection does not use it");
    }
  }
  return wrong("a reply begins with a byte that is no type of the Redis protocol");
}

}  // namespace rediscluster::wire
