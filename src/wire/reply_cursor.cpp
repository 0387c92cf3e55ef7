#include "wire/reply_cursor.hpp"

#include <cstring>

namespace rediscluster::wire {
namespace {

// Length in a header that the scanner has passed; "-1" and anything odd give false.
bool read_length(std::string_view digits, std::uint64_t& length) {
  if (digits.empty() || digits.size() > 19) return false;
  length = 0;
  for (const char c : digits) {
    const auto digit = static_cast<unsigned char>(c - '0');
    if (digit > 9) return false;
    length = length * 10 + digit;
  }
  return true;
}

}  // namespace

// Damaged bytes (never after a scan): everything reads as the end from now on.
bool ReplyCursor::give_up() {
  at_ = end_;
  return false;
}

bool ReplyCursor::read_line(std::string_view& line) {
  const auto size = static_cast<std::size_t>(end_ - at_);
  const auto* line_end = size == 0 ? nullptr : static_cast<const char*>(std::memchr(at_, '\n', size));
  if (line_end == nullptr || line_end - at_ < 2) return give_up();
  line = {at_ + 1, static_cast<std::size_t>(line_end - at_) - 2};
  at_ = line_end + 1;
  return true;
}

// One header with its text, attributes not passed over.
bool ReplyCursor::read(ReplyValue& value) {
  value = ReplyValue{};
  value.rest = rest();
  std::string_view line;
  if (!read_line(line)) return false;
  value.type = value.rest.front();
  switch (value.type) {
    case '$':
    case '!':
    case '=': {
      std::uint64_t size = 0;
      if (!read_length(line, size)) {
        value.type = '_';
        return true;
      }
      const auto available = static_cast<std::uint64_t>(end_ - at_);
      if (available < 2 || size > available - 2) return give_up();
      value.text = {at_, size};
      at_ += size + 2;
      return true;
    }
    case '*':
    case '%':
    case '~':
    case '>':
    case '|':
      if (!read_length(line, value.count)) value.type = '_';
      if (value.type == '%' || value.type == '|') value.count *= 2;
      return true;
    default:
      value.text = line;
      return true;
  }
}

void ReplyCursor::skip_attributes() {
  ReplyValue value;
  while (at_ != end_ && *at_ == '|') {
    if (!read(value)) return;
    // Attributes may hold values with attributes; skip() counts them all without recursion.
    for (std::uint64_t left = value.count; left > 0; --left) {
      if (!skip()) return;
    }
  }
}

bool ReplyCursor::next(ReplyValue& value) {
  if (at_ != end_ && *at_ == '|') skip_attributes();
  return read(value);
}

bool ReplyCursor::skip() {
  ReplyValue value;
  for (std::uint64_t open = 1; open > 0;) {
    if (!read(value)) return false;
    open += value.count;
    if (value.type != '|') --open;  // an attribute is no value: the one it describes is still to come
  }
  return true;
}

}  // namespace rediscluster::wire
