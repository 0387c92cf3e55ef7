/// Processors of AMD (seen on Zen 3 and 4; glibc's bug 30994 has the story) copy by "rep movsb", as the kernel copies what is sent,
/// three times slower where the target lies a little behind the source, counted within a page. A long string of malloc's begins 16
/// bytes into a page, and a command's head is some 40 bytes long: that is the usual case, not a rare one.
/// Measured: docs/decisions/caller-lane.md. Pure, but for the question which processor this is.
#pragma once

#include <cstddef>
#include <cstdint>

namespace rediscluster::base {

/// Whether this processor does so.
bool has_slow_copies();

/// Whether it would, between such places.
/// @param target  where the copy goes, in bytes from the begin of any page.
inline bool is_slow_copy(std::size_t target, const char* source) {
  constexpr std::size_t page = 4096;
  constexpr std::size_t reach = 32;
  const std::size_t distance = (target - reinterpret_cast<std::uintptr_t>(source)) % page;
  return distance != 0 && distance < reach;
}

}  // namespace rediscluster::base
