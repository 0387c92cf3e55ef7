/// Key specifications, and the few commands they do not describe. Source: the servers' own key finding (GETKEYS), to
/// which tests/cluster/getkeys_test.cpp compares this.
#include "commands/key_finder.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

#include "commands/letter_case.hpp"

namespace rediscluster {

namespace {

using Words = std::span<const std::string_view>;

std::optional<std::int64_t> to_integer(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Failure fail_number_of_keys(const CommandFacts& facts, std::string_view text, std::size_t arguments_left) {
  constexpr std::size_t shown = 32;
  return fail(Errc::wrong_arity, std::string(facts.name) + ": the number of keys is \"" +
                                     std::string(text.substr(0, shown)) + "\", but " + std::to_string(arguments_left) +
                                     " arguments follow it");
}

Failure fail_missing_key(const CommandFacts& facts) {
  return fail(Errc::missing_key, std::string(facts.name) + " needs a key, and none was given");
}

// ---- special commands

/// SORT key [BY p] [LIMIT o n] [GET p ...] [STORE destination]: patterns are no keys; the last STORE counts.
Result<KeyPositions> find_sort_keys(const CommandFacts& facts, Words words) {
  if (words.size() < 2) return fail_missing_key(facts);
  const bool may_store = facts.name == "SORT";
  int destination = 0;
  for (std::size_t i = 2; i < words.size(); ++i) {
    const std::size_t left = words.size() - i - 1;
    if (equals_ignoring_case(words[i], "LIMIT") && left >= 2) {
      i += 2;
    } else if ((equals_ignoring_case(words[i], "BY") || equals_ignoring_case(words[i], "GET")) && left >= 1) {
      ++i;
    } else if (may_store && equals_ignoring_case(words[i], "STORE") && left >= 1) {
      destination = static_cast<int>(++i);
    }
  }
  KeyPositions keys;
  keys.add(1);
  if (destination != 0) keys.add(destination);
  return keys;
}

/// MIGRATE host port key|"" database timeout [COPY] [REPLACE] [AUTH p] [AUTH2 u p] [KEYS key ...]
Result<KeyPositions> find_migrate_keys(const CommandFacts& facts, Words words) {
  if (words.size() < 4) return fail_missing_key(facts);
  KeyPositions keys;
  for (std::size_t i = 6; i < words.size(); ++i) {
    if (equals_ignoring_case(words[i], "AUTH")) {
      ++i;
    } else if (equals_ignoring_case(words[i], "AUTH2")) {
      i += 2;
    } else if (equals_ignoring_case(words[i], "KEYS")) {
      if (!words[3].empty())
        return fail(Errc::wrong_arity, "MIGRATE with KEYS takes an empty third argument, not a key");
      for (std::size_t key = i + 1; key < words.size(); ++key) keys.add(static_cast<int>(key));
      if (keys.empty()) return fail_missing_key(facts);
      return keys;
    }
  }
  keys.add(3);
  return keys;
}

/// GEORADIUS key longitude latitude radius unit ..., GEORADIUSBYMEMBER key member radius unit ...: the last STORE or
/// STOREDIST names a second key.
Result<KeyPositions> find_georadius_keys(const CommandFacts& facts, Words words) {
  if (words.size() < 2) return fail_missing_key(facts);
  int destination = 0;
  for (std::size_t i = 5; i + 1 < words.size(); ++i) {
    if (equals_ignoring_case(words[i], "STORE") || equals_ignoring_case(words[i], "STOREDIST")) {
      destination = static_cast<int>(++i);
    }
  }
  KeyPositions keys;
  keys.add(1);
  if (destination != 0) keys.add(destination);
  return keys;
}

/// XREAD [COUNT n] [BLOCK ms] STREAMS key ... id ..., XREADGROUP GROUP group consumer [...] [NOACK] STREAMS ...:
/// options are walked one by one, so that a group or consumer named STREAMS is not taken for the keyword.
Result<KeyPositions> find_stream_keys(const CommandFacts& facts, Words words) {
  std::size_t at = 1;
  while (at < words.size() && !equals_ignoring_case(words[at], "STREAMS")) {
    if (equals_ignoring_case(words[at], "GROUP")) {
      at += 3;
    } else if (equals_ignoring_case(words[at], "NOACK")) {
      at += 1;
    } else {
      at += 2;  // COUNT, BLOCK and what later versions add: all have one value
    }
  }
  if (at + 1 >= words.size()) return fail_missing_key(facts);
  const std::size_t rest = words.size() - at - 1;
  if (rest % 2 != 0) {
    return fail(Errc::wrong_arity, std::string(facts.name) + " takes one id for each stream, but " +
                                       std::to_string(rest) + " arguments follow STREAMS");
  }
  KeyPositions keys;
  for (std::size_t i = 0; i < rest / 2; ++i) keys.add(static_cast<int>(at + 1 + i));
  return keys;
}

using Finder = Result<KeyPositions> (*)(const CommandFacts& facts, Words words);

Finder special_finder(const CommandFacts& facts) {
  // Only commands whose keys follow a keyword or are not described at all can be special.
  if (std::ranges::all_of(facts.keys, [](const KeySpec& spec) { return spec.begin == KeySpec::Begin::index; }))
    return nullptr;
  const std::string_view name = facts.name;
  if (name == "SORT" || name == "SORT_RO") return find_sort_keys;
  if (name == "MIGRATE") return find_migrate_keys;
  if (name == "GEORADIUS" || name == "GEORADIUSBYMEMBER") return find_georadius_keys;
  if (name == "XREAD" || name == "XREADGROUP") return find_stream_keys;
  return nullptr;
}

// ---- key specifications

/// Index of the first key of the specification; 0: not there.
std::int64_t find_begin(const KeySpec& spec, Words words) {
  if (spec.begin == KeySpec::Begin::index) return spec.position;
  if (spec.begin == KeySpec::Begin::unknown) return 0;
  const auto count = static_cast<std::int64_t>(words.size());
  // From the end the search goes backwards. As on the servers, neither direction looks at its last place.
  const bool forwards = spec.position > 0;
  std::int64_t at = forwards ? spec.position : count + spec.position;
  const std::int64_t end = forwards ? count - 1 : 1;
  for (; forwards ? at < end : at > end; at += forwards ? 1 : -1) {
    if (at > 0 && at < count && equals_ignoring_case(words[static_cast<std::size_t>(at)], spec.keyword)) return at + 1;
  }
  return 0;
}

struct Range {
  std::int64_t first = 0;
  std::int64_t last = -1;
};

Result<Range> find_range(const CommandFacts& facts, const KeySpec& spec, std::int64_t begin, Words words) {
  const auto count = static_cast<std::int64_t>(words.size());
  if (spec.find == KeySpec::Find::range) {
    if (spec.last_key >= 0) return Range{begin, begin + spec.last_key};
    if (spec.limit <= 1) return Range{begin, count + spec.last_key};
    return Range{begin, begin + (count - begin) / spec.limit + spec.last_key};
  }
  const std::int64_t number_at = begin + spec.keynum_index;
  const std::int64_t first = begin + spec.first_key;
  if (number_at < 1 || number_at >= count || first < 1) return fail_missing_key(facts);
  const std::string_view text = words[static_cast<std::size_t>(number_at)];
  const auto number = to_integer(text);
  const std::int64_t room = first < count ? (count - first + spec.step - 1) / spec.step : 0;
  if (!number || *number < 0 || *number > room) {
    return fail_number_of_keys(facts, text, static_cast<std::size_t>(count - number_at - 1));
  }
  return Range{first, first + (*number - 1) * spec.step};
}

Result<KeyPositions> find_by_specifications(const CommandFacts& facts, Words words) {
  const auto count = static_cast<std::int64_t>(words.size());
  KeyPositions keys;
  for (const KeySpec& spec : facts.keys) {
    if (spec.incomplete || spec.begin == KeySpec::Begin::unknown || spec.find == KeySpec::Find::unknown)
      keys.incomplete = true;
    const std::int64_t begin = find_begin(spec, words);
    if (begin <= 0 || spec.find == KeySpec::Find::unknown || spec.step < 1) continue;
    const auto range = find_range(facts, spec, begin, words);
    if (!range) return fail(range.error());
    for (std::int64_t i = range->first; i <= range->last; i += spec.step) {
      if (i >= count) return fail_missing_key(facts);
      keys.add(static_cast<int>(i));
      keys.only_route = spec.not_key;
    }
  }
  return keys;
}

bool may_lack_keys(const CommandFacts& facts) {
  return facts.has(flag_no_mandatory_keys) || std::ranges::all_of(facts.keys, [](const KeySpec& spec) {
           return spec.not_key || spec.begin != KeySpec::Begin::index;
         });
}

}  // namespace

Result<KeyPositions> find_keys(const CommandFacts& facts, std::span<const std::string_view> words) {
  if (facts.keys.empty()) return KeyPositions{};
  if (const Finder finder = special_finder(facts)) return finder(facts, words);
  auto keys = find_by_specifications(facts, words);
  if (keys && keys->empty() && !may_lack_keys(facts)) return fail_missing_key(facts);
  return keys;
}

}  // namespace rediscluster
