#include "load/allocations.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>

// The allocator of glibc under the names that it keeps for programs that put their own malloc in front.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
}

namespace {

// A cell a thread (threads beyond the last share), so that counting costs the threads no common cache line.
struct alignas(64) Cell {
  std::atomic<std::uint64_t> count{0};
};
constexpr std::size_t cell_count = 256;
constinit std::array<Cell, cell_count> cells{};
constinit std::atomic<std::size_t> next_cell{0};
constinit thread_local Cell* own_cell = nullptr;

void count_one() {
  if (own_cell == nullptr) own_cell = &cells[next_cell.fetch_add(1, std::memory_order_relaxed) % cell_count];
  own_cell->count.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

extern "C" {

void* malloc(std::size_t size) {
  count_one();
  return __libc_malloc(size);
}

void* calloc(std::size_t count, std::size_t size) {
  count_one();
  return __libc_calloc(count, size);
}

void* realloc(void* old, std::size_t size) {
  count_one();
  return __libc_realloc(old, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) {
  count_one();
  return __libc_memalign(alignment, size);
}

int posix_memalign(void** out, std::size_t alignment, std::size_t size) {
  count_one();
  *out = __libc_memalign(alignment, size);
  return *out != nullptr ? 0 : ENOMEM;
}

}  // extern "C"

namespace load {

std::uint64_t allocations() {
  std::uint64_t sum = 0;
  for (const Cell& cell : cells) sum += cell.count.load(std::memory_order_relaxed);
  return sum;
}

}  // namespace load
