/// A counted block of bytes: what replies are received into, and what large replies keep alive.
/// The count is atomic, so a reference may be released on another thread than the one that received;
/// the bytes themselves have one writer, who never touches what a reference was handed out for.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>
#include <vector>

namespace rediscluster::base {

class BlockRef;

class Block {
 public:
  /// One block with room for `capacity` bytes, not initialised. Errors: std::bad_alloc.
  static BlockRef make(std::size_t capacity);

  char* data() { return reinterpret_cast<char*>(this + 1); }
  const char* data() const { return reinterpret_cast<const char*>(this + 1); }
  std::size_t capacity() const { return capacity_; }
  /// True when only one reference is left; the acquire pairs with the release of the others.
  bool unique() const { return references_.load(std::memory_order_acquire) == 1; }

 private:
  friend class BlockRef;
  explicit Block(std::size_t capacity) : capacity_(capacity) {}

  std::atomic<std::uint32_t> references_{1};
  std::size_t capacity_;
};

/// Owns one count of a Block; may be empty.
class BlockRef {
 public:
  BlockRef() = default;
  BlockRef(const BlockRef& other) : block_(other.block_) {
    if (block_ != nullptr) block_->references_.fetch_add(1, std::memory_order_relaxed);
  }
  BlockRef(BlockRef&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  BlockRef& operator=(BlockRef other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~BlockRef() { reset(); }

  void reset() {
    if (block_ != nullptr && block_->references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      block_->~Block();
      ::operator delete(static_cast<void*>(block_));
    }
    block_ = nullptr;
  }

  Block* get() const { return block_; }
  Block* operator->() const { return block_; }
  explicit operator bool() const { return block_ != nullptr; }

 private:
  friend class Block;
  explicit BlockRef(Block* block) : block_(block) {}
  Block* block_ = nullptr;
};

/// Keeps blocks alive for many that look into them: one count a block, instead of one for each that looks. One thread at a time.
class BlockKeeper {
 public:
  /// False: there is no memory to do so.
  bool keep(const BlockRef& block) noexcept {
    if (!blocks_.empty() && blocks_.back().get() == block.get()) [[likely]]
      return true;
    try {
      blocks_.push_back(block);
      return true;
    } catch (const std::bad_alloc&) {
      return false;
    }
  }
  void take_over(BlockKeeper& other) {
    for (BlockRef& block : other.blocks_) blocks_.push_back(std::move(block));
    other.blocks_.clear();
  }

 private:
  std::vector<BlockRef> blocks_;
};

inline BlockRef Block::make(std::size_t capacity) {
  void* memory = ::operator new(sizeof(Block) + capacity);
  return BlockRef(::new (memory) Block(capacity));
}

}  // namespace rediscluster::base
