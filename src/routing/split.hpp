/// Takes a command over several slots apart: one part per slot. Pure.
#pragma once

#include "commands/command_view.hpp"

#include <rediscluster/result.hpp>

#include <cstdint>
#include <vector>

namespace rediscluster::routing {

/// The keys of one slot as a command of their own.
struct Part {
  EncodedCommand command;
  std::vector<std::uint32_t> keys;  ///< Which keys of the whole command these are, counted from 0, in order.
};

struct Split {
  std::vector<Part> parts;
  std::uint32_t key_count = 0;
};

/// What stands before the first key and after the last one (and its values) is repeated in each part.
/// The keys keep their order within a part, so a key given twice (MSET a 1 a 2) ends as in the whole command.
/// Errors: Errc::cross_slot when the command's keys do not stand in one regular row.
Result<Split> split(const CommandView& command);

}  // namespace rediscluster::routing
