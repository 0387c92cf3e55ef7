/// What this client knows of one node as a place to read from: whether it failed lately, where it stands, how fast it
/// answers. Thread-safe without locks: numbers that are a little old only make a choice a little worse.
#pragma once

#include "base/time.hpp"
#include "routing/read_choice.hpp"

#include <atomic>

namespace rediscluster::cluster {

class ReadRecord {
 public:
  /// It was down, loading, silent or out of touch: others are asked first for a second.
  void note_trouble(base::TimePoint now) { trouble_until_.store(now + trouble_lasts, std::memory_order_relaxed); }
  bool is_in_trouble(base::TimePoint now) const { return now < trouble_until_.load(std::memory_order_relaxed); }
  void note_zone(bool is_ours) {
    zone_.store(is_ours ? routing::Zone::same : routing::Zone::other, std::memory_order_relaxed);
  }
  /// A running average. It falls faster than it rises, so that a node that has recovered is found within a few samples.
  void note_latency(base::Duration sample) {
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(sample).count();
    const std::int64_t measured = std::clamp<std::int64_t>(micros, 1, most_latency);
    const std::int64_t before = latency_us_.load(std::memory_order_relaxed);
    const std::int64_t share = measured < before ? 2 : 4;
    const std::int64_t average = before == 0 ? measured : before + (measured - before) / share;
    latency_us_.store(static_cast<std::uint32_t>(std::max<std::int64_t>(average, 1)), std::memory_order_relaxed);
  }

  /// The average; zero: not measured yet.
  base::Duration latency() const { return std::chrono::microseconds(latency_us_.load(std::memory_order_relaxed)); }

  routing::ReadCandidate candidate(bool is_primary, base::TimePoint now) const {
    return {is_primary, false, is_in_trouble(now), zone_.load(std::memory_order_relaxed),
            latency_us_.load(std::memory_order_relaxed)};
  }

 private:
  static constexpr std::chrono::seconds trouble_lasts{1};
  static constexpr std::int64_t most_latency = 3'600'000'000;  // fits the average

  std::atomic<base::TimePoint> trouble_until_{base::TimePoint::min()};
  std::atomic<routing::Zone> zone_{routing::Zone::unknown};
  std::atomic<std::uint32_t> latency_us_{0};
};

}  // namespace rediscluster::cluster
