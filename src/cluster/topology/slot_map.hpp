/// Which shard serves each slot. Every command looks into it, at a place that nobody can foresee, so it is small: 32 KiB of numbers stay in
/// the caches of a processor where 128 KiB of pointers would not (docs/decisions/topology-in-place.md).
/// Any thread reads; who writes has a lock of his own.
#pragma once

#include <rediscluster/key_slot.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <memory>
#include <new>
#include <vector>

namespace rediscluster::cluster {

class Node;

/// A primary and its replicas. Immutable.
struct Shard {
  Node* primary = nullptr;
  std::vector<Node*> replicas;
  std::uint16_t number = 0;  ///< In the SlotMap; 0: it is not there.

  bool has_same_nodes(const Shard& other) const { return primary == other.primary && replicas == other.replicas; }
};

class SlotMap {
 public:
  /// So many shards may be there at once.
  static constexpr std::size_t most_shards = 65'535;

  /// Errors: std::bad_alloc.
  SlotMap() : shards_(new const Shard*[most_shards + 1]) { shards_[0] = nullptr; }
  SlotMap(const SlotMap&) = delete;
  SlotMap& operator=(const SlotMap&) = delete;

  /// Null: nobody serves it.
  const Shard* shard_of(int slot) const noexcept {
    return shards_[numbers_[static_cast<std::size_t>(slot)].load(std::memory_order_acquire)];
  }
  /// The first slot behind this one that has another shard, or is behind the last one. Exact for who writes; others may see
  /// what has just changed a moment later.
  int end_of_run(int slot, int last = slot_count - 1) const noexcept {
    const int from = slot + 1;
    if (from > last) return from;
    std::size_t at = word(from);
    std::uint64_t left = begins_[at].load(std::memory_order_relaxed) & ~(bit(from) - 1);
    while (left == 0 && ++at <= word(last)) left = begins_[at].load(std::memory_order_relaxed);
    return left == 0 ? last + 1 : std::min(static_cast<int>(at * 64) + std::countr_zero(left), last + 1);
  }
  /// It will soon be asked for.
  void fetch(int slot) const noexcept { __builtin_prefetch(&numbers_[static_cast<std::size_t>(slot)]); }

  /// Gives the shard its number. Errors: std::bad_alloc, also when there are too many.
  void admit(Shard& shard) {
    const std::uint16_t number = free_number();
    if (free_.capacity() <= given_) free_.reserve(2 * given_ + 16);  // for all there are, so that dismiss() needs no memory
    shards_[number] = &shard;
    shard.number = number;
    free_.empty() ? static_cast<void>(++given_) : free_.pop_back();
  }
  /// No slot has led to it for so long that nobody looks at it any more.
  void dismiss(const Shard& shard) noexcept { free_.push_back(shard.number); }
  /// @param shard  that was admitted; null: nobody serves it now.
  void put(int slot, const Shard* shard) noexcept {
    numbers_[static_cast<std::size_t>(slot)].store(shard == nullptr ? std::uint16_t{0} : shard->number, std::memory_order_release);
    note_begin(slot);
    note_begin(slot + 1);
  }

 private:
  static std::size_t word(int slot) { return static_cast<std::size_t>(slot) / 64; }
  static std::uint64_t bit(int slot) { return std::uint64_t{1} << static_cast<unsigned>(slot) % 64; }
  // Whether a run begins at this slot.
  void note_begin(int slot) noexcept {
    if (slot == 0 || slot == slot_count) return;
    const auto number_of = [this](int each) { return numbers_[static_cast<std::size_t>(each)].load(std::memory_order_relaxed); };
    std::atomic<std::uint64_t>& begins = begins_[word(slot)];
    const std::uint64_t others = begins.load(std::memory_order_relaxed) & ~bit(slot);
    begins.store(number_of(slot) == number_of(slot - 1) ? others : others | bit(slot), std::memory_order_relaxed);
  }
  std::uint16_t free_number() const {
    if (!free_.empty()) return free_.back();
    if (given_ == most_shards) throw std::bad_alloc();
    return static_cast<std::uint16_t>(given_ + 1);
  }

  std::array<std::atomic<std::uint16_t>, slot_count> numbers_{};
  std::array<std::atomic<std::uint64_t>, slot_count / 64> begins_{};  // a bit for each slot that another shard serves than the one before it
  const std::unique_ptr<const Shard*[]> shards_;  // by number; not initialised: the system gives what is written, a page at most times
  std::vector<std::uint16_t> free_;
  std::size_t given_ = 0;
};

}  // namespace rediscluster::cluster
