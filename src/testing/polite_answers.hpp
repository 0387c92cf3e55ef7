/// What a scripted node answers without being told: handshake, PING, topology. Pure.
#pragma once

#include <optional>
#include <rediscluster/testing/scripted_node.hpp>
#include <string>
#include <vector>

namespace rediscluster::testing {

struct Manners {
  bool polite = true;
  ScriptedHello hello = ScriptedHello::accepted;
  std::string id;
  std::vector<ScriptedRange> ranges;
};

struct PoliteAnswer {
  std::optional<RawReply> reply;  ///< Empty: silence.
  int resp_version = 0;           ///< The connection speaks this from now on; 0: as before.
};

/// Empty: this command needs a rule.
std::optional<PoliteAnswer> answer_politely(const Manners& manners, const CommandWords& words, int connection);

}  // namespace rediscluster::testing
