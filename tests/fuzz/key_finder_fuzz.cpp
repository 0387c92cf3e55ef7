/// Any words as a command: looked up, keys found, encoded. Input: words separated by 0xFF.
/// Checked: positions lie inside the command; the encoded words are the given ones; the slot is that of the keys.
#include <cstdint>
#include <cstdlib>
#include <rediscluster/key_slot.hpp>
#include <string_view>
#include <vector>

#include "commands/command_table.hpp"
#include "commands/key_finder.hpp"
#include "commands/letter_case.hpp"
#include "commands/retry_class.hpp"

namespace {

using namespace rediscluster;

void require(bool condition) {
  if (!condition) std::abort();
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t end = text.find('\xff');
    words.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return words;
    text.remove_prefix(end + 1);
  }
}

void check_words(const EncodedCommand& command, const std::vector<std::string_view>& words) {
  auto cursor = command.arguments();
  std::string_view word;
  std::size_t count = 0;
  for (; cursor.next(word); ++count) {
    require(count < words.size());
    const bool is_name = count < static_cast<std::size_t>(command.facts().words);
    require(is_name ? equals_ignoring_case(word, words[count]) : word == words[count]);
  }
  require(count == words.size() && command.argument_count() == static_cast<int>(count));
}

void check_slot(const EncodedCommand& command, const KeyPositions& keys, const std::vector<std::string_view>& words) {
  int slot = EncodedCommand::no_slot;
  for (int position : keys) {
    require(position > 0 && position < static_cast<int>(words.size()));
    const int of_key = keyslot(words[static_cast<std::size_t>(position)]);
    slot = slot == EncodedCommand::no_slot || slot == of_key ? of_key : EncodedCommand::several_slots;
    if (slot == EncodedCommand::several_slots) break;
  }
  if (!keys.empty()) require(command.slot() == slot);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto words = split(std::string_view(reinterpret_cast<const char*>(data), size));
  const CommandFacts* facts = find_command(words[0], words.size() > 1 ? words[1] : std::string_view());
  if (facts == nullptr) return 0;
  const auto keys = find_keys(*facts, words);
  const auto command = encode_words(*facts, words);
  require(keys || !command);
  if (!command) {
    require(command.error().code == Errc::wrong_arity || command.error().code == Errc::missing_key);
    return 0;
  }
  check_words(*command, words);
  check_slot(*command, *keys, words);
  require(effective_retry_class(*command) != RetryClass::conditional);
  return 0;
}
