/// What the program holds on the heap, as operator new and delete see it. A program that is linked with heap.cpp has them
/// replaced. Any thread may allocate.
#pragma once

#include <cstddef>

namespace rediscluster::heap {

/// Calls of operator new so far.
std::size_t allocations();
/// Bytes in use now, the allocator's rounding included.
std::size_t in_use();
/// The most that were in use since the last start_peak().
std::size_t peak();
void start_peak();

}  // namespace rediscluster::heap
