/// A command that owns what a view looks at. Pure.
#pragma once

#include "commands/command_view.hpp"

namespace rediscluster {

/// The same words, facts and slot; not how long it may block.
inline EncodedCommand owned_command(const CommandView& view) {
  EncodedCommand command(view.facts());
  EncodedCommand::ArgumentCursor words = view.arguments();
  std::string_view word;
  for (int i = 0; i < view.facts().words; ++i) words.next(word);  // the name stands there already
  while (words.next(word)) command.arg(word);
  command.set_slot(view.slot());
  return command;
}

}  // namespace rediscluster
