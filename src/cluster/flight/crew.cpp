#include "cluster/flight/crew.hpp"

#include "cluster/start_thread.hpp"

#include <algorithm>

namespace rediscluster::cluster {
namespace {

constexpr std::chrono::seconds longest_idle{5};

void join_all(std::vector<std::thread>& threads) {
  for (std::thread& each : threads) each.join();
  threads.clear();
}

}  // namespace

void Crew::add(Job& job) noexcept {
  std::vector<std::thread> ended;
  try {
    std::unique_lock lock{mutex_};
    ended.swap(ended_);
    if (!is_closed_) {
      jobs_.push_back(&job);
      if (idle_ >= jobs_.size() || start_one() || !threads_.empty()) {
        lock.unlock();
        changed_.notify_one();
        return join_all(ended);
      }
      jobs_.pop_back();
    }
  } catch (const std::exception&) {  // no memory
  }
  join_all(ended);
  job.run(false);
}

// With the lock held.
bool Crew::start_one() {
  if (threads_.size() >= most_) return false;
  threads_.reserve(threads_.size() + 1);
  Result<std::thread> thread = start_thread([this] { work(); });
  if (!thread) return false;
  threads_.push_back(std::move(*thread));
  return true;
}

void Crew::work() {
  base::set_runs_for(this);
  std::unique_lock lock{mutex_};
  for (;;) {
    if (jobs_.empty()) {
      if (is_closed_) return;
      ++idle_;
      const bool has_news = changed_.wait_for(lock, longest_idle, [&] { return !jobs_.empty() || is_closed_; });
      --idle_;
      if (has_news) continue;
      const auto self = std::find_if(threads_.begin(), threads_.end(), [](const std::thread& each) { return each.get_id() == std::this_thread::get_id(); });
      if (self == threads_.end()) continue;
      ended_.push_back(std::move(*self));
      threads_.erase(self);
      return;
    }
    Job& job = *jobs_.front();
    jobs_.pop_front();
    ++working_;
    lock.unlock();
    job.run(true);
    lock.lock();
    --working_;
  }
}

void Crew::end() noexcept {
  {
    std::lock_guard lock{mutex_};
    is_closed_ = true;
  }
  changed_.notify_all();
}

bool Crew::has_ended() noexcept {
  std::lock_guard lock{mutex_};
  return jobs_.empty() && working_ == 0;
}

void Crew::close() noexcept {
  end();
  std::vector<std::thread> threads;
  {
    std::lock_guard lock{mutex_};
    threads.swap(threads_);
    for (std::thread& each : ended_) threads.push_back(std::move(each));
    ended_.clear();
  }
  join_all(threads);
}

}  // namespace rediscluster::cluster
