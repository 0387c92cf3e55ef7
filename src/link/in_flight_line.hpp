/// The line of commands handed to one connection and not yet answered. Replies come in the order of sending, so this is
/// a queue. A place stays when its caller has given up: its reply is still to come.
/// Not thread-safe; the lane that owns it holds the lock. Knows nothing of bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rediscluster::link {

class Ticket;

class InFlightLine {
 public:
  struct Place {
    Ticket* ticket = nullptr;        ///< null: the caller has given up
    std::uint32_t replies_left = 0;  ///< replies that belong to this place, swallowed ones included
    bool is_withdrawn = false;       ///< nothing of it was sent, or will be: its bytes and it are taken out before the next sending
    std::uint64_t begin = 0;         ///< first byte of the command in the stream of all bytes sent
    std::uint64_t end = 0;           ///< one past its last byte
  };

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

  /// The next join() will not throw.
  void make_room() {
    if (size_ == places_.size()) [[unlikely]]
      grow();
  }
  /// Joins at the end, after make_room(); returns the number of the place, which stays the same while it is in line.
  std::uint64_t join(const Place& place) {
    at(size_) = place;
    return first_number_ + size_++;
  }
  Place& front() { return at(0); }
  Place& back() { return at(size_ - 1); }
  void leave_front() {
    head_ = (head_ + 1) & mask_;
    ++first_number_;
    --size_;
  }
  void leave_back() { --size_; }
  /// Keeps the first `size` places.
  void shorten(std::size_t size) { size_ = size; }
  /// The place with that number; it must be in line.
  Place& numbered(std::uint64_t number) { return at(static_cast<std::size_t>(number - first_number_)); }
  /// i-th place from the front, i < size().
  Place& at(std::size_t i) { return places_[(head_ + i) & mask_]; }
  std::uint64_t first_number() const { return first_number_; }

 private:
  void grow() {
    std::vector<Place> larger(places_.empty() ? 16 : places_.size() * 2);  // a power of two, for the mask
    for (std::size_t i = 0; i < size_; ++i) larger[i] = at(i);
    places_ = std::move(larger);
    mask_ = places_.size() - 1;
    head_ = 0;
  }

  std::vector<Place> places_;
  std::size_t mask_ = 0;  // of the size, a power of two
  std::size_t head_ = 0;
  std::size_t size_ = 0;
  std::uint64_t first_number_ = 0;
};

}  // namespace rediscluster::link
