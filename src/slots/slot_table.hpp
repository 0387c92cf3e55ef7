/// A value for each of the few slots that something touches: a small hash table, made for a known number of them.
/// Pure; not thread-safe.
#pragma once

#include <rediscluster/key_slot.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rediscluster::slots {

template <class Value>
class SlotTable {
 public:
  /// @param most  slots that may be asked for.
  explicit SlotTable(std::size_t most) : places_(table_size(most)) {}

  /// The value of a slot; Value{} when it is asked for the first time. Stays where it is.
  Value& of(int slot) {
    const std::size_t mask = places_.size() - 1;
    std::size_t at = static_cast<std::size_t>(slot) & mask;
    while (places_[at].slot != slot && places_[at].slot >= 0) at = (at + 1) & mask;
    places_[at].slot = static_cast<std::int16_t>(slot);
    return places_[at].value;
  }

 private:
  struct Place {
    std::int16_t slot = -1;  // -1: free
    Value value{};
  };
  // At most half full, so that a search ends.
  static std::size_t table_size(std::size_t most) {
    constexpr std::size_t largest = 2 * static_cast<std::size_t>(slot_count);
    std::size_t size = 8;
    while (size < 2 * most && size < largest) size *= 2;
    return size;
  }
  std::vector<Place> places_;
};

}  // namespace rediscluster::slots
