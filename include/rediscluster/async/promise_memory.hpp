/// Memory for a std::promise in one piece: it asks for two, one for its state and one for its result.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <new>

namespace rediscluster::detail {

/// Both pieces, as far as they fit. Freed with the last of them.
struct PromiseBlock {
  static constexpr std::size_t size = 320;
  std::atomic<int> users{1};  // who made it, and each piece
  std::size_t used = 0;
  alignas(std::max_align_t) std::byte room[size];
  void drop() noexcept {
    if (users.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }
};

template <class T>
class PromiseAllocator {
 public:
  using value_type = T;

  explicit PromiseAllocator(PromiseBlock* block) noexcept : block_(block) {}
  template <class U>
  PromiseAllocator(const PromiseAllocator<U>& other) noexcept : block_(other.block()) {}  // NOLINT: allocators turn into each other

  T* allocate(std::size_t count) {
    PromiseBlock& block = *block_;
    const std::size_t size = (count * sizeof(T) + alignof(std::max_align_t) - 1) / alignof(std::max_align_t) * alignof(std::max_align_t);
    if (alignof(T) > alignof(std::max_align_t) || PromiseBlock::size - block.used < size) return std::allocator<T>().allocate(count);
    block.users.fetch_add(1, std::memory_order_relaxed);
    T* const piece = reinterpret_cast<T*>(block.room + block.used);
    block.used += size;
    return piece;
  }
  void deallocate(T* piece, std::size_t count) noexcept {
    PromiseBlock& block = *block_;
    const auto* const at = reinterpret_cast<const std::byte*>(piece);
    const bool is_inside = !std::less<>()(at, block.room) && std::less<>()(at, block.room + PromiseBlock::size);
    if (!is_inside) return std::allocator<T>().deallocate(piece, count);
    block.drop();
  }
  PromiseBlock* block() const noexcept { return block_; }
  template <class U>
  friend bool operator==(const PromiseAllocator& a, const PromiseAllocator<U>& b) noexcept {
    return a.block() == b.block();
  }

 private:
  PromiseBlock* block_;
};

template <class T>
std::promise<T> make_promise() {
  const auto drop = [](PromiseBlock* block) { block->drop(); };
  const std::unique_ptr<PromiseBlock, decltype(drop)> block(new PromiseBlock, drop);
  return std::promise<T>(std::allocator_arg, PromiseAllocator<std::byte>(block.get()));
}

}  // namespace rediscluster::detail
