#include "wire/number_text.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace rediscluster::wire {
namespace {

constexpr std::string_view digits = "0123456789";

std::size_t skip_sign(std::string_view text) {
  return !text.empty() && (text.front() == '-' || text.front() == '+') ? 1 : 0;
}

// Takes the digits at the front away; false when there are none.
bool take_digits(std::string_view& text) {
  const std::size_t count = std::min(text.find_first_not_of(digits), text.size());
  text.remove_prefix(count);
  return count > 0;
}

// Many digits: they may be leading zeros, or too much.
std::optional<std::int64_t> parse_long_integer(std::string_view text) {
  if (!is_integer(text)) return std::nullopt;
  if (text.front() == '+') text.remove_prefix(1);  // from_chars knows no plus
  std::int64_t value = 0;
  const auto stop = std::from_chars(text.data(), text.data() + text.size(), value);
  if (stop.ec != std::errc{}) return std::nullopt;
  return value;
}

std::optional<double> parse_special(std::string_view text) {
  if (text == "inf" || text == "+inf") return std::numeric_limits<double>::infinity();
  if (text == "-inf") return -std::numeric_limits<double>::infinity();
  // Servers before 7.2 print what printf gives them, which may be "-nan".
  if (text == "nan" || text == "-nan") return std::numeric_limits<double>::quiet_NaN();
  return std::nullopt;
}

// A number that no double holds: infinite when it is too large, nothing when it is too small.
double beyond_double(std::string_view text) {
  const double sign = text.front() == '-' ? -1 : 1;
  text.remove_prefix(skip_sign(text));
  const std::size_t end = std::min(text.find_first_of("eE"), text.size());
  const std::string_view figures = text.substr(0, end);
  std::string_view exponent = text.substr(std::min(end + 1, text.size()));
  const auto point = static_cast<std::int64_t>(std::min(figures.find('.'), figures.size()));
  const std::size_t first = figures.find_first_not_of("0.");
  if (first == figures.npos) return sign * 0.0;
  constexpr std::int64_t unimaginable = 1'000'000'000;
  std::int64_t power = 0;
  if (!exponent.empty()) power = parse_integer(exponent).value_or(exponent.front() == '-' ? -unimaginable : unimaginable);
  power = std::clamp(power, -unimaginable, unimaginable) + point - static_cast<std::int64_t>(first);
  return sign * (power > 0 ? std::numeric_limits<double>::infinity() : 0.0);
}

}  // namespace

bool is_integer(std::string_view text) {
  text.remove_prefix(skip_sign(text));
  return !text.empty() && text.find_first_not_of(digits) == std::string_view::npos;
}

bool is_number(std::string_view text) {
  if (parse_special(text)) return true;
  text.remove_prefix(skip_sign(text));
  if (!take_digits(text)) return false;
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    if (!take_digits(text)) return false;
  }
  if (text.empty()) return true;
  if (text.front() != 'e' && text.front() != 'E') return false;
  text.remove_prefix(1);
  text.remove_prefix(skip_sign(text));
  return take_digits(text) && text.empty();
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  constexpr std::size_t always_fits = 18;  // digits that cannot overflow 64 bits
  const std::size_t sign = skip_sign(text);
  const std::string_view magnitude = text.substr(sign);
  if (magnitude.empty()) return std::nullopt;
  if (magnitude.size() > always_fits) return parse_long_integer(text);
  std::int64_t value = 0;
  for (const char c : magnitude) {
    const auto digit = static_cast<unsigned char>(c - '0');
    if (digit > 9) return std::nullopt;
    value = value * 10 + digit;
  }
  return text.front() == '-' ? -value : value;
}

std::optional<double> parse_number(std::string_view text) {
  if (const auto special = parse_special(text)) return special;
  if (!is_number(text)) return std::nullopt;
  if (text.front() == '+') text.remove_prefix(1);
  double value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end.ec == std::errc::result_out_of_range) return beyond_double(text);
  if (end.ec != std::errc{}) return std::nullopt;
  return value;
}

}  // namespace rediscluster::wire
