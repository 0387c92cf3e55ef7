/// Where the timeouts of blocking commands stand; no metadata of the servers says it.
#include "commands/block_timeout.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

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

/// A timeout among the words of a command.
struct Found {
  std::size_t index;
  double unit;  // in milliseconds
};

/// The value after BLOCK, which stands before STREAMS.
std::optional<Found> find_stream_timeout(std::span<const std::string_view> words) {
  for (std::size_t i = 1; i + 1 < words.size() && !equals_ignoring_case(words[i], "STREAMS"); ++i) {
    if (equals_ignoring_case(words[i], "GROUP")) {
      i += 2;
    } else if (equals_ignoring_case(words[i], "BLOCK")) {
      return Found{i + 1, 1};
    }
  }
  return std::nullopt;
}

bool is_stream_read(const CommandFacts& facts) { return facts.name == "XREAD" || facts.name == "XREADGROUP"; }

const Place* place_of_timeout(const CommandFacts& facts) {
  const auto place = std::find_if(std::begin(places), std::end(places), [&](const Place& each) { return each.name == facts.name; });
  return place == std::end(places) ? nullptr : place;
}

std::optional<Found> find_timeout(const CommandFacts& facts, std::span<const std::string_view> words) {
  if (is_stream_read(facts)) return find_stream_timeout(words);
  const Place* place = place_of_timeout(facts);
  if (place == nullptr) return std::nullopt;
  const auto count = static_cast<int>(words.size());
  const int at = place->position < 0 ? count + place->position : place->position;
  if (at < 1 || at >= count) return std::nullopt;
  return Found{static_cast<std::size_t>(at), place->unit};
}

}  // namespace

std::optional<std::chrono::milliseconds> block_timeout(const CommandFacts& facts,
                                                       std::span<const std::string_view> words) {
  if (!facts.has(flag_blocking)) return std::nullopt;
  if (const std::optional<Found> found = find_timeout(facts, words)) {
    const auto timeout = to_milliseconds(words[found->index], found->unit);
    if (timeout || is_stream_read(facts)) return timeout;  // of XREAD servers take plain numbers only
    return std::chrono::milliseconds(0);  // servers read more spellings than we do: it may take for ever
  }
  if (is_stream_read(facts) || place_of_timeout(facts) != nullptr) return std::nullopt;
  // A blocking command learnt from a server: nobody knows where its timeout stands, so it may take for ever.
  return std::chrono::milliseconds(0);
}

bool blocks_for_ever(const EncodedCommand& command) {
  constexpr std::chrono::hours a_year{24 * 365};
  const auto block = command.block_for();
  return block && (block->count() == 0 || *block > a_year);
}

std::string bytes_with_block_timeout(const EncodedCommand& command, std::chrono::milliseconds left) {
  const std::string_view bytes = command.bytes();
  std::vector<std::string_view> words;
  EncodedCommand::ArgumentCursor cursor = command.arguments();
  for (std::string_view word; cursor.next(word);) words.push_back(word);
  const std::optional<Found> found = find_timeout(command.facts(), words);
  if (!found || !command.block_for() || command.block_for()->count() == 0) return std::string(bytes);
  const std::int64_t count = std::max<std::int64_t>(left.count(), 1);
  const Arg text = found->unit == 1 ? Arg(count) : Arg(static_cast<double>(count) / found->unit);
  const std::string_view old = words[found->index];
  const auto old_begin = static_cast<std::size_t>(old.data() - bytes.data());
  const std::size_t header = std::to_string(old.size()).size() + 3;  // "$3\r\n"
  std::string changed(bytes.substr(0, old_begin - header));
  changed.append("$").append(std::to_string(text.view().size())).append("\r\n").append(text.view());
  return changed.append(bytes.substr(old_begin + old.size()));
}

}  // namespace rediscluster
