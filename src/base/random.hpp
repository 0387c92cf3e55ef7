/// Small fast random numbers for jitter and for choosing nodes. Not for secrets. A Random is not thread-safe: one per owner.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace rediscluster::base {

/// SplitMix64 (Steele, Lea, Flood 2014): one multiply-mix a number, any seed is good.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() { return mixed(state_ += step); }
  /// 0 <= result < bound; 0 when bound is 0.
  std::uint64_t below(std::uint64_t bound) { return bound == 0 ? 0 : next() % bound; }
  /// 0 <= result < 1.
  double fraction() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  /// Puts the elements of a vector or the like in any order, each as likely as the others (Fisher and Yates).
  template <class Elements>
  void shuffle(Elements& elements) {
    for (std::size_t i = elements.size(); i > 1; --i) std::swap(elements[i - 1], elements[below(i)]);
  }

  static constexpr std::uint64_t step = 0x9e3779b97f4a7c15ull;
  static constexpr std::uint64_t mixed(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  }

 private:
  std::uint64_t state_;
};

/// Seeds for all who belong together: who knows the first knows all of them, in the order in which they are asked for. Thread-safe.
class Seeds {
 public:
  explicit Seeds(std::uint64_t first) : state_(first) {}
  std::uint64_t next() noexcept { return Random::mixed(state_.fetch_add(Random::step, std::memory_order_relaxed) + Random::step); }

 private:
  std::atomic<std::uint64_t> state_;
};

}  // namespace rediscluster::base
