#include "simulation/world.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace rediscluster::simulation {

void World::rest_until(base::TimePoint when) noexcept {
  while (next() <= when) go_to(std::max(now_, next()));
  now_ = std::max(now_, when);
}

void World::at(base::TimePoint when, std::function<void()> what) {
  events_.push_back({std::max(when, now_), ++numbers_, std::move(what)});
  std::push_heap(events_.begin(), events_.end());
}

void World::go_to(base::TimePoint when) {
  now_ = std::max(now_, when);
  while (!events_.empty() && events_.front().when <= now_) {
    std::pop_heap(events_.begin(), events_.end());
    const std::function<void()> what = std::move(events_.back().what);
    events_.pop_back();
    what();
  }
}

void World::note(std::string_view what, std::uint64_t a, std::uint64_t b) {
  const auto mix = [this](std::uint64_t number) { hash_ = base::Random::mixed(hash_ ^ number) + base::Random::step; };
  mix(static_cast<std::uint64_t>(age().count()));
  for (std::size_t at = 0; at < what.size(); at += sizeof(std::uint64_t)) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, what.data() + at, std::min(sizeof eight, what.size() - at));
    mix(eight);
  }
  mix(a);
  mix(b);
  if (age() > printed_until_) return;
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(age()).count();
  std::printf("%12.3f ms  %.*s %llu %llu\n", static_cast<double>(microseconds) / 1000, static_cast<int>(what.size()), what.data(), static_cast<unsigned long long>(a),
              static_cast<unsigned long long>(b));
}

}  // namespace rediscluster::simulation
