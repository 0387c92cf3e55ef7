/// Reading and describing commands.
#include "testing/command_reader.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

namespace rediscluster::testing {
namespace {

constexpr long long max_words = 1 << 20;
constexpr long long max_word_bytes = 512LL << 20;
constexpr std::size_t max_header_bytes = 32;
constexpr std::size_t max_shown_bytes = 60;

/// The number of a header line "*3\r\n" at `at`, which moves behind it.
struct Header {
  ReadCommand::Status status;
  long long value = 0;
};

Header read_header(std::string_view bytes, std::size_t& at, char type, long long limit) {
  using Status = ReadCommand::Status;
  if (at >= bytes.size()) return {Status::need_more};
  if (bytes[at] != type) return {Status::broken};
  const std::size_t end = bytes.find("\r\n", at);
  if (end == std::string_view::npos) {
    return {bytes.size() - at > max_header_bytes ? Status::broken : Status::need_more};
  }
  long long value = -1;
  const char* last = bytes.data() + end;
  const auto [stop, error] = std::from_chars(bytes.data() + at + 1, last, value);
  if (error != std::errc() || stop != last || value < 0 || value > limit) return {Status::broken};
  at = end + 2;
  return {Status::complete, value};
}

}  // namespace

ReadCommand read_command(std::string_view bytes) {
  using Status = ReadCommand::Status;
  std::size_t at = 0;
  const Header count = read_header(bytes, at, '*', max_words);
  if (count.status != Status::complete) return {count.status};
  if (count.value == 0) return {Status::broken};
  ReadCommand command;
  for (long long i = 0; i < count.value; ++i) {
    const Header length = read_header(bytes, at, '$', max_word_bytes);
    if (length.status != Status::complete) return {length.status};
    const auto size = static_cast<std::size_t>(length.value);
    if (bytes.size() - at < size + 2) return {Status::need_more};
    if (bytes.substr(at + size, 2) != "\r\n") return {Status::broken};
    command.words.emplace_back(bytes.substr(at, size));
    at += size + 2;
  }
  command.status = Status::complete;
  command.size = at;
  return command;
}

std::string describe_command(const std::vector<std::string>& words) {
  std::string text = "[";
  for (const std::string& word : words) {
    if (text.size() > 1) text += ' ';
    for (char c : word.substr(0, max_shown_bytes)) text += std::isprint(static_cast<unsigned char>(c)) ? c : '?';
    if (word.size() > max_shown_bytes) text += "... (" + std::to_string(word.size()) + " bytes)";
  }
  return text + "]";
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  const auto same = [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
}

bool starts_with_words(const std::vector<std::string>& words, const std::vector<std::string>& first_words) {
  if (words.size() < first_words.size()) return false;
  for (std::size_t i = 0; i < first_words.size(); ++i) {
    if (words[i] == first_words[i]) continue;
    const bool is_subcommand =
        i == 1 && (equals_ignoring_case(words[0], "CLUSTER") || equals_ignoring_case(words[0], "CLIENT"));
    if ((i > 0 && !is_subcommand) || !equals_ignoring_case(words[i], first_words[i])) return false;
  }
  return true;
}

}  // namespace rediscluster::testing
