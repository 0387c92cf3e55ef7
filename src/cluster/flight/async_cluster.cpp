#include "cluster/flight/async_cluster.hpp"

#include "cluster/start_thread.hpp"

#include <algorithm>

namespace rediscluster::cluster {
namespace {

constexpr std::size_t most_helpers = 32;
constexpr std::size_t most_workers = 64;
constexpr int most_reactors = 64;

FlightLimits limits_of(const AsyncOptions& options, std::size_t reactors) {
  const auto share = [&](std::size_t all) { return std::max<std::size_t>(1, all / reactors); };
  return {.in_flight = share(options.max_in_flight),
          .in_flight_per_node = share(options.max_in_flight_per_node),
          .bytes = share(options.max_pending_bytes),
          .bytes_per_node = share(options.max_pending_bytes_per_node),
          .fails_beyond = options.overflow == Overflow::fail,
          .longest_turn = options.block_warning.count() > 0 ? base::bounded(options.block_warning) : base::Duration::max()};
}

}  // namespace

AsyncCluster::AsyncCluster(Cluster& cluster, const AsyncOptions& options, std::unique_ptr<Loop> loop)
    : cluster_(cluster), options_(options), helpers_(most_helpers), workers_(most_workers) {
  const auto reactors = loop ? 1u : static_cast<std::size_t>(std::clamp(options.reactors, 1, most_reactors));
  if (loop) {
    wings_.push_back(std::make_unique<Wing>(cluster_, helpers_, limits_of(options_, 1), std::move(loop)));
  }
  for (std::size_t i = wings_.size(); i < reactors; ++i) wings_.push_back(std::make_unique<Wing>(cluster_, helpers_, limits_of(options_, reactors)));
}

void AsyncCluster::adopt() {
  std::lock_guard lock{close_mutex_};
  if (is_adopted()) return;
  cluster_.run_background_on(wings_.front()->fibers());
  is_adopted_.store(true, std::memory_order_release);
}

FlightDeck& AsyncCluster::deck_of_caller() {
  for (const auto& wing : wings_) {
    if (wing->is_here()) return wing->deck();
  }
  static std::atomic<std::size_t> threads{0};
  thread_local const std::size_t number = threads.fetch_add(1, std::memory_order_relaxed);
  return wings_[number % wings_.size()]->deck();
}

bool AsyncCluster::is_own_thread() const {
  return base::runs_for(&workers_) || base::runs_for(&helpers_) || std::any_of(wings_.begin(), wings_.end(), [](const auto& wing) { return wing->is_here(); });
}

Result<void> AsyncCluster::call_outside(std::function<void()> function) {
  for (const auto& wing : wings_) {
    if (wing->after_turn(function)) return {};
  }
  Result<std::thread> caller = start_thread(std::move(function));
  if (!caller) return fail(std::move(caller.error()));
  caller->detach();
  return {};
}

void AsyncCluster::begin_close() noexcept {
  if (is_closing_.exchange(true)) return;
  for (const auto& wing : wings_) wing->deck().close();
}

// Who comes second waits; but for who closes inside of a completion that the closing itself has brought about.
void AsyncCluster::close() noexcept {
  {
    std::unique_lock lock{close_mutex_};
    if (end_ == End::under_way && closer_ == std::this_thread::get_id()) return;
    close_changed_.wait(lock, [this] { return end_ != End::under_way; });
    if (end_ == End::over) return;
    end_ = End::under_way;
    closer_ = std::this_thread::get_id();
  }
  end_everything();
  std::lock_guard lock{close_mutex_};
  end_ = End::over;
  close_changed_.notify_all();
}

// In this order: nothing new begins; what blocks ends, and with it the crews; and what they had to say is heard.
void AsyncCluster::end_everything() noexcept {
  begin_close();
  Wing& first = *wings_.front();
  if (is_adopted()) first.complete([this] { cluster_.close(); });
  workers_.end();
  first.turn_until([this] { return workers_.has_ended(); });
  workers_.close();
  for (const auto& wing : wings_) wing->settle();
  helpers_.close();
}

}  // namespace rediscluster::cluster
