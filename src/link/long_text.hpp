/// One long string of a reply, received where its caller will have it: no block, and no copy out of one.
/// Belongs to the link until it is whole, so that a caller who gives up leaves nothing half-written behind. Not thread-safe.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace rediscluster::link {

class LongText {
 public:
  /// A shorter one is copied in less time than this takes.
  static constexpr std::size_t shortest = 64 * 1024;

  bool is_coming() const { return size_ != 0; }

  /// @param size   of the string, as announced. Memory is filled only as bytes arrive.
  /// @param front  what has come of it, and of the CR LF behind it.
  void begin(std::size_t size, std::string_view front) {
    bytes_.reserve(std::min(size + 2, trusted_size));
    bytes_.assign(front);
    filled_ = front.size();
    size_ = size + 2;
  }
  struct Space {
    char* data;
    std::size_t size;
  };
  /// Where to receive into; never beyond the end of the string.
  Space space() {
    if (filled_ == bytes_.size()) bytes_.resize(std::min(size_, filled_ + step));
    return {bytes_.data() + filled_, bytes_.size() - filled_};
  }
  /// `size` bytes arrived there.
  void received(std::size_t size) { filled_ += size; }
  bool is_whole() const { return filled_ == size_; }
  /// Once whole: whether CR LF stands behind it.
  bool ends_well() const { return std::string_view(bytes_).ends_with("\r\n"); }
  /// Once whole. Ready for another one.
  std::string take() {
    bytes_.resize(size_ - 2);
    size_ = filled_ = 0;
    return std::exchange(bytes_, {});
  }
  /// Gives the memory back.
  void drop() {
    size_ = filled_ = 0;
    std::string().swap(bytes_);  // an assignment would keep it
  }

 private:
  // As with blocks: what a peer announces is believed so far, beyond it room grows with what has come.
  static constexpr std::size_t trusted_size = 16 * 1024 * 1024;
  // A string cannot grow without being overwritten with zeros: in steps that are in the processor's cache still when the
  // kernel writes there.
  static constexpr std::size_t step = 256 * 1024;

  std::string bytes_;
  std::size_t size_ = 0;  // CR LF included; 0: none is coming
  std::size_t filled_ = 0;
};

}  // namespace rediscluster::link
