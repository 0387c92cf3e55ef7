/// Writes options as the words the servers know. Pure; one small function an options type.
#include <charconv>
#include <rediscluster/command.hpp>
#include <rediscluster/options/command.hpp>

#include "commands/absurd_life.hpp"
#include "commands/option_words.hpp"

namespace rediscluster {

BitfieldOperations& BitfieldOperations::get(std::string_view type, const Arg& offset) {
  words_.insert(words_.end(), {"GET", std::string(type), std::string(offset.view())});
  return *this;
}

BitfieldOperations& BitfieldOperations::set(std::string_view type, const Arg& offset, std::int64_t value) {
  words_.insert(words_.end(), {"SET", std::string(type), std::string(offset.view()), std::to_string(value)});
  return *this;
}

BitfieldOperations& BitfieldOperations::incrby(std::string_view type, const Arg& offset, std::int64_t increment) {
  words_.insert(words_.end(), {"INCRBY", std::string(type), std::string(offset.view()), std::to_string(increment)});
  return *this;
}

BitfieldOperations& BitfieldOperations::overflow(Overflow overflow) {
  static constexpr const char* names[] = {"WRAP", "SAT", "FAIL"};
  words_.insert(words_.end(), {"OVERFLOW", names[static_cast<int>(overflow)]});
  return *this;
}

namespace detail {

void encode(EncodedCommand& command, Limit limit) {
  command.arg("LIMIT");
  command.arg(limit.offset);
  command.arg(limit.count);
}

void encode(EncodedCommand& command, ExpireIf condition) {
  static constexpr const char* names[] = {"", "NX", "XX", "GT", "LT"};
  if (condition != ExpireIf::always) command.arg(names[static_cast<int>(condition)]);
}

void encode(EncodedCommand& command, const CopyOptions& options) {
  if (options.replace) command.arg("REPLACE");
}

void encode(EncodedCommand& command, const RestoreOptions& options) {
  if (options.replace) command.arg("REPLACE");
  if (options.absolute_ttl) command.arg("ABSTTL");
  encode_named(command, "IDLETIME", options.idle_time);
  encode_named(command, "FREQ", options.frequency);
}

void encode(EncodedCommand& command, const ScanOptions& options) {
  encode_named(command, "MATCH", options.match);
  encode_named(command, "COUNT", options.count);
  encode_named(command, "TYPE", options.type);
}

void encode(EncodedCommand& command, const MatchOptions& options) {
  encode_named(command, "MATCH", options.match);
  encode_named(command, "COUNT", options.count);
}

void encode(EncodedCommand& command, const SortOptions& options) {
  encode_named(command, "BY", options.by);
  if (options.limit) encode(command, *options.limit);
  for (const std::string& pattern : options.get) {
    command.arg("GET");
    command.arg(pattern);
  }
  if (options.descending) command.arg("DESC");
  if (options.alphabetical) command.arg("ALPHA");
}

void encode(EncodedCommand& command, const SetOptions& options) {
  check_expiry(command, options, options.keep_ttl);
  if (options.only_if != Exists::any && options.if_equals) command.refuse("only_if and if_equals exclude each other");
  encode_expiry(command, options.expire_in, options.expire_at);
  if (options.only_if != Exists::any) command.arg(options.only_if == Exists::yes ? "XX" : "NX");
  if (options.keep_ttl) command.arg("KEEPTTL");
  encode_named(command, "IFEQ", options.if_equals);
}

void encode(EncodedCommand& command, const GetexOptions& options) {
  check_expiry(command, options, options.persist);
  encode_expiry(command, options.expire_in, options.expire_at);
  if (options.persist) command.arg("PERSIST");
}

void encode(EncodedCommand& command, BitUnit unit) {
  // Left out when it is the default, so that servers before 7.0 understand the command.
  if (unit == BitUnit::bit) command.arg("BIT");
}

void encode(EncodedCommand& command, BitOperation operation) {
  static constexpr const char* names[] = {"AND", "OR", "XOR", "NOT", "DIFF", "DIFF1", "ANDOR", "ONE"};
  command.arg(names[static_cast<int>(operation)]);
}

void encode(EncodedCommand& command, const BitfieldOperations& operations) {
  for (const std::string& word : operations.words()) command.arg(word);
}

void encode(EncodedCommand& command, ListEnd end) { command.arg(end == ListEnd::left ? "LEFT" : "RIGHT"); }

void encode(EncodedCommand& command, InsertPlace place) {
  command.arg(place == InsertPlace::before ? "BEFORE" : "AFTER");
}

void encode(EncodedCommand& command, const LposOptions& options) {
  encode_named(command, "RANK", options.rank);
  encode_named(command, "MAXLEN", options.maxlen);
}

void encode(EncodedCommand& command, const HsetexOptions& options) {
  check_expiry(command, options, options.keep_ttl);
  if (options.only_if != Exists::any) command.arg(options.only_if == Exists::yes ? "FXX" : "FNX");
  encode_expiry(command, options.expire_in, options.expire_at);
  if (options.keep_ttl) command.arg("KEEPTTL");
}

void encode(EncodedCommand& command, const ZaddOptions& options) {
  if (options.only_if == Exists::no && options.update_if != ScoreChange::any) {
    command.refuse("only_if = Exists::no adds new members, and update_if changes those there are: give one of them");
  }
  if (options.only_if != Exists::any) command.arg(options.only_if == Exists::yes ? "XX" : "NX");
  if (options.update_if != ScoreChange::any) command.arg(options.update_if == ScoreChange::greater ? "GT" : "LT");
  if (options.count_changed) command.arg("CH");
}

void encode(EncodedCommand& command, const ZrangeOptions& options) {
  if (options.limit && options.by == ZrangeBy::rank) command.refuse("limit goes with by = score or lex; ranks are their own limit");
  if (options.by != ZrangeBy::rank) command.arg(options.by == ZrangeBy::score ? "BYSCORE" : "BYLEX");
  if (options.reverse) command.arg("REV");
  if (options.limit) encode(command, *options.limit);
}

void encode(EncodedCommand& command, ScoreEnd end) { command.arg(end == ScoreEnd::min ? "MIN" : "MAX"); }

void encode(EncodedCommand& command, const ZaggregateOptions& options) {
  if (!options.weights.empty()) {
    command.arg("WEIGHTS");
    for (double weight : options.weights) command.arg(weight);
  }
  if (options.aggregate == Aggregate::sum) return;
  command.arg("AGGREGATE");
  command.arg(options.aggregate == Aggregate::min ? "MIN" : "MAX");
}

void encode(EncodedCommand& command, FlushMode mode) {
  if (mode != FlushMode::server_default) command.arg(mode == FlushMode::async ? "ASYNC" : "SYNC");
}

void encode(EncodedCommand& command, PauseMode mode) {
  if (mode == PauseMode::write) command.arg("WRITE");
}

void encode(EncodedCommand& command, FailoverMode mode) {
  if (mode != FailoverMode::normal) command.arg(mode == FailoverMode::force ? "FORCE" : "TAKEOVER");
}

void encode(EncodedCommand& command, ResetMode mode) { command.arg(mode == ResetMode::soft ? "SOFT" : "HARD"); }

void encode(EncodedCommand& command, SlotState state) {
  static constexpr const char* names[] = {"IMPORTING", "MIGRATING", "NODE"};
  command.arg(names[static_cast<int>(state)]);
}

void encode_count(EncodedCommand& command, const std::optional<std::int64_t>& count) {
  encode_named(command, "COUNT", count);
}

void encode_life(EncodedCommand& command, std::chrono::milliseconds ttl) {
  command.arg(ttl.count());
  if (is_absurd_life(ttl.count())) command.refuse(absurd_life);
}

void encode_timeout(EncodedCommand& command, std::chrono::milliseconds timeout) {
  command.block_for(timeout);
  const auto milliseconds = timeout.count();
  if (milliseconds <= 0 || milliseconds % 1000 == 0) {
    // Below zero the server answers with an error; rounded to whole seconds -1 ms must not become 0, which is "for
    // ever".
    command.arg(milliseconds < 0 ? milliseconds / 1000 - 1 : milliseconds / 1000);
    return;
  }
  char text[32];
  char* end = std::to_chars(text, text + 24, milliseconds / 1000).ptr;
  *end++ = '.';
  for (int unit = 100; unit > 0; unit /= 10) *end++ = static_cast<char>('0' + milliseconds / unit % 10);
  while (end[-1] == '0') --end;
  command.arg(std::string_view(text, static_cast<std::size_t>(end - text)));
}

void encode_seconds(EncodedCommand& command, std::chrono::system_clock::time_point time) {
  command.arg(std::chrono::ceil<std::chrono::seconds>(time.time_since_epoch()).count());  // up, as unix_milliseconds()
}

void encode_milliseconds(EncodedCommand& command, std::chrono::system_clock::time_point time) {
  command.arg(unix_milliseconds(time));
}

}  // namespace detail
}  // namespace rediscluster
