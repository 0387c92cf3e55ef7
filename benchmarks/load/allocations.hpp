/// Counts every malloc, calloc, realloc and aligned allocation of the process, whichever library asks (operator new
/// ends in malloc). Any thread may allocate; the count is exact once the threads have been joined.
#pragma once

#include <cstdint>

namespace load {

/// Allocations since the start of the process.
std::uint64_t allocations();

}  // namespace load
