/// Threads that write through one shared client: one a shard, each to keys of its own shard, so that one can see which
/// shards a failure touches. The threads belong to this object; counters may be read while they run.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <rediscluster/rediscluster.hpp>
#include <string>
#include <thread>
#include <vector>

#include "topology.hpp"

namespace tour {

class Writers {
 public:
  using Clock = std::chrono::steady_clock;

  static std::string key_of(std::size_t number) { return "tour:write:" + std::to_string(number); }

  Writers(rediscluster::RedisCluster& cluster, const Topology& topology) : cluster_(cluster), topology_(topology) {
    for (std::size_t shard = 0; shard < topology.shards().size(); ++shard) {
      writers_.push_back(std::make_unique<Writer>());
      writers_.back()->last_success = Clock::now();
    }
    for (std::size_t shard = 0; shard < writers_.size(); ++shard) {
      writers_[shard]->thread = std::thread([this, shard] { write(*writers_[shard], shard); });
    }
  }
  ~Writers() { stop(); }
  Writers(const Writers&) = delete;
  Writers& operator=(const Writers&) = delete;

  /// Ends when the calls under way have ended.
  void stop() {
    stopping_ = true;
    for (const auto& writer : writers_) {
      if (writer->thread.joinable()) writer->thread.join();
    }
  }

  std::size_t acknowledged() const { return sum(&Writer::acknowledged); }
  std::size_t errors() const { return sum(&Writer::errors); }
  std::size_t acknowledged_on(std::size_t shard) const { return writers_[shard]->acknowledged; }
  /// Longest time between two acknowledged writes of a shard, the one that still lasts included.
  std::chrono::milliseconds longest_pause(std::size_t shard) const {
    const Clock::duration running =
        stopping_ ? Clock::duration::zero() : Clock::now() - writers_[shard]->last_success.load();
    return std::chrono::duration_cast<std::chrono::milliseconds>(
        std::max(writers_[shard]->longest_pause.load(), running));
  }
  std::string first_error() const {
    const std::lock_guard lock(mutex_);
    return first_error_;
  }
  /// Numbers of the acknowledged keys. Only after stop().
  std::vector<std::size_t> written() const {
    std::vector<std::size_t> all;
    for (const auto& writer : writers_) all.insert(all.end(), writer->written.begin(), writer->written.end());
    return all;
  }

 private:
  struct Writer {
    std::thread thread;
    std::atomic<std::size_t> acknowledged{0};
    std::atomic<std::size_t> errors{0};
    std::atomic<Clock::time_point> last_success{};
    std::atomic<Clock::duration> longest_pause{Clock::duration::zero()};
    std::vector<std::size_t> written;  // the thread's own until it has ended
  };

  void write(Writer& writer, std::size_t shard) {
    for (std::size_t number = 0; !stopping_; ++number) {
      const std::string key = key_of(number);
      if (topology_.shard_of(rediscluster::keyslot(key)) != shard) continue;
      const auto result = cluster_.nothrow().set(key, std::to_string(number));
      if (!result.has_value()) {
        note_error(writer, result.error());
        continue;
      }
      const Clock::time_point now = Clock::now();
      writer.longest_pause = std::max(writer.longest_pause.load(), now - writer.last_success.load());
      writer.last_success = now;
      writer.written.push_back(number);
      ++writer.acknowledged;
    }
  }

  void note_error(Writer& writer, const rediscluster::Error& error) {
    const std::lock_guard lock(mutex_);
    if (first_error_.empty()) first_error_ = rediscluster::to_string(error);
    ++writer.errors;
  }

  std::size_t sum(std::atomic<std::size_t> Writer::*counter) const {
    std::size_t total = 0;
    for (const auto& writer : writers_) total += (*writer.*counter).load();
    return total;
  }

  rediscluster::RedisCluster& cluster_;
  const Topology& topology_;
  std::atomic<bool> stopping_{false};
  std::vector<std::unique_ptr<Writer>> writers_;
  mutable std::mutex mutex_;  // guards first_error_
  std::string first_error_;
};

}  // namespace tour
