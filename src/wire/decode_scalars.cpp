#include "wire/decode_scalars.hpp"

#include <algorithm>
#include <charconv>

#include "wire/number_text.hpp"

namespace rediscluster::wire {

bool Decoder<bool>::decode(ReplyCursor& cursor, bool& out, Mismatch& why) {
  constexpr const char* wanted = "a status, a boolean or an integer";
  ReplyValue value;
  if (!cursor.next(value)) return why.refuse(cursor, wanted);
  switch (value.type) {
    case ':':
      out = value.text.find_first_not_of("+-0") != std::string_view::npos;
      return true;
    case '#':
      out = value.text == "t";
      return true;
    case '+':
      out = true;
      return true;
    case '_':
      out = false;
      return true;
    default:
      return why.refuse(value, wanted);
  }
}

bool Decoder<std::int64_t>::decode_other(ReplyCursor& cursor, std::int64_t& out, Mismatch& why) {
  constexpr const char* wanted = "an integer";
  ReplyValue value;
  if (!cursor.next(value)) return why.refuse(cursor, wanted);
  if (value.type == '#') {
    out = value.text == "t" ? 1 : 0;
    return true;
  }
  if (value.type != ':' && value.type != '$') return why.refuse(value, wanted);
  const auto number = parse_integer(value.text);
  if (!number) return why.refuse(value, wanted);
  out = *number;
  return true;
}

bool Decoder<std::uint64_t>::decode(ReplyCursor& cursor, std::uint64_t& out, Mismatch& why) {
  constexpr const char* wanted = "an integer that is not negative";
  ReplyValue value;
  if (!cursor.next(value)) return why.refuse(cursor, wanted);
  if (value.type != ':' && value.type != '$' && value.type != '(') return why.refuse(value, wanted);
  const char* const end = value.text.data() + value.text.size();
  const auto [stop, error] = std::from_chars(value.text.data(), end, out);
  return (error == std::errc() && stop == end) || why.refuse(value, wanted);
}

bool Decoder<std::chrono::system_clock::time_point>::decode(ReplyCursor& cursor,
                                                            std::chrono::system_clock::time_point& out, Mismatch& why) {
  using Clock = std::chrono::system_clock;
  constexpr auto longest = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::duration::max());
  const ReplyCursor before = cursor;
  std::chrono::milliseconds since_epoch{};
  if (!Decoder<std::chrono::milliseconds>::decode(cursor, since_epoch, why)) return false;
  if (since_epoch > longest || since_epoch < -longest) return why.refuse(before, "a Unix time in milliseconds");
  out = Clock::time_point(since_epoch);
  return true;
}

bool Decoder<int>::decode(ReplyCursor& cursor, int& out, Mismatch& why) {
  const ReplyCursor before = cursor;
  std::int64_t number = 0;
  if (!Decoder<std::int64_t>::decode(cursor, number, why)) return false;
  out = static_cast<int>(number);
  return out == number || why.refuse(before, "a number of 32 bits");
}

bool Decoder<double>::decode(ReplyCursor& cursor, double& out, Mismatch& why) {
  constexpr const char* wanted = "a number";
  ReplyValue value;
  if (!cursor.next(value)) return why.refuse(cursor, wanted);
  if (value.type != ',' && value.type != ':' && value.type != '$' && value.type != '+') {
    return why.refuse(value, wanted);
  }
  const auto number = parse_number(value.text);
  if (!number) return why.refuse(value, wanted);
  out = *number;
  return true;
}

bool Decoder<std::string>::decode_other(ReplyCursor& cursor, std::string& out, Mismatch& why) {
  constexpr const char* wanted = "a string";
  ReplyValue value;
  if (!cursor.next(value)) return why.refuse(cursor, wanted);
  switch (value.type) {
    case '=':
      value.text.remove_prefix(std::min<std::size_t>(4, value.text.size()));  // "txt:"
      [[fallthrough]];
    case '$':
    case '+':
    case ':':
    case ',':
    case '(':
      out.assign(value.text);
      return true;
    default:
      return why.refuse(value, wanted);
  }
}

}  // namespace rediscluster::wire
