/// Resolves CommandFacts::not_idempotent_with. Its words: "NX" must not stand among the options, "!REPLACE" must, and
/// "=" means that the first key must not stand again after itself.
#include "commands/retry_class.hpp"

#include <limits>
#include <string_view>

#include "commands/letter_case.hpp"

namespace rediscluster {

namespace {

/// Takes the next word off a list of words separated by single spaces; empty at the end.
std::string_view next_word(std::string_view& list) {
  const std::size_t end = list.find(' ');
  const std::string_view word = list.substr(0, end);
  list.remove_prefix(end == std::string_view::npos ? list.size() : end + 1);
  return word;
}

bool lists(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    if (equals_ignoring_case(next_word(list), word)) return true;
  }
  return false;
}

/// Where options may stand, by how the command is built.
struct OptionPart {
  int first;                      // position of the first option
  bool ends_at_other = false;     // ZADD key [NX] score member: ends at the first word that is no option
  std::string_view ends_at = {};  // HEXPIRE key seconds [NX] FIELDS ...: ends at this word
  int end = std::numeric_limits<int>::max();  // position behind the last option
};

OptionPart option_part(const CommandFacts& facts) {
  if (facts.name == "ZADD" || facts.name == "GEOADD") return {.first = 2, .ends_at_other = true};
  if (facts.name == "HSETEX" || facts.name == "HGETEX") return {.first = 2, .ends_at = "FIELDS"};
  if (facts.name == "XGROUP SETID") return {.first = 4};  // the id
  if (facts.name == "BITFIELD") return {.first = 2};
  // FUNCTION LOAD [REPLACE] code
  if (facts.name == "FUNCTION LOAD") return {.first = 2, .ends_at_other = true};
  if (facts.name.ends_with("EXPIRE") || facts.name.ends_with("EXPIREAT")) return {.first = 3, .ends_at = "FIELDS"};
  // Everything else has its options after the fixed arguments, which are what the arity counts.
  return {.first = facts.arity < 0 ? -facts.arity : facts.arity};
}

/// Options that do not decide but may stand before one that does.
bool is_other_option(std::string_view word) { return equals_ignoring_case(word, "CH"); }

/// The first key again among the words after it: a destination that is its own source.
bool first_key_stands_again(const CommandView& command) {
  if (command.facts().keys.empty()) return true;
  const int key_position = command.facts().keys.front().position;
  auto cursor = command.arguments();
  std::string_view word, key;
  for (int position = 0; cursor.next(word); ++position) {
    if (position == key_position) key = word;
    if (position > key_position && word == key) return true;
  }
  return false;
}

/// MSETEX numkeys key value ... [NX|XX]: the options stand after the pairs.
int first_option_of_msetex(const CommandView& command) {
  auto cursor = command.arguments();
  std::string_view word;
  cursor.next(word);
  if (!cursor.next(word)) return 2;
  int pairs = 0;
  for (char c : word) {
    if (c < '0' || c > '9' || pairs > command.argument_count()) return 2;
    pairs = pairs * 10 + (c - '0');
  }
  return 2 + 2 * pairs;
}

/// Values behind an option of XADD; -1: it is none, so it is the id.
int values_of_xadd_option(std::string_view word) {
  if (lists("NOMKSTREAM KEEPREF DELREF ACKED = ~", word)) return 0;
  if (lists("IDMPAUTO LIMIT", word)) return 1;
  if (lists("IDMP", word)) return 2;
  return -1;
}

/// XADD key [NOMKSTREAM] [IDMP producer message] [MAXLEN|MINID [=|~] threshold [LIMIT n]] ... id field value ...
int end_of_xadd_options(const CommandView& command) {
  auto cursor = command.arguments();
  std::string_view word;
  int position = 0, values = 2;  // the name and the key
  for (bool threshold_follows = false; cursor.next(word); ++position) {
    if (values-- > 0) continue;
    values = values_of_xadd_option(word);
    if (values < 0 && threshold_follows) {
      values = 0;
      threshold_follows = false;
    } else if (lists("MAXLEN MINID", word)) {
      values = 0;
      threshold_follows = true;
    }
    if (values < 0) break;
  }
  return position;
}

}  // namespace

RetryClass effective_retry_class(const CommandView& command) {
  const CommandFacts& facts = command.facts();
  if (facts.retry != RetryClass::conditional) return facts.retry;
  std::string_view words = facts.not_idempotent_with;
  if (words == "=") return first_key_stands_again(command) ? RetryClass::never : RetryClass::idempotent;
  const bool wanted = words.starts_with('!');
  if (wanted) words.remove_prefix(1);

  OptionPart part = option_part(facts);
  if (facts.name == "MSETEX") part = {.first = first_option_of_msetex(command)};
  if (facts.name == "XADD") part = {.first = 2, .end = end_of_xadd_options(command)};
  auto cursor = command.arguments();
  std::string_view word;
  bool found = false;
  for (int position = 0; !found && position < part.end && cursor.next(word); ++position) {
    if (position < part.first) continue;
    found = lists(words, word);
    if (!found && part.ends_at_other && !is_other_option(word)) break;
    if (!part.ends_at.empty() && equals_ignoring_case(word, part.ends_at)) break;
  }
  return found == wanted ? RetryClass::idempotent : RetryClass::never;
}

}  // namespace rediscluster
