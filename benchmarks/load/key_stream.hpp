/// Random keys for operations that begin one by one, each fetched into the cache some operations before it is used: a program that asks
/// for a key has just made it, while ours lie all over the memory. A read of one would be waited for by whoever has nothing else to do
/// meanwhile, and hidden by a loop that copies requests. One thread.
#pragma once

#include <array>

#include "load/dice.hpp"
#include "load/key_space.hpp"

namespace load {

class KeyStream {
 public:
  explicit KeyStream(const KeySpace& keys) : keys_(keys) {
    for (std::size_t& each : ahead_) each = choose();
  }
  /// The next key to be used.
  std::size_t next() {
    std::size_t& place = ahead_[at_++ % ahead_.size()];
    const std::size_t key = place;
    place = choose();
    return key;
  }

 private:
  std::size_t choose() {
    const std::size_t key = dice_.below(keys_.size());
    keys_.fetch(key);
    return key;
  }

  const KeySpace& keys_;
  Dice dice_{1};
  std::array<std::size_t, 8> ahead_{};
  std::size_t at_ = 0;
};

}  // namespace load
