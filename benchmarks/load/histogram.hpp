/// Latencies in nanoseconds, counted in buckets that grow with the value: at most 3 % off, constant memory, no
/// allocation while recording. One writer at a time; add() joins the histograms of several threads afterwards.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace load {

class Histogram {
 public:
  void record(std::uint64_t nanoseconds) {
    ++counts_[bucket_of(nanoseconds)];
    ++total_;
  }

  void add(const Histogram& other) {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    total_ += other.total_;
  }

  std::uint64_t total() const { return total_; }

  /// Upper end of the bucket below which `share` (0..1) of the values lie; 0 when nothing was recorded.
  double quantile_us(double share) const {
    if (total_ == 0) return 0;
    const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(total_ - 1)) + 1;
    std::uint64_t seen = 0;
    std::size_t bucket = 0;
    while (bucket + 1 < counts_.size() && (seen += counts_[bucket]) < wanted) ++bucket;
    return static_cast<double>(upper_end(bucket)) / 1000.0;
  }

 private:
  // 32 linear steps in each power of two: bucket = exponent * 32 + the five bits after the leading one.
  static constexpr int step_bits = 5;
  static constexpr std::size_t steps = std::size_t{1} << step_bits;

  static std::size_t bucket_of(std::uint64_t value) {
    if (value < steps) return static_cast<std::size_t>(value);
    const int shift = static_cast<int>(std::bit_width(value)) - 1 - step_bits;
    return (static_cast<std::size_t>(shift) + 1) * steps + static_cast<std::size_t>((value >> shift) & (steps - 1));
  }
  static std::uint64_t upper_end(std::size_t bucket) {
    if (bucket < steps) return bucket;
    const std::size_t shift = bucket / steps - 1;
    return ((steps + bucket % steps + 1) << shift) - 1;
  }

  std::array<std::uint64_t, (64 - step_bits + 1) * steps> counts_{};
  std::uint64_t total_ = 0;
};

}  // namespace load
