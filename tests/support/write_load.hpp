/// Threads that share one client and write as fast as it lets them, and remember what became of every write.
/// The judge of failover tests: what was acknowledged, what ended in an error, when, and how long calls took.
#pragma once

#include <rediscluster/rediscluster.hpp>
#include <rediscluster/testing/slot_probe.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace test_support {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

/// One write and what became of it.
struct Written {
  std::string key;
  int slot = 0;
  TimePoint begin{};
  TimePoint end{};
  bool acknowledged = false;
  rediscluster::Error error{};  ///< When not acknowledged.
};

/// Picks the key of a thread's next write.
using NextKey = std::function<std::string(int thread, int number)>;

class WriteLoad {
 public:
  /// Starts `threads` threads that SET keys to their own names until stop().
  WriteLoad(rediscluster::RedisCluster& client, int threads, NextKey next_key) : results_(static_cast<std::size_t>(threads)) {
    for (int t = 0; t < threads; ++t) {
      threads_.emplace_back([this, &client, t, next_key] { write(client, t, next_key); });
    }
  }
  ~WriteLoad() { stop(); }

  /// Ends the load and waits for the calls under way.
  void stop() {
    stopping_ = true;
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }
  /// After stop(): the writes of a thread in order.
  const std::vector<Written>& of_thread(std::size_t thread) const { return results_[thread]; }
  std::size_t threads() const { return results_.size(); }

  template <class Use>
  void for_each(Use&& use) const {
    for (const auto& thread : results_) {
      for (const Written& written : thread) use(written);
    }
  }
  int count(const std::function<bool(const Written&)>& matches) const {
    int found = 0;
    for_each([&](const Written& written) { found += matches(written) ? 1 : 0; });
    return found;
  }

 private:
  void write(rediscluster::RedisCluster& client, int thread, const NextKey& next_key) {
    rediscluster::NothrowRedisCluster commands = client.nothrow();
    std::vector<Written>& results = results_[static_cast<std::size_t>(thread)];
    for (int number = 0; !stopping_; ++number) {
      Written written;
      written.key = next_key(thread, number);
      written.slot = rediscluster::keyslot(written.key);
      written.begin = Clock::now();
      rediscluster::Result<bool> result = commands.set(written.key, written.key);
      written.end = Clock::now();
      written.acknowledged = result && *result;
      if (!result) written.error = result.error();
      results.push_back(std::move(written));
    }
  }

  std::atomic<bool> stopping_{false};
  std::vector<std::vector<Written>> results_;
  std::vector<std::thread> threads_;
};

/// Slots a node serves now, as the client's own topology says.
inline std::vector<bool> slots_of(rediscluster::RedisCluster& client, const rediscluster::NodeAddress& node) {
  std::vector<bool> served(rediscluster::slot_count, false);
  for (const rediscluster::SlotRange& range : client.cluster_slots()) {
    if (range.master.port != node.port) continue;
    for (int slot = range.start; slot <= range.end; ++slot) served[static_cast<std::size_t>(slot)] = true;
  }
  return served;
}

/// Keys of acknowledged writes that cannot be read back.
inline std::vector<std::string> missing_keys(rediscluster::RedisCluster& client, const std::vector<std::string>& keys) {
  std::vector<std::string> missing;
  constexpr std::size_t batch = 500;
  for (std::size_t begin = 0; begin < keys.size(); begin += batch) {
    const std::vector<std::string> some(keys.begin() + static_cast<std::ptrdiff_t>(begin),
                                        keys.begin() + static_cast<std::ptrdiff_t>(std::min(begin + batch, keys.size())));
    const auto values = client.mget(some);
    for (std::size_t i = 0; i < some.size(); ++i) {
      if (values[i] != some[i]) missing.push_back(some[i]);
    }
  }
  return missing;
}

}  // namespace test_support
