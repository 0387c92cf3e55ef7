/// From words to an encoded command: arity, keys, slot, server-side waiting time. Pure.
#include <charconv>
#include <optional>
#include <rediscluster/commands/facts.hpp>
#include <rediscluster/key_slot.hpp>
#include <string>

#include "commands/absurd_life.hpp"
#include "commands/block_timeout.hpp"
#include "commands/command_table.hpp"
#include "commands/key_finder.hpp"
#include "commands/kill_address.hpp"
#include "commands/slot_of_key.hpp"
#include "commands/well_formed.hpp"

namespace rediscluster {

namespace {

// Of words that are no command of the table: it stands for nothing, and is looked for again when the command is run.
constexpr CommandFacts unresolved_words{.name = "command of words", .words = 0};

template <class Number>
std::optional<Number> number_in(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

/// RequestPolicy::by_slot. Something that is no slot number is left to the server, whose error says it best.
int slot_in_words(const CommandFacts& facts, std::span<const std::string_view> words) {
  const auto at = static_cast<std::size_t>(facts.slot_argument);
  if (at >= words.size()) return EncodedCommand::no_slot;
  const std::optional<int> slot = number_in<int>(words[at]);
  return slot && *slot >= 0 && *slot < slot_count ? *slot : EncodedCommand::no_slot;
}

bool has_absurd_life(const CommandFacts& facts, std::span<const std::string_view> words) {
  if (facts.name != facts::restore.name && facts.name != facts::restore_asking.name) return false;
  const std::optional<std::int64_t> ttl = number_in<std::int64_t>(words[2]);
  return ttl && is_absurd_life(*ttl);
}

void add_slots(EncodedCommand& command, const KeyPositions& keys, std::span<const std::string_view> words) {
  for (int position : keys) {
    if (command.slot() == EncodedCommand::several_slots) return;
    command.add_slot(slot_of_key(words[static_cast<std::size_t>(position)]));
  }
}

}  // namespace

EncodedCommand EncodedCommand::from_words(std::span<const Arg> args, detail::Loan loan) {
  std::vector<std::string_view> words;
  words.reserve(args.size());
  for (const Arg& arg : args) words.push_back(arg.view());
  if (!words.empty()) {
    const CommandFacts* facts = find_command(words[0], words.size() > 1 ? words[1] : std::string_view());
    if (facts != nullptr) {
      if (Result<EncodedCommand> command = encode_words(*facts, words, loan)) return std::move(*command);
    }
  }
  EncodedCommand as_given(unresolved_words, loan);
  for (const std::string_view word : words) as_given.arg(word);
  return as_given;
}

bool EncodedCommand::is_resolved() const { return facts_ != &unresolved_words; }

void EncodedCommand::route() {
  std::vector<std::string_view> words;
  words.reserve(count_);
  ArgumentCursor cursor = arguments();
  for (std::string_view word; cursor.next(word);) words.push_back(word);
  slot_ = no_slot;
  if (const auto keys = find_keys(facts(), words)) add_slots(*this, *keys, words);
}

Result<EncodedCommand> encode_words(const CommandFacts& facts, std::span<const std::string_view> words, detail::Loan loan) {
  if (!has_right_arity(facts, words.size())) return fail_arity(facts, words.size());
  const auto keys = find_keys(facts, words);
  if (!keys) return fail(keys.error());
  EncodedCommand command(facts, loan);
  if (is_kill_of_address(facts, words.size())) {
    encode_kill(command, words.back());
    return command;
  }
  for (std::string_view word : words.subspan(static_cast<std::size_t>(facts.words))) command.arg(word);
  add_slots(command, *keys, words);
  if (facts.request == RequestPolicy::by_slot && keys->empty()) command.set_slot(slot_in_words(facts, words));
  if (const auto timeout = block_timeout(facts, words)) command.block_for(*timeout);
  if (has_absurd_life(facts, words)) command.refuse(absurd_life);
  return command;
}

}  // namespace rediscluster
