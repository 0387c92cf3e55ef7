#include "wire/monitor_line.hpp"

#include "wire/number_text.hpp"

namespace rediscluster::wire {
namespace {

constexpr std::int64_t latest_second = 9'000'000'000;  // beyond the year 2200; times 10^6 it still fits

// Takes what stands in front of `end` off, and `end` too.
std::optional<std::string_view> take_until(std::string_view& text, char end) {
  const std::size_t at = text.find(end);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at + 1);
  return part;
}

std::optional<std::chrono::system_clock::time_point> parse_time(std::string_view text) {
  const std::optional<std::string_view> whole = take_until(text, '.');
  if (!whole || text.size() != 6) return std::nullopt;
  const auto seconds = parse_integer(*whole);
  const auto micros = parse_integer("1" + std::string(text));  // leading zeroes count
  if (!seconds || !micros || *seconds < 0 || *seconds > latest_second || *micros < 1'000'000) return std::nullopt;
  return std::chrono::system_clock::time_point(std::chrono::seconds(*seconds) + std::chrono::microseconds(*micros - 1'000'000));
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

char plain_escape(char c) {
  switch (c) {
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'a': return '\a';
    case 'b': return '\b';
    default: return c;  // \" and \\ .
  }
}

// What stands between two quotes, the first of which is at the front of `text`.
std::optional<std::string> take_quoted(std::string_view& text) {
  if (text.empty() || text.front() != '"') return std::nullopt;
  std::string word;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return word;
    }
    if (text[i] != '\\') {
      word += text[i];
      continue;
    }
    if (++i == text.size()) return std::nullopt;
    const bool is_hex = text[i] == 'x' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0;
    if (is_hex) {
      word += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      word += plain_escape(text[i]);
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<MonitorLine> parse_monitor_line(std::string_view line) {
  MonitorLine parsed;
  const auto time = take_until(line, ' ');
  const auto when = time ? parse_time(*time) : std::nullopt;
  if (!when || line.empty() || line.front() != '[') return std::nullopt;
  parsed.time = *when;
  line.remove_prefix(1);
  const auto db = take_until(line, ' ');
  const auto number = db ? parse_integer(*db) : std::nullopt;
  if (!number || *number < 0 || *number > 1'000'000) return std::nullopt;
  parsed.db = static_cast<int>(*number);
  // An IPv6 address stands in brackets of its own, and a path may hold any: the quote of the first word ends it.
  const std::size_t end = line.find("] \"");
  if (end == std::string_view::npos) return std::nullopt;
  parsed.client = std::string(line.substr(0, end));
  line.remove_prefix(end + 1);
  while (!line.empty()) {
    if (line.front() != ' ') return std::nullopt;
    line.remove_prefix(1);
    std::optional<std::string> word = take_quoted(line);
    if (!word) return std::nullopt;
    parsed.words.push_back(std::move(*word));
  }
  return parsed;
}

}  // namespace rediscluster::wire
