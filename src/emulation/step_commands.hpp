/// Builds the commands of steps. Pure.
#pragma once

#include "commands/facts_once.hpp"

#include <initializer_list>
#include <rediscluster/command.hpp>
#include <rediscluster/commands/facts.hpp>
#include <span>
#include <string_view>

namespace rediscluster::emulation {

// Not constexpr: see facts_once.hpp.
inline CommandFacts repeated_at_will(const CommandFacts& row) {
  CommandFacts facts = with_retry(row, RetryClass::read_only);
  facts.flags &= ~static_cast<std::uint32_t>(flag_read_only);
  return facts;
}

/// A row of facts for steps that nobody else can notice: always sent to the primary, because a replica may lag and what
/// is moved or stored must be the newest; and repeated at will, because a second run changes nothing.
template <const CommandFacts& row>
const CommandFacts& unnoticed() {
  static const CommandFacts changed = repeated_at_will(row);
  return changed;
}

/// EVAL of a script whose second run leaves the same data; repeated where the user allows that of writes.
inline const CommandFacts& idempotent_eval() {
  static const CommandFacts changed = with_retry(facts::eval, RetryClass::idempotent);
  return changed;
}

inline EncodedCommand with_key(const CommandFacts& facts, std::string_view key, std::initializer_list<std::string_view> args = {}) {
  EncodedCommand command(facts);
  command.key(key);
  for (const std::string_view arg : args) command.arg(arg);
  return command;
}

inline EncodedCommand with_keys(const CommandFacts& facts, std::span<const std::string_view> keys) {
  EncodedCommand command(facts);
  for (const std::string_view key : keys) command.key(key);
  return command;
}

/// @param facts  facts::eval or a changed row of it.
inline EncodedCommand script(const CommandFacts& facts, std::string_view text, std::span<const std::string_view> keys,
                             std::span<const std::string_view> args = {}) {
  EncodedCommand command(facts);
  command.arg(text);
  command.arg(keys.size());
  for (const std::string_view key : keys) command.key(key);
  for (const std::string_view arg : args) command.arg(arg);
  return command;
}

}  // namespace rediscluster::emulation
