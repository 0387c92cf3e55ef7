#include "routing/split.hpp"

#include "commands/key_finder.hpp"
#include "commands/words_of.hpp"

#include <rediscluster/key_slot.hpp>

#include <unordered_map>

namespace rediscluster::routing {
namespace {

struct Row {
  std::size_t first = 0;  // argument index of the first key
  std::size_t step = 1;   // from a key to the next
  std::size_t end = 0;    // one past the last key and its values
};

bool find_row(const CommandView& command, const std::vector<std::string_view>& words, Row& row) {
  const CommandFacts& facts = command.facts();
  if (facts.keys.size() != 1 || facts.keys.front().find != KeySpec::Find::range) return false;
  const auto positions = find_keys(facts, words);
  if (!positions || positions->empty()) return false;
  row.step = static_cast<std::size_t>(facts.keys.front().step);
  std::size_t expected = row.first = static_cast<std::size_t>(*positions->begin());
  for (const auto position : *positions) {
    if (static_cast<std::size_t>(position) != expected) return false;
    expected += row.step;
  }
  row.end = expected;
  return row.end <= words.size();
}

void append_key_with_values(EncodedCommand& command, const std::vector<std::string_view>& words, std::size_t at,
                            std::size_t step) {
  command.key(words[at]);
  for (std::size_t i = 1; i < step; ++i) command.arg(words[at + i]);
}

}  // namespace

Result<Split> split(const CommandView& command) {
  const std::vector<std::string_view> words = words_of(command);
  Row row;
  if (!find_row(command, words, row)) {
    return fail(Errc::cross_slot, std::string(command.facts().name) + " cannot be split over slots");
  }
  Split split;
  std::unordered_map<int, std::size_t> part_of_slot;
  for (std::size_t at = row.first; at < row.end; at += row.step) {
    const auto [entry, is_new] = part_of_slot.try_emplace(keyslot(words[at]), split.parts.size());
    if (is_new) {
      split.parts.push_back({EncodedCommand(command.facts()), {}});
      // The name's words are written by the constructor; what else stands before the keys is not.
      for (std::size_t i = static_cast<std::size_t>(command.facts().words); i < row.first; ++i) {
        split.parts.back().command.arg(words[i]);
      }
    }
    Part& part = split.parts[entry->second];
    append_key_with_values(part.command, words, at, row.step);
    part.keys.push_back(split.key_count++);
  }
  for (Part& part : split.parts) {
    for (std::size_t i = row.end; i < words.size(); ++i) part.command.arg(words[i]);
  }
  return split;
}

}  // namespace rediscluster::routing
