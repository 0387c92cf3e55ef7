/// Which shard serves each slot. Every command looks into it, at a place that nobody can foresee, so it is small: 32 KiB of numbers stay in
/// the caches of a processor where 128 KiB of pointers would not (docs/decisions/topology-in-place.md).
/// Any thread reads; who writes has a lock of his own.
#pragma once

#include <rediscluster/key_slot.hpp>

#include <array>
#include <atomic>
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
  /// The first slot behind this one that has another shard, or is behind the last one.
  int end_of_run(int slot, int last = slot_count - 1) const noexcept {
    const std::uint16_t number = numbers_[static_cast<std::size_t>(slot)].load(std::memory_order_acquire);
    int end = slot + 1;
    while (end <= last && numbers_[static_cast<std::size_t>(end)].load(std::memory_order_relaxed) == number) ++end;
    return end;
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
  }

 private:
  std::uint16_t free_number() const {
    if (!free_.empty()) return free_.back();
    if (given_ == most_shards) throw std::bad_alloc();
    return static_cast<std::uint16_t>(given_ + 1);
  }

  std::array<std::atomic<std::uint16_t>, slot_count> numbers_{};
  const std::unique_ptr<const Shard*[]> shards_;  // by number; not initialised: the system gives what is written, a page at most times
  std::vector<std::uint16_t> free_;
  std::size_t given_ = 0;
};

}  // namespace rediscluster::cluster
