/// Keeps copies of many byte strings at places that do not move, with hardly more memory than their own: blocks that
/// grow with what is stored, up to a size, and a block of its own for what is long. Everything is let go at once.
/// Not thread-safe.
#pragma once

#include <algorithm>
#include <cstring>
#include <string_view>
#include <vector>

#include "base/block.hpp"
#include "base/copy_bytes.hpp"

namespace rediscluster::base {

/// Room for one more, growing by a quarter only once there are many: half the memory of doubling, for some copying.
template <class T>
void grow_gently(std::vector<T>& row) {
  constexpr std::size_t many = 512;
  if (row.size() == row.capacity() && row.size() >= many) row.reserve(row.size() + row.size() / 4);
}

class ByteStore {
 public:
  /// A copy of `bytes`. Valid until clear().
  std::string_view keep(std::string_view bytes) {
    if (room_ < bytes.size()) [[unlikely]] {
      if (bytes.size() > longest_shared) return keep_alone(bytes);
      add_block();
    }
    char* const at = next_;
    copy_bytes(at, bytes.data(), bytes.size());
    next_ += bytes.size();
    room_ -= bytes.size();
    return {at, bytes.size()};
  }

  /// Room for so many bytes, long ones, to be filled in. Valid until clear().
  char* make_room(std::size_t size) { return take_block(size); }

  /// Lets everything go; keeps one block of ordinary size for what comes next.
  void clear() {
    const bool keeps_one = !blocks_.empty() && blocks_.front()->capacity() <= largest_block;
    blocks_.resize(keeps_one ? 1 : 0);
    blocks_.shrink_to_fit();
    room_ = capacity_ = keeps_one ? blocks_.front()->capacity() : 0;
    next_ = keeps_one ? blocks_.front()->data() : nullptr;
  }

  /// Bytes of memory held now.
  std::size_t memory() const { return capacity_ + blocks_.size() * sizeof(Block) + blocks_.capacity() * sizeof(BlockRef); }

 private:
  static constexpr std::size_t smallest_block = 1024;
  static constexpr std::size_t largest_block = 64 * 1024;
  static constexpr std::size_t longest_shared = 1024;  // longer ones would waste too much at the ends of blocks

  void add_block() {
    const std::size_t size = std::clamp(capacity_ / 4, smallest_block, largest_block);
    next_ = take_block(size);
    room_ = size;
  }
  std::string_view keep_alone(std::string_view bytes) {
    char* const at = take_block(bytes.size());
    std::memcpy(at, bytes.data(), bytes.size());
    return {at, bytes.size()};
  }
  char* take_block(std::size_t size) {
    grow_gently(blocks_);
    blocks_.push_back(Block::make(size));
    capacity_ += size;
    return blocks_.back()->data();
  }

  std::vector<BlockRef> blocks_;
  char* next_ = nullptr;
  std::size_t room_ = 0;      // behind next_
  std::size_t capacity_ = 0;  // of all blocks
};

}  // namespace rediscluster::base
