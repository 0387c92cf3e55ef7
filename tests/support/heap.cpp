#include "support/heap.hpp"

#include <malloc.h>

#include <atomic>
#include <climits>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace {

constinit std::atomic<std::size_t> calls{0};
constinit std::atomic<std::size_t> used{0};
constinit std::atomic<std::size_t> most{0};

thread_local constinit std::size_t short_from = SIZE_MAX;
thread_local constinit int refusals_left = 0;
thread_local constinit int grants_left = 0;

bool is_short(std::size_t size) {
  if (size < short_from || refusals_left == 0) return false;
  if (grants_left > 0) return --grants_left, false;
  --refusals_left;
  return true;
}

void* note(void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  calls.fetch_add(1, std::memory_order_relaxed);
  const std::size_t size = malloc_usable_size(memory);
  const std::size_t now = used.fetch_add(size, std::memory_order_relaxed) + size;
  std::size_t before = most.load(std::memory_order_relaxed);
  while (before < now && !most.compare_exchange_weak(before, now, std::memory_order_relaxed)) {
  }
  return memory;
}

void give_back(void* memory) {
  used.fetch_sub(malloc_usable_size(memory), std::memory_order_relaxed);
  std::free(memory);
}

}  // namespace

// The forms for arrays and those that do not throw end in these.
void* operator new(std::size_t size) { return note(is_short(size) ? nullptr : std::malloc(size)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto step = static_cast<std::size_t>(alignment);
  return note(is_short(size) ? nullptr : std::aligned_alloc(step, (size + step - 1) / step * step));
}
void operator delete(void* memory) noexcept { give_back(memory); }
void operator delete(void* memory, std::size_t) noexcept { give_back(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { give_back(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { give_back(memory); }

namespace rediscluster::heap {

std::size_t allocations() { return calls.load(std::memory_order_relaxed); }
std::size_t in_use() { return used.load(std::memory_order_relaxed); }
std::size_t peak() { return most.load(std::memory_order_relaxed); }
Shortage::Shortage(std::size_t from) {
  short_from = from;
  refusals_left = INT_MAX;
}
Shortage::~Shortage() { short_from = SIZE_MAX; }
void refuse_next(int times) {
  short_from = 0;
  refusals_left = times;
}
void refuse_one_behind(int allocations) {
  grants_left = allocations;
  refuse_next(1);
}
bool stop_refusing() {
  const bool has_refused = refusals_left == 0;
  refusals_left = grants_left = 0;
  return has_refused;
}
void start_peak() { most.store(in_use(), std::memory_order_relaxed); }

}  // namespace rediscluster::heap
