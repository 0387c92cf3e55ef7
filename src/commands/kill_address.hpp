/// CLIENT KILL host:port, as all nodes can be asked. Pure.
#pragma once

#include <rediscluster/command.hpp>

#include <string_view>

namespace rediscluster {

/// The old form answers OK or an error, and these cannot be added up; as a filter the same counts. It does not spare
/// the asking connection, and neither did the old form.
inline void encode_kill(EncodedCommand& command, std::string_view address) {
  for (const std::string_view word : {std::string_view("ADDR"), address, std::string_view("SKIPME"), std::string_view("NO")}) command.arg(word);
}

/// Whether these words are of the old form.
inline bool is_kill_of_address(const CommandFacts& facts, std::size_t words) { return words == 3 && facts.name == "CLIENT KILL"; }

}  // namespace rediscluster
