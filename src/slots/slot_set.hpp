/// A set of slots: 2 KB, any operation a few dozen words. A plain value; no sharing rules.
#pragma once

#include <rediscluster/types/cluster.hpp>
#include <rediscluster/key_slot.hpp>

#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rediscluster::slots {

class SlotSet {
 public:
  static SlotSet all() {
    SlotSet set;
    set.words_.fill(~std::uint64_t{0});
    return set;
  }

  bool has(int slot) const { return (words_[word(slot)] & bit(slot)) != 0; }
  void add(int slot) { words_[word(slot)] |= bit(slot); }
  void add(SlotRun run) {
    for (int slot = run.start; slot <= run.end;) {
      const bool is_whole_word = slot % 64 == 0 && slot + 63 <= run.end;
      words_[word(slot)] |= is_whole_word ? ~std::uint64_t{0} : bit(slot);
      slot += is_whole_word ? 64 : 1;
    }
  }
  void remove(int slot) { words_[word(slot)] &= ~bit(slot); }
  int size() const {
    int count = 0;
    for (const std::uint64_t each : words_) count += std::popcount(each);
    return count;
  }
  bool empty() const { return next(0) == slot_count; }
  /// The first one of it from this slot on, which may be one behind the last; slot_count: there is none.
  int next(int from) const {
    if (from >= slot_count) return slot_count;
    std::size_t at = word(from);
    std::uint64_t left = words_[at] & ~(bit(from) - 1);
    while (left == 0) {
      if (++at == words_.size()) return slot_count;
      left = words_[at];
    }
    return static_cast<int>(at * 64) + std::countr_zero(left);
  }

  SlotSet& operator|=(const SlotSet& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
    return *this;
  }
  SlotSet& operator&=(const SlotSet& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
    return *this;
  }
  friend SlotSet operator|(SlotSet a, const SlotSet& b) { return a |= b; }
  friend SlotSet operator&(SlotSet a, const SlotSet& b) { return a &= b; }
  friend SlotSet operator~(SlotSet a) {
    for (std::uint64_t& each : a.words_) each = ~each;
    return a;
  }
  friend bool operator==(const SlotSet&, const SlotSet&) = default;

  /// The slots as runs, in order.
  std::vector<SlotRun> runs() const;
  /// Calls `use(int slot)` for each slot, in order.
  template <class Use>
  void for_each(Use&& use) const {
    for (int slot = next(0); slot < slot_count; slot = next(slot + 1)) use(slot);
  }

 private:
  static std::size_t word(int slot) { return static_cast<std::size_t>(slot) / 64; }
  static std::uint64_t bit(int slot) { return std::uint64_t{1} << static_cast<unsigned>(slot) % 64; }

  std::array<std::uint64_t, slot_count / 64> words_{};
};

/// "0-99, 5461"; empty for no slot.
std::string to_text(const SlotSet& set, std::string_view separator = ", ");
/// Reads what to_text(set, ",") wrote; nothing when it is anything else.
std::optional<SlotSet> slot_set_from_text(std::string_view text);

}  // namespace rediscluster::slots
