#include "commands/secret_words.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "commands/letter_case.hpp"
#include "commands/words_of.hpp"
#include "wire/error_reply.hpp"

namespace rediscluster {
namespace {

using WordList = std::vector<std::string_view>;

bool is(const WordList& words, std::size_t at, std::string_view text) { return at < words.size() && equals_ignoring_case(words[at], text); }

// Marks what follows each AUTH (one word, or as many as `count`) and each AUTH2 (two).
void hide_behind_auth(const WordList& words, std::size_t count, std::vector<bool>& secret) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::size_t hidden = is(words, i, "AUTH2") ? 2 : is(words, i, "AUTH") ? count : 0;
    for (std::size_t j = 1; j <= hidden && i + j < words.size(); ++j) secret[i + j] = true;
    i += hidden;
  }
}

// The secret part of a word: ACL rules say what they do with a password by the sign in front.
std::string_view secret_in(std::string_view word) {
  return !word.empty() && (word.front() == '>' || word.front() == '<') ? word.substr(1) : word;
}

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool stands_alone(const std::string& text, std::size_t at, std::size_t size) {
  const bool joins_left = at > 0 && is_letter_or_digit(text[at - 1]);
  return !joins_left && (at + size == text.size() || !is_letter_or_digit(text[at + size]));
}

// Servers cut what they quote: half a secret is one, too. Short words are everywhere, so they count only when they stand alone.
void hide(std::string& text, std::string_view secret) {
  constexpr std::size_t short_word = 3;
  constexpr std::size_t least_part = 8;
  const std::string_view part = secret.substr(0, least_part);
  for (std::size_t at = text.find(part); !part.empty() && at != std::string::npos;) {
    std::size_t size = part.size();
    while (size < secret.size() && at + size < text.size() && text[at + size] == secret[size]) ++size;
    const bool is_meant = size > short_word || stands_alone(text, at, size);
    if (is_meant) text.replace(at, size, "***");
    at = text.find(part, at + (is_meant ? 3 : 1));
  }
}

bool may_have_secrets(const CommandView& command) {
  std::string_view name;
  if (command.bytes().empty() || !command.arguments().next(name)) return false;  // a block of several has no words of its own
  constexpr std::array<std::string_view, 7> names{"AUTH", "HELLO", "MIGRATE", "ACL", "CONFIG", "MODULE", "SENTINEL"};
  return std::any_of(names.begin(), names.end(), [&](std::string_view each) { return equals_ignoring_case(name, each); });
}

}  // namespace

std::vector<bool> secret_words(const std::vector<std::string_view>& words) {
  std::vector<bool> secret(words.size(), false);
  const auto hide_from = [&](std::size_t first, std::size_t step = 1) {
    for (std::size_t i = first; i < words.size(); i += step) secret[i] = true;
  };
  if (is(words, 0, "AUTH")) {
    hide_from(1);
  } else if (is(words, 0, "HELLO")) {
    hide_behind_auth(words, 2, secret);
  } else if (is(words, 0, "MIGRATE")) {
    hide_behind_auth(words, 1, secret);
  } else if (is(words, 0, "ACL") && is(words, 1, "SETUSER")) {
    hide_from(3);
  } else if (is(words, 0, "CONFIG") && is(words, 1, "SET")) {
    hide_from(3, 2);
  } else if (is(words, 0, "MODULE")) {
    hide_from(3);  // the arguments of a module, and of its configuration
  } else if (is(words, 0, "SENTINEL")) {
    hide_from(2);
  }
  return secret;
}

Error refusal_of(const CommandView& command, std::string_view error_line, const NodeAddress& node) {
  if (!may_have_secrets(command)) return wire::error_from_reply(error_line, node);
  const std::vector<std::string_view> words = words_of(command);
  const std::vector<bool> secret = secret_words(words);
  std::string text(wire::trim_error_line(error_line));
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (secret[i]) hide(text, secret_in(words[i]));
  }
  Error error = wire::error_from_reply(text, node);
  error.code = wire::classify_error(error_line);
  return error;
}

}  // namespace rediscluster
