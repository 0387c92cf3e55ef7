#include "wire/monitor_line.hpp"

#include "wire/number_text.hpp"

namespace rediscluster::wire {
namespace {

constexpr std::int64_t latest_second = 9'000'000'000;  // beyond the year 2200; times 10^6 it still fits

// Takes what stands in front of `end` off, and `end` too.
std::optional<std::string_view> take_field(std::string_view& text, char end) {
  const std::size_t at = text.find(end);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at + 1);
  return part;
}

std::optional<std::chrono::system_clock::time_point> parse_time(std::string_view text) {
  const std::optional<std::string_view> whole = take_field(text, '.');
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

// The byte that an escape at the front of `text` stands for, and how long the escape is; 0: it is none.
std::size_t read_escape(std::string_view text, char& byte) {
  if (text.size() >= 4 && text[1] == 'x' && hex_value(text[2]) >= 0 && hex_value(text[3]) >= 0) {
    byte = static_cast<char>(hex_value(text[2]) * 16 + hex_value(text[3]));
    return 4;
  }
  constexpr std::string_view names = "nrtab", bytes = "\n\r\t\a\b";
  const std::size_t which = text.size() < 2 ? std::string_view::npos : names.find(text[1]);
  if (which == std::string_view::npos) return 0;
  byte = bytes[which];
  return 2;
}

// What stands between two quotes, the first of which is at the front of `text`.
std::optional<std::string> take_quoted(std::string_view& text) {
  if (text.empty() || text.front() != '"') return std::nullopt;
  std::string word;
  for (std::size_t i = 1; i < text.size(); ++i) {
    char byte = text[i];
    if (byte == '"') {
      text.remove_prefix(i + 1);
      return word;
    }
    if (byte == '\\') {
      if (const std::size_t length = read_escape(text.substr(i), byte); length != 0) {
        i += length - 1;
      } else if (i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\')) {
        byte = text[++i];
      } else {
        return std::nullopt;
      }
    }
    word += byte;
  }
  return std::nullopt;
}

// Each word as ` "word"`, quotes and backslashes within it escaped. Empty: the line is not written so.
std::optional<std::vector<std::string>> escaped_words(std::string_view line) {
  std::vector<std::string> words;
  while (!line.empty()) {
    if (line.front() != ' ') return std::nullopt;
    line.remove_prefix(1);
    std::optional<std::string> word = take_quoted(line);
    if (!word) return std::nullopt;
    words.push_back(std::move(*word));
  }
  return words;
}

// As Valkey 8.1 writes them, with quotes and backslashes as they are: a word ends at a quote with another word or nothing behind it.
std::vector<std::string> plain_words(std::string_view line) {
  std::vector<std::string> words;
  line.remove_prefix(std::string_view(" \"").size());
  for (bool is_last = false; !is_last;) {
    const std::size_t end = line.find("\" \"");
    is_last = end == std::string_view::npos;
    std::string_view rest = line.substr(0, end);
    if (is_last && rest.ends_with('"')) rest.remove_suffix(1);
    std::string& word = words.emplace_back();
    while (!rest.empty()) {
      char byte = rest.front();
      const std::size_t length = byte == '\\' ? read_escape(rest, byte) : 0;
      word += byte;
      rest.remove_prefix(length == 0 ? 1 : length);
    }
    if (!is_last) line.remove_prefix(end + 3);
  }
  return words;
}

}  // namespace

std::optional<MonitorLine> parse_monitor_line(std::string_view line) {
  MonitorLine parsed;
  parsed.text = std::string(line);
  const auto time = take_field(line, ' ');
  const auto when = time ? parse_time(*time) : std::nullopt;
  if (!when || line.empty() || line.front() != '[') return std::nullopt;
  parsed.time = *when;
  line.remove_prefix(1);
  const auto db = take_field(line, ' ');
  const auto number = db ? parse_integer(*db) : std::nullopt;
  if (!number || *number < 0 || *number > 1'000'000) return std::nullopt;
  parsed.db = static_cast<int>(*number);
  // An IPv6 address stands in brackets of its own, and a path may hold any: the quote of the first word ends it.
  const std::size_t end = line.find("] \"");
  if (end == std::string_view::npos) return std::nullopt;
  parsed.client = std::string(line.substr(0, end));
  line.remove_prefix(end + 1);
  std::optional<std::vector<std::string>> words = escaped_words(line);
  parsed.words = words ? std::move(*words) : plain_words(line);
  return parsed;
}

}  // namespace rediscluster::wire
