/// Memory for a std::promise as a part of what holds it: it asks for two pieces, one for its state and one for its result.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

namespace rediscluster::detail {

/// Both pieces, as far as they fit. Freed with the last of them.
class PromiseBlock {
 public:
  void drop() noexcept {
    if (users_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }
  /// Null: there is no room for it.
  void* take(std::size_t size) noexcept {
    const std::size_t rounded = (size + alignof(std::max_align_t) - 1) / alignof(std::max_align_t) * alignof(std::max_align_t);
    if (size_ - used_ < rounded) return nullptr;
    users_.fetch_add(1, std::memory_order_relaxed);
    return room_ + std::exchange(used_, used_ + rounded);
  }
  bool is_inside(const void* piece) const noexcept {
    const auto* const at = static_cast<const std::byte*>(piece);
    return !std::less<>()(at, room_) && std::less<>()(at, room_ + size_);
  }

  PromiseBlock(const PromiseBlock&) = delete;
  PromiseBlock& operator=(const PromiseBlock&) = delete;

 protected:
  PromiseBlock(std::byte* room, std::size_t size) noexcept : room_(room), size_(size) {}
  virtual ~PromiseBlock() = default;

 private:
  std::byte* const room_;
  const std::size_t size_;
  std::size_t used_ = 0;
  std::atomic<int> users_{1};  // who made it, and each piece
};

template <class T>
class PromiseAllocator {
 public:
  using value_type = T;

  explicit PromiseAllocator(PromiseBlock* block) noexcept : block_(block) {}
  template <class U>
  PromiseAllocator(const PromiseAllocator<U>& other) noexcept : block_(other.block()) {}  // NOLINT: allocators turn into each other

  T* allocate(std::size_t count) {
    if constexpr (alignof(T) <= alignof(std::max_align_t)) {
      if (void* const piece = block_->take(count * sizeof(T))) return static_cast<T*>(piece);
    }
    return std::allocator<T>().allocate(count);
  }
  void deallocate(T* piece, std::size_t count) noexcept {
    if (!block_->is_inside(piece)) return std::allocator<T>().deallocate(piece, count);
    block_->drop();
  }
  PromiseBlock* block() const noexcept { return block_; }
  template <class U>
  friend bool operator==(const PromiseAllocator& a, const PromiseAllocator<U>& b) noexcept {
    return a.block() == b.block();
  }

 private:
  PromiseBlock* block_;
};

}  // namespace rediscluster::detail
