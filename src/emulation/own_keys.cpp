#include "emulation/own_keys.hpp"

#include "base/unique_name.hpp"
#include "commands/slot_of_key.hpp"

#include <cstdint>

namespace rediscluster::emulation {
namespace {

constexpr std::size_t longest_tag = 64;
constexpr std::size_t longest_source_named = 200;

// Every slot has such a number; the worst one lies near 150 000, the usual one takes a fraction of a millisecond.
std::string search_tag(int slot) {
  for (std::uint32_t number = 0;; ++number) {
    std::string tag = std::to_string(number);
    if (slot_of_key(tag) == slot) return tag;
  }
}

std::string name_beside(std::string_view prefix, std::string_view key) {
  return std::string(prefix).append("{").append(tag_beside(key)).append("}:").append(base::unique_name());
}

}  // namespace

std::string tag_beside(std::string_view key) {
  const std::string_view tag = hash_tag(key);
  const bool usable = !tag.empty() && tag.size() <= longest_tag && tag.find_first_of("{}") == std::string_view::npos;
  return usable ? std::string(tag) : search_tag(slot_of_key(key));
}

std::string temporary_key(std::string_view beside) { return name_beside("rediscluster:tmp:", beside); }

// The source's own braces do no harm: only the first ones of a key count.
std::string holding_key(std::string_view source, std::string_view part) {
  std::string name = name_beside("rediscluster:holding:", source).append(":").append(part).append(":");
  return source.size() <= longest_source_named ? name.append(source) : name;
}

}  // namespace rediscluster::emulation
