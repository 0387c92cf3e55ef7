#include "cluster/listen/pump_baton.hpp"

#include <utility>

namespace rediscluster::cluster {
namespace {

// So long nobody reads when readers have stopped coming. No server minds; and who reads in a loop comes back much sooner. What lies there
// unread is looked at before anybody is called silent.
constexpr std::chrono::milliseconds patience{50};

}  // namespace

void PumpBaton::begin(bool stays) {
  std::lock_guard lock{mutex_};
  holder_ = Holder::pump;
  stays_ = stays;
}

bool PumpBaton::give_away() {
  std::lock_guard lock{mutex_};
  if (holder_ != Holder::pump || is_stopping_ || !std::exchange(is_wanted_, false)) return false;
  holder_ = Holder::nobody;
  left_until_ = base::Clock::now() + patience;
  return true;
}

// Looks now and then while a reader comes and goes, so that he need not say so; while he waits for long it is told.
void PumpBaton::await_own_turn() {
  std::unique_lock lock{mutex_};
  for (;;) {
    if (holder_ == Holder::pump) return;
    const bool is_called = is_stopping_ || is_called_.load(std::memory_order_relaxed);
    if (holder_ == Holder::nobody && (is_called || base::Clock::now() >= left_until_)) {
      holder_ = Holder::pump;
      return;
    }
    if (holder_ == Holder::nobody) {
      changed_.wait_until(lock, base::Deadline::at(left_until_));
      continue;
    }
    const std::uint64_t same = held_;
    changed_.wait_for(lock, patience);
    must_be_told_ = true;
    changed_.wait(lock, [&] { return holder_ != Holder::reader || held_ != same; });
    must_be_told_ = false;
  }
}

void PumpBaton::end() {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [&] { return holder_ != Holder::reader; });
  holder_ = Holder::ended;
}

PumpBaton::Answer PumpBaton::ask() {
  std::lock_guard lock{mutex_};
  if (holder_ == Holder::pump && !stays_ && !is_stopping_) {
    is_wanted_ = true;
    return Answer::asked;
  }
  if (holder_ != Holder::nobody || is_stopping_) return Answer::refused;
  holder_ = Holder::reader;
  ++held_;
  return Answer::taken;
}

void PumpBaton::give_back() {
  std::lock_guard lock{mutex_};
  holder_ = Holder::nobody;
  left_until_ = base::Clock::now() + patience;
  if (must_be_told_ || is_stopping_ || is_called_.load(std::memory_order_relaxed)) changed_.notify_all();
}

void PumpBaton::call() {
  std::lock_guard lock{mutex_};
  is_called_.store(true, std::memory_order_relaxed);
  if (holder_ == Holder::nobody) changed_.notify_all();
}

void PumpBaton::stop() {
  std::lock_guard lock{mutex_};
  is_stopping_ = true;
  changed_.notify_all();
}

}  // namespace rediscluster::cluster
