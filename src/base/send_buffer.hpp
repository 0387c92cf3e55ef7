/// Bytes gathered for one system call: append at the end, take all, start over in the same memory. What std::string would
/// do with fewer instructions an append, as it never ends in a NUL and never lives inside itself. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "base/copy_bytes.hpp"
#include "base/wipe.hpp"

namespace rediscluster::base {

class SendBuffer {
 public:
  SendBuffer() = default;
  SendBuffer(SendBuffer&& other) noexcept { swap(*this, other); }
  SendBuffer& operator=(SendBuffer&& other) noexcept {
    swap(*this, other);
    return *this;
  }

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  std::string_view bytes() const { return {data_.get(), size_}; }

  /// The next append() of so many bytes, or fewer, will not throw. Errors: std::bad_alloc, nothing has changed then.
  void make_room(std::size_t more) {
    if (capacity_ - size_ < more) [[unlikely]]
      grow(more);
  }
  /// In place: for short commands a call costs a quarter of the copy.
  [[gnu::always_inline]] void append(std::string_view bytes) {
    make_room(bytes.size());
    copy_bytes(data_.get() + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
  }
  /// Takes `size` bytes out of the middle; those behind them close the gap.
  void erase(std::size_t begin, std::size_t size) {
    std::memmove(data_.get() + begin, data_.get() + begin + size, size_ - begin - size);
    size_ -= size;
  }
  /// Moves bytes to the front; together with shorten() the same for many gaps at once.
  void move_down(std::size_t from, std::size_t to, std::size_t size) { std::memmove(data_.get() + to, data_.get() + from, size); }
  void shorten(std::size_t size) { size_ = size; }
  /// Keeps the memory.
  void clear() { size_ = 0; }
  /// Gives the memory back.
  void release() {
    data_.reset();
    size_ = capacity_ = 0;
  }
  /// Overwrites what the memory holds, in use or left over, so that secrets do not lie about in it. Empty afterwards.
  void wipe() {
    base::wipe(data_.get(), capacity_);
    size_ = 0;
  }
  friend void swap(SendBuffer& a, SendBuffer& b) noexcept {
    std::swap(a.data_, b.data_);
    std::swap(a.size_, b.size_);
    std::swap(a.capacity_, b.capacity_);
  }

 private:
  void grow(std::size_t more) {
    constexpr std::size_t smallest = 512;
    std::size_t capacity = capacity_ < smallest / 2 ? smallest : capacity_ * 2;
    if (capacity < size_ + more) capacity = size_ + more;
    std::unique_ptr<char[]> data(new char[capacity]);  // not initialised
    if (size_ != 0) std::memcpy(data.get(), data_.get(), size_);
    data_ = std::move(data);
    capacity_ = capacity;
  }

  std::unique_ptr<char[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace rediscluster::base
