/// Lookup in the generated table: an open hash table built at compile time. Pure and constant.
#include "commands/command_table.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <rediscluster/commands/facts.hpp>

#include "commands/letter_case.hpp"

namespace rediscluster {

#include "commands/facts_table.inc"

namespace {

constexpr std::size_t row_count = std::size(all_rows);
constexpr std::size_t bucket_count = 2048;  // a power of two, about three times the rows: few probes
static_assert(row_count < bucket_count / 2);
static_assert(std::size(all_names) == row_count);

// FNV-1a over upper-case letters; the words of a name are hashed one after the other with one space between them.
constexpr std::uint32_t hash_start = 2166136261u;
constexpr std::uint32_t hash_more(std::uint32_t hash, std::string_view text) {
  for (char c : text) hash = (hash ^ static_cast<std::uint8_t>(to_upper(c))) * 16777619u;
  return hash;
}
constexpr std::size_t bucket_of(std::uint32_t hash) { return (hash ^ (hash >> 15)) & (bucket_count - 1); }

constexpr std::array<std::uint16_t, bucket_count> make_buckets() {
  std::array<std::uint16_t, bucket_count> buckets{};  // row + 1; 0: free
  for (std::size_t row = 0; row < row_count; ++row) {
    std::size_t bucket = bucket_of(hash_more(hash_start, all_names[row]));
    while (buckets[bucket] != 0) bucket = (bucket + 1) & (bucket_count - 1);
    buckets[bucket] = static_cast<std::uint16_t>(row + 1);
  }
  return buckets;
}

constexpr std::array<std::uint16_t, bucket_count> buckets = make_buckets();

bool is_name(std::string_view name, std::string_view first, std::string_view second) {
  if (second.empty()) return name.find(' ') == std::string_view::npos && equals_ignoring_case(name, first);
  return name.size() == first.size() + 1 + second.size() && name[first.size()] == ' ' &&
         equals_ignoring_case(name.substr(0, first.size()), first) &&
         equals_ignoring_case(name.substr(first.size() + 1), second);
}

const CommandFacts* look_up(std::uint32_t hash, std::string_view first, std::string_view second) {
  for (std::size_t bucket = bucket_of(hash); buckets[bucket] != 0; bucket = (bucket + 1) & (bucket_count - 1)) {
    const CommandFacts* row = all_rows[buckets[bucket] - 1];
    if (is_name(row->name, first, second)) return row;
  }
  return nullptr;
}

constexpr std::size_t longest_word = 40;  // above every word in the table; keeps a huge argument from being hashed

}  // namespace

const CommandFacts* find_command(std::string_view first_word, std::string_view second_word) {
  if (first_word.empty() || first_word.size() > longest_word) return nullptr;
  const std::uint32_t hash = hash_more(hash_start, first_word);
  const CommandFacts* row = look_up(hash, first_word, {});
  if (row == nullptr || !row->has(flag_container) || second_word.empty() || second_word.size() > longest_word)
    return row;
  const CommandFacts* sub = look_up(hash_more(hash_more(hash, " "), second_word), first_word, second_word);
  return sub != nullptr ? sub : row;
}

std::span<const CommandFacts* const> all_commands() { return all_rows; }

}  // namespace rediscluster
