#include "cluster/nodes/lane_pool.hpp"

#include <algorithm>

namespace rediscluster::cluster {
namespace {

// When a batch of replies has come in, few callers are about for a moment, and in the next they are all back. Those who
// then took idle lanes would send their commands one by one.
constexpr std::chrono::milliseconds crowd_memory{5};

}  // namespace

LanePool::LanePool(const drive::CallerLane::Dial& dial, const wire::Limits& limits, int shared_lanes, Bound bound,
                   drive::CallerLane::LossHook on_loss)
    : dial_(dial),
      bound_(std::move(bound)),
      is_bounded_(bound_.has_room != nullptr),
      on_loss_(std::move(on_loss)),
      limits_(limits),
      shared_lanes_(std::clamp(shared_lanes, 1, most_lanes)),
      lanes_(new Slot[static_cast<std::size_t>(shared_lanes_)]) {}

drive::CallerLane& LanePool::make_lane(int place) {
  std::lock_guard lock{mutex_};
  Slot& at = slot(place);
  if (drive::CallerLane* made = at.made()) return *made;  // somebody else was quicker
  made_.push_back(std::make_unique<drive::CallerLane>(dial_, limits_, on_loss_));
  if (closed_) made_.back()->close();
  at.lane.store(made_.back().get(), std::memory_order_release);
  return *made_.back();
}

LanePool::Use LanePool::shared(base::TimePoint now) {
  int in_use = 0;
  if (now >= crowded_until_.load(std::memory_order_relaxed)) [[likely]] {
    for (int i = 0; i < shared_lanes_; ++i) {
      if (is_bounded_ && !is_open(i) && !bound_.has_room()) [[unlikely]]
        continue;
      std::atomic<bool>& taken = slot(i).taken;
      drive::CallerLane& lane = lane_at(i);
      if (!taken.load(std::memory_order_relaxed) && !taken.exchange(true, std::memory_order_acquire)) [[likely]]
        return {*this, lane, i};
      ++in_use;
    }
  }
  drive::CallerLane& lane = is_bounded_ ? lane_to_join() : lane_at(0);
  // Only those who join are counted, so that a lone caller pays for nothing but his lane.
  const int others = joined_callers_.fetch_add(1, std::memory_order_relaxed);
  if (in_use == shared_lanes_ || others >= shared_lanes_) {
    crowded_until_.store(now + crowd_memory, std::memory_order_relaxed);
  }
  return {*this, lane, joined};
}

drive::CallerLane& LanePool::lane_to_join() {
  for (int i = 0; i < shared_lanes_; ++i) {
    if (is_open(i)) return lane_at(i);
  }
  return lane_at(0);
}

std::optional<LanePool::Use> LanePool::dedicated_below(int most, base::Deadline deadline) {
  std::unique_lock lock{mutex_};
  const auto has_room = [&] { return closed_ || count_dedicated_in_use() < most; };
  if (!given_back_.wait_until(lock, deadline, has_room)) return std::nullopt;
  return take_dedicated();
}

bool LanePool::was_used() {
  std::lock_guard lock{mutex_};
  return !made_.empty() || !dedicated_.empty();
}

int LanePool::dedicated_in_use() {
  std::lock_guard lock{mutex_};
  return count_dedicated_in_use();
}

std::optional<LanePool::Use> LanePool::alone() {
  std::lock_guard lock{mutex_};
  if (alone_in_use_ == most_alone) return std::nullopt;
  Use use = take_dedicated(alone_place);
  ++alone_in_use_;
  return use;
}

LanePool::Use LanePool::take_dedicated(int place) {
  if (dedicated_idle_.empty()) {
    dedicated_idle_.reserve(dedicated_.size() + 1);  // so that giving back takes no memory
    dedicated_.push_back(std::make_unique<drive::CallerLane>(is_bounded_ ? bound_.dial_dedicated : dial_, limits_, on_loss_));
    if (closed_) dedicated_.back()->close();
    dedicated_idle_.push_back(dedicated_.back().get());
  }
  // One that is connected, if there is one: a new connection may not be allowed.
  const auto open = std::find_if(dedicated_idle_.rbegin(), dedicated_idle_.rend(), [](const auto* each) { return each->is_open(); });
  if (open != dedicated_idle_.rend()) std::swap(*open, dedicated_idle_.back());
  drive::CallerLane* lane = dedicated_idle_.back();
  dedicated_idle_.pop_back();
  return {*this, *lane, place};
}

void LanePool::give_back(drive::CallerLane& lane, int place) {
  if (place == dedicated_place || place == alone_place) {
    std::lock_guard lock{mutex_};
    if (place == alone_place) --alone_in_use_;
    if (std::erase(dedicated_retired_, &lane) > 0) lane.end_if_unused();
    lane.end_if_late();  // the next one would wait behind a reply that nobody wants any more
    dedicated_idle_.push_back(&lane);
    given_back_.notify_one();
    return;
  }
  if (place != joined) [[likely]] {
    slot(place).taken.store(false, std::memory_order_release);
  } else {
    joined_callers_.fetch_sub(1, std::memory_order_relaxed);
  }
}

void LanePool::retire_dedicated() {
  std::lock_guard lock{mutex_};
  dedicated_retired_.clear();
  for (const auto& lane : dedicated_) {
    const bool is_idle = std::find(dedicated_idle_.begin(), dedicated_idle_.end(), lane.get()) != dedicated_idle_.end();
    if (is_idle) {
      lane->end_if_unused();
    } else {
      dedicated_retired_.push_back(lane.get());
    }
  }
}

bool LanePool::end_one_idle(bool dedicated_only) {
  {
    std::lock_guard lock{mutex_};
    for (drive::CallerLane* lane : dedicated_idle_) {
      if (lane->end_if_unused()) return true;
    }
  }
  if (dedicated_only) return false;
  for (int i = shared_lanes_ - 1; i >= 0; --i) {  // the first ones are what lone callers use
    drive::CallerLane* lane = slot(i).made();
    if (lane != nullptr && !slot(i).taken.load(std::memory_order_relaxed) && lane->end_if_unused()) return true;
  }
  return false;
}

void LanePool::end_if_idle_since(drive::CallerLane& lane, base::TimePoint since) {
  const drive::CallerLane::Health health = lane.health();
  if (health.open && health.in_flight == 0 && health.last_progress <= since) lane.end_if_unused();
}

void LanePool::end_idle_since(base::TimePoint since) {
  for_each_shared([&](drive::CallerLane& lane) { end_if_idle_since(lane, since); });
  end_dedicated_idle_since(since);
}

void LanePool::end_dedicated_idle_since(base::TimePoint since) {
  std::lock_guard lock{mutex_};
  for (drive::CallerLane* lane : dedicated_idle_) end_if_idle_since(*lane, since);
}

void LanePool::drain_one() {
  for (int i = shared_lanes_ - 1; i >= 0; --i) {
    if (is_open(i)) return lane_at(i).drain();
  }
}

int LanePool::open_shared() const {
  int open = 0;
  for (int i = 0; i < shared_lanes_; ++i) open += is_open(i) ? 1 : 0;
  return open;
}

drive::CallerLane::Counts LanePool::counts() {
  drive::CallerLane::Counts sum;
  const auto add = [&](drive::CallerLane& lane) {
    const drive::CallerLane::Counts counts = lane.counts();
    sum.replies_discarded += counts.replies_discarded;
    sum.pushes_dropped += counts.pushes_dropped;
    sum.in_flight += counts.in_flight;
  };
  for_each_shared(add);
  std::lock_guard lock{mutex_};
  for (const auto& lane : dedicated_) add(*lane);
  return sum;
}

void LanePool::give_back_memory(base::TimePoint now) {
  for_each_shared([&](drive::CallerLane& lane) { lane.give_back_memory(now); });
  std::lock_guard lock{mutex_};
  for (const auto& lane : dedicated_) lane->give_back_memory(now);
}

void LanePool::break_off(const Error& reason) {
  for_each_shared([&](drive::CallerLane& lane) { lane.break_off(reason); });
  break_off_dedicated(reason);
}

void LanePool::break_off_dedicated(const Error& reason) {
  std::lock_guard lock{mutex_};
  for (const auto& lane : dedicated_) lane->break_off(reason);
}

void LanePool::close() {
  std::lock_guard lock{mutex_};
  closed_ = true;  // who makes a lane from now on closes it
  for (const auto& lane : made_) lane->close();
  given_back_.notify_all();
  for (const auto& lane : dedicated_) lane->close();
}

}  // namespace rediscluster::cluster
