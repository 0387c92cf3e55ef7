#include "commands/well_formed.hpp"

#include <string>

namespace rediscluster {
namespace {

std::string arguments(std::size_t count) { return std::to_string(count) + (count == 1 ? " argument" : " arguments"); }

Result<void> check_lengths(const EncodedCommand& command, std::uint64_t longest_argument) {
  EncodedCommand::ArgumentCursor cursor = command.arguments();
  int position = -command.facts().words;  // the name does not count
  for (std::string_view argument; cursor.next(argument); ++position) {
    if (argument.size() <= longest_argument) continue;
    return fail(Errc::too_large, std::string(command.facts().name) + ": argument " + std::to_string(position + 1) + " has " +
                                     std::to_string(argument.size()) + " bytes, more than max_argument_bytes (" +
                                     std::to_string(longest_argument) + "). Servers take proto-max-bulk-len, 512 MiB unless configured; store larger values in pieces.");
  }
  return {};
}

}  // namespace

Failure fail_arity(const CommandFacts& facts, std::size_t given) {
  const auto name_words = static_cast<std::size_t>(facts.words);
  const auto wanted = static_cast<std::size_t>(facts.arity < 0 ? -facts.arity : facts.arity);
  const std::size_t takes = wanted > name_words ? wanted - name_words : 0;
  const std::size_t got = given > name_words ? given - name_words : 0;
  return fail(Errc::wrong_arity, std::string(facts.name) + " takes " + (facts.arity < 0 ? "at least " : "") +
                                     arguments(takes) + ", but got " + std::to_string(got));
}

Result<void> check_well_formed(const EncodedCommand& command, std::uint64_t longest_argument) {
  const CommandFacts& facts = command.facts();
  const auto given = static_cast<std::size_t>(command.argument_count());
  const bool lacks_keys = facts.request == RequestPolicy::multi_shard && command.slot() == EncodedCommand::no_slot;
  if (!has_right_arity(facts, given) && !lacks_keys) return fail_arity(facts, given);
  if (command.refusal() != nullptr) return fail(Errc::bad_option, std::string(facts.name) + ": " + command.refusal());
  if (command.size() > longest_argument) return check_lengths(command, longest_argument);
  return {};
}

}  // namespace rediscluster
