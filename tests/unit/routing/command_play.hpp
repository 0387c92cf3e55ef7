/// Commands for the tests of this room, from words as a user writes them.
#pragma once

#include <rediscluster/command.hpp>
#include <rediscluster/key_slot.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "commands/command_table.hpp"
#include "commands/command_view.hpp"
#include "commands/key_finder.hpp"

namespace rediscluster::routing {

inline EncodedCommand command(const std::vector<std::string>& words) {
  const CommandFacts* facts =
      find_command(words[0], words.size() > 1 ? std::string_view(words[1]) : std::string_view());
  if (facts == nullptr) throw std::invalid_argument("no such command: " + words[0]);
  const std::vector<std::string_view> views(words.begin(), words.end());
  const auto positions = find_keys(*facts, views);
  EncodedCommand encoded(*facts);
  for (std::size_t i = static_cast<std::size_t>(facts->words); i < words.size(); ++i) {
    bool is_key = false;
    if (positions) {
      for (const auto position : *positions) is_key = is_key || static_cast<std::size_t>(position) == i;
    }
    if (is_key) {
      encoded.key(words[i]);
    } else {
      encoded.arg(words[i]);
    }
  }
  return encoded;
}

inline std::vector<std::string> words_of(const CommandView& command) {
  std::vector<std::string> words;
  EncodedCommand::ArgumentCursor cursor = command.arguments();
  for (std::string_view word; cursor.next(word);) words.emplace_back(word);
  return words;
}

}  // namespace rediscluster::routing
