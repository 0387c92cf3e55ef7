#include "commands/shown_command.hpp"

#include "commands/letter_case.hpp"
#include "commands/words_of.hpp"
#include "wire/printable.hpp"

namespace rediscluster {
namespace {

constexpr std::size_t most_arguments = 8;
constexpr std::size_t argument_length = 40;

using Words = std::vector<std::string_view>;

bool is(const Words& words, std::size_t at, std::string_view text) { return at < words.size() && equals_ignoring_case(words[at], text); }

// Marks what follows each AUTH (one word, or as many as `count`) and each AUTH2 (two).
void hide_behind_auth(const Words& words, std::size_t count, std::vector<bool>& secret) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::size_t hidden = is(words, i, "AUTH2") ? 2 : is(words, i, "AUTH") ? count : 0;
    for (std::size_t j = 1; j <= hidden && i + j < words.size(); ++j) secret[i + j] = true;
    i += hidden;
  }
}

std::vector<bool> secrets_of(const Words& words) {
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

}  // namespace

std::string shown(const CommandView& command) {
  const Words words = words_of(command);
  const std::vector<bool> secret = secrets_of(words);
  const auto name_words = static_cast<std::size_t>(command.facts().words);
  std::string text(command.facts().name);
  for (std::size_t i = name_words; i < words.size(); ++i) {
    if (!text.empty()) text += ' ';
    if (i - name_words == most_arguments) return text + "... (" + std::to_string(words.size() - i) + " more)";
    text += secret[i] ? "***" : wire::printable(words[i], argument_length);
  }
  return text;
}

}  // namespace rediscluster
