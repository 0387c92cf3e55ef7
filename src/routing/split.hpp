/// Takes a command over several slots apart: one part per slot. Pure.
#pragma once

#include "base/block.hpp"
#include "commands/command_view.hpp"

#include <rediscluster/result.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace rediscluster::routing {

/// The keys of one slot as a command of their own.
struct Part {
  CommandView command;                  ///< Looks into the bytes of the Split.
  std::span<const std::uint32_t> keys;  ///< Which keys of the whole command these are, counted from 0, in order.
};

/// Can be moved, not copied: the parts look into it.
struct Split {
  Split() = default;
  Split(Split&&) = default;
  Split& operator=(Split&&) = default;

  std::vector<Part> parts;
  std::uint32_t key_count = 0;
  std::vector<std::uint32_t> keys;  ///< Of all parts, one part after the other.
  base::BlockRef bytes;             ///< Likewise.
};

/// What stands before the first key and after the last one (and its values) is repeated in each part.
/// The keys keep their order within a part, so a key given twice (MSET a 1 a 2) ends as in the whole command.
/// Errors: Errc::cross_slot when the command's keys do not stand in one regular row.
Result<Split> split(const CommandView& command);

}  // namespace rediscluster::routing
