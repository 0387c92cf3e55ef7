#include "commands/shown_command.hpp"

#include "commands/secret_words.hpp"
#include "commands/words_of.hpp"
#include "wire/printable.hpp"

namespace rediscluster {
namespace {

constexpr std::size_t most_arguments = 8;
constexpr std::size_t argument_length = 40;

}  // namespace

std::string shown(const CommandView& command) {
  const std::vector<std::string_view> words = words_of(command);
  const std::vector<bool> secret = secret_words(words);
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
