/// Which copy of a shard a read goes to. Pure: what is known of the copies comes in, and so do the dice.
#pragma once

#include "base/random.hpp"
#include "commands/command_view.hpp"

#include <rediscluster/policies.hpp>

#include <cstdint>
#include <span>

namespace rediscluster::routing {

/// Where a node stands, as seen from the client.
enum class Zone : std::uint8_t { unknown, same, other };

/// What is known of one copy.
struct ReadCandidate {
  bool is_primary = false;
  bool was_tried = false;        ///< It failed in this call: not again.
  bool in_trouble = false;       ///< It failed lately, in some call: only when nobody else is left.
  Zone zone = Zone::unknown;
  std::uint32_t latency_us = 0;  ///< 0: not measured yet, which counts as fastest, so that it will be.
};

struct ReadChoice {
  static constexpr int none = -1;
  int index = none;         ///< Of the candidates.
  bool explores = false;    ///< Not the best one, but one to learn of: worth measuring.
};

/// The best copy by strategy; a random one among equals. Called again with the failed ones marked, it gives the order in
/// which a call goes through all copies. ReadChoice::none when every copy was tried.
ReadChoice choose_reader(std::span<const ReadCandidate> candidates, ReadFrom strategy, base::Random& random);

/// Whether any copy may answer: the command reads data of its keys and nothing else. Cursors are numbers of one server's
/// memory, so a scan stays with one; TOUCH is meant for the primary's clock; what blocks waits for the primary's writes.
bool any_copy_may_answer(const CommandView& command);

}  // namespace rediscluster::routing
