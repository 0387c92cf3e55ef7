#include "commands/script_command.hpp"

#include "commands/facts_once.hpp"

#include <rediscluster/commands/facts.hpp>

namespace rediscluster {

EncodedCommand with_source(const EncodedCommand& by_hash, std::string_view source) {
  const bool once_only = by_hash.facts().retry == RetryClass::once;
  EncodedCommand command(by_hash.facts().is_read_only() ? facts::eval_ro : once_only ? once<facts::eval>() : facts::eval);
  EncodedCommand::ArgumentCursor words = by_hash.arguments();
  std::string_view word;
  words.next(word);  // the name
  words.next(word);  // the hash
  command.arg(source);
  while (words.next(word)) command.arg(word);
  command.set_slot(by_hash.slot());
  return command;
}

}  // namespace rediscluster
