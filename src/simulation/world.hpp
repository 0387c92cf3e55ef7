/// Virtual time: what is to happen stands in a heap by time, and when nothing is to be done now, the clock jumps to the next of it. All
/// chance comes from one seed, split by who draws: taking one fault out of a run does not shift the others.
#pragma once

#include "base/random.hpp"
#include "base/time.hpp"
#include "base/world.hpp"

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace rediscluster::simulation {

/// Who draws from the seed. The numbers are a part of kept schedules.
enum class Chance : std::uint64_t { client = 1, network, cluster, nemesis, workload };

class World final : public base::World {
 public:
  explicit World(std::uint64_t seed) : seed_(seed), client_seeds_(chance(Chance::client)) {}
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  base::TimePoint now() noexcept override { return now_; }
  /// Runs what is to happen until then; nobody's loop turns meanwhile.
  void rest_until(base::TimePoint when) noexcept override;
  std::uint64_t seed() noexcept override { return client_seeds_.next(); }

  base::Random chance(Chance who) const { return base::Random(base::Random::mixed(seed_ ^ base::Random::mixed(static_cast<std::uint64_t>(who)))); }
  /// Since the world began.
  base::Duration age() const { return now_ - begin; }

  void at(base::TimePoint when, std::function<void()> what);
  void after(base::Duration span, std::function<void()> what) { at(now_ + span, std::move(what)); }
  /// max(): nothing is to happen.
  base::TimePoint next() const { return events_.empty() ? base::TimePoint::max() : events_.front().when; }
  /// Goes on to that time, which is not behind next(), and runs what is to happen then.
  void go_to(base::TimePoint when);

  /// A line of the trace: two runs of a seed have the same ones.
  void note(std::string_view what, std::uint64_t a = 0, std::uint64_t b = 0);
  std::uint64_t trace_hash() const { return hash_; }
  /// Prints them as they come, up to an age.
  void print_trace_until(base::Duration age) { printed_until_ = age; }

 private:
  struct Event {
    base::TimePoint when;
    std::uint64_t number;  // of two at the same time the first one said comes first
    std::function<void()> what;
    bool operator<(const Event& other) const { return when != other.when ? when > other.when : number > other.number; }  // for a heap: the earliest on top
  };
  static constexpr base::TimePoint begin{std::chrono::hours(1000)};

  const std::uint64_t seed_;
  base::Random client_seeds_;
  base::TimePoint now_ = begin;
  std::uint64_t numbers_ = 0;
  std::vector<Event> events_;  // a heap
  std::uint64_t hash_ = 0;
  base::Duration printed_until_ = base::Duration::min();
};

}  // namespace rediscluster::simulation
