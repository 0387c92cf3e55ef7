/// A set of slots: 2 KB, any operation a few dozen words. A plain value; no sharing rules.
#pragma once

#include <rediscluster/types/cluster.hpp>
#include <rediscluster/key_slot.hpp>

#include <bitset>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rediscluster::slots {

class SlotSet {
 public:
  static SlotSet all() {
    SlotSet set;
    set.bits_.set();
    return set;
  }

  bool has(int slot) const { return bits_[static_cast<std::size_t>(slot)]; }
  void add(int slot) { bits_.set(static_cast<std::size_t>(slot)); }
  void add(SlotRun run) {
    for (int slot = run.start; slot <= run.end; ++slot) add(slot);
  }
  void remove(int slot) { bits_.reset(static_cast<std::size_t>(slot)); }
  int size() const { return static_cast<int>(bits_.count()); }
  bool empty() const { return bits_.none(); }

  SlotSet& operator|=(const SlotSet& other) {
    bits_ |= other.bits_;
    return *this;
  }
  SlotSet& operator&=(const SlotSet& other) {
    bits_ &= other.bits_;
    return *this;
  }
  friend SlotSet operator|(SlotSet a, const SlotSet& b) { return a |= b; }
  friend SlotSet operator&(SlotSet a, const SlotSet& b) { return a &= b; }
  friend SlotSet operator~(SlotSet a) {
    a.bits_.flip();
    return a;
  }
  friend bool operator==(const SlotSet&, const SlotSet&) = default;

  /// The slots as runs, in order.
  std::vector<SlotRun> runs() const;
  /// Calls `use(int slot)` for each slot, in order.
  template <class Use>
  void for_each(Use&& use) const {
    for (int slot = 0; slot < slot_count; ++slot) {
      if (has(slot)) use(slot);
    }
  }

 private:
  std::bitset<slot_count> bits_;
};

/// "0-99, 5461"; empty for no slot.
std::string to_text(const SlotSet& set, std::string_view separator = ", ");
/// Reads what to_text(set, ",") wrote; nothing when it is anything else.
std::optional<SlotSet> slot_set_from_text(std::string_view text);

}  // namespace rediscluster::slots
