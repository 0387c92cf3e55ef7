/// Where the timeouts of blocking commands stand; no metadata of the servers says it.
#include "commands/block_timeout.hpp"

#include <charconv>
#include <cmath>

#include "commands/letter_case.hpp"

namespace rediscluster {

namespace {

constexpr double milliseconds_in_second = 1000;

struct Place {
  std::string_view name;
  int position;  // negative: from the end
  double unit;   // in milliseconds
};

constexpr Place places[] = {
    {"BLMOVE", -1, milliseconds_in_second},
    {"BLMOVEM", 5, milliseconds_in_second},
    {"BLMPOP", 1, milliseconds_in_second},
    {"BLPOP", -1, milliseconds_in_second},
    {"BRPOP", -1, milliseconds_in_second},
    {"BRPOPLPUSH", -1, milliseconds_in_second},
    {"BZMPOP", 1, milliseconds_in_second},
    {"BZPOPMAX", -1, milliseconds_in_second},
    {"BZPOPMIN", -1, milliseconds_in_second},
    {"WAIT", 2, 1},
    {"WAITAOF", 3, 1},
};

std::optional<std::chrono::milliseconds> to_milliseconds(std::string_view text, double unit) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !(number >= 0)) return std::nullopt;
  constexpr double longest = 1e15;  // far above what servers allow, far below an overflow
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(std::fmin(number * unit, longest))));
}

/// The value after BLOCK, which stands before STREAMS.
std::optional<std::chrono::milliseconds> stream_timeout(std::span<const std::string_view> words) {
  for (std::size_t i = 1; i + 1 < words.size() && !equals_ignoring_case(words[i], "STREAMS"); ++i) {
    if (equals_ignoring_case(words[i], "GROUP")) {
      i += 2;
    } else if (equals_ignoring_case(words[i], "BLOCK")) {
      return to_milliseconds(words[i + 1], 1);
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::chrono::milliseconds> block_timeout(const CommandFacts& facts,
                                                       std::span<const std::string_view> words) {
  if (!facts.has(flag_blocking)) return std::nullopt;
  if (facts.name == "XREAD" || facts.name == "XREADGROUP") return stream_timeout(words);
  for (const Place& place : places) {
    if (place.name != facts.name) continue;
    const auto count = static_cast<int>(words.size());
    const int at = place.position < 0 ? count + place.position : place.position;
    if (at < 1 || at >= count) return std::nullopt;
    return to_milliseconds(words[static_cast<std::size_t>(at)], place.unit);
  }
  // A blocking command learnt from a server: nobody knows where its timeout stands, so it may take for ever.
  return std::chrono::milliseconds(0);
}

}  // namespace rediscluster
