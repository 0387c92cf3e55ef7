/// Keeps the order of commands that share a slot while a round of a batch is put together: all of them that are sent in
/// one round go to one node, and none is sent while an earlier one has to wait. A small hash table over the slots of the
/// round. One thread; made anew for each round.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rediscluster::cluster {

template <class Batch>
class SlotOrder {
 public:
  struct Place {
    Batch* batch = nullptr;   ///< Where commands of the slot go in this round; null: none has gone yet.
    std::int16_t slot = -1;   ///< -1: free.
    bool is_held = false;     ///< An earlier command of the slot waits: later ones wait, too.
    bool off_the_map = false; ///< The batch's node is where a redirect pointed to.
  };

  /// @param commands  in the round at most.
  explicit SlotOrder(std::size_t commands) : places_(table_size(commands)) {}

  Place& of(int slot) {
    const std::size_t mask = places_.size() - 1;
    std::size_t at = static_cast<std::size_t>(slot) & mask;
    while (places_[at].slot != slot && places_[at].slot >= 0) at = (at + 1) & mask;
    places_[at].slot = static_cast<std::int16_t>(slot);
    return places_[at];
  }

 private:
  static std::size_t table_size(std::size_t commands) {
    constexpr std::size_t most = 32768;  // twice the slots there are
    std::size_t size = 8;
    while (size < 2 * commands && size < most) size *= 2;
    return size;
  }
  std::vector<Place> places_;
};

}  // namespace rediscluster::cluster
