/// Writes the options of the younger commands of keys, lists and sets. Pure. Order of the words: tools/commands/facts.
#include <rediscluster/options/collection.hpp>

#include "commands/option_words.hpp"

namespace rediscluster::detail {

void encode(EncodedCommand& command, const MigrateOptions& options) {
  if (options.copy) command.arg("COPY");
  if (options.replace) command.arg("REPLACE");
  if (!options.login) return;
  command.arg(options.login->user.empty() ? "AUTH" : "AUTH2");
  if (!options.login->user.empty()) command.arg(options.login->user);
  command.arg(options.login->password);
}

void encode(EncodedCommand& command, const MoveCount& count) {
  if (count.word() == nullptr) return;
  command.arg(count.word());
  command.arg(count.count());
  command.arg(count.order() == MoveOrder::bulk ? "BULK" : "OBO");
}

void encode(EncodedCommand& command, const SunioncardOptions& options) {
  if (options.approximate) command.arg("APPROX");
  encode_named(command, "LIMIT", options.limit);
}

}  // namespace rediscluster::detail
