/// The words of an encoded command, name first. Pure; the views live as long as the command.
#pragma once

#include <string_view>
#include <vector>

#include "commands/command_view.hpp"

namespace rediscluster {

inline std::vector<std::string_view> words_of(const CommandView& command) {
  std::vector<std::string_view> words;
  words.reserve(static_cast<std::size_t>(command.argument_count()));
  EncodedCommand::ArgumentCursor arguments = command.arguments();
  for (std::string_view word; arguments.next(word);) words.push_back(word);
  return words;
}

}  // namespace rediscluster
