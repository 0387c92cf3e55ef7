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

/// While it lives, operator new has no memory on the thread that made it for so many bytes, or more.
class Shortage {
 public:
  explicit Shortage(std::size_t from);
  ~Shortage();
  Shortage(const Shortage&) = delete;
  Shortage& operator=(const Shortage&) = delete;
};

/// operator new has no memory on the calling thread so many times, from now on.
void refuse_next(int times);
/// The same once, behind so many that it has.
void refuse_one_behind(int allocations);
/// It has memory again. @return  whether something was refused since refuse_one_behind().
bool stop_refusing();

}  // namespace rediscluster::heap
