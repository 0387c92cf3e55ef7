/// What callers and the judge share: keys, findings, counts. Any thread.
#pragma once

#include "chaos/tokens.hpp"

#include <rediscluster/rediscluster.hpp>

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace chaos {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// A call that ends so much behind its deadline is late: servers, callers and judge share the processors of one machine.
constexpr milliseconds tardiness{2000};

struct Play {
  static constexpr int lists = 60;
  static constexpr int hashes = 60;
  static constexpr int tags = 20;   ///< Of transactions: two lists each.
  static constexpr int fixed = 300;  ///< Keys that are there all the time.

  static std::string list(std::size_t number) { return "list:" + std::to_string(number); }
  static std::string hash(std::size_t number) { return "hash:" + std::to_string(number); }
  static std::string tagged(std::size_t tag, int which) { return "{tag" + std::to_string(tag) + "}:" + std::to_string(which); }
  static std::string text(std::size_t number) { return "text:" + std::to_string(number); }
  static std::string standing(std::size_t number) { return "fixed:" + std::to_string(number); }
  static std::string queue(std::size_t number) { return "queue:" + std::to_string(number); }

  Tokens tokens;
  std::atomic<bool> is_over{false};  ///< Callers end with the call they are in.
  std::atomic<std::uint64_t> calls{0};
  std::atomic<std::uint64_t> failures{0};
  std::atomic<std::int64_t> worst_lateness{0};  ///< Milliseconds behind a deadline.

  void find(const std::string& what) {
    std::lock_guard lock{mutex_};
    findings_.push_back(what);
  }
  std::vector<std::string> take_findings() {
    std::lock_guard lock{mutex_};
    return std::exchange(findings_, {});
  }
  /// Every call of a client ends here, begun at `begun` with `timeout`.
  void ended(const char* name, Clock::time_point begun, milliseconds timeout, const rediscluster::Error* error) {
    ++calls;
    const auto late = std::chrono::duration_cast<milliseconds>(Clock::now() - begun) - timeout;
    for (std::int64_t worst = worst_lateness; late.count() > worst && !worst_lateness.compare_exchange_weak(worst, late.count());) {
    }
    if (late > tardiness) find(std::string(name) + " ended " + std::to_string(late.count()) + " ms behind its deadline" + (error == nullptr ? "" : ": " + to_string(*error)));
    if (error == nullptr) return;
    ++failures;
    std::lock_guard lock{mutex_};
    ++errors_[rediscluster::to_string(error->code)];
  }
  /// How often each error was told, so far.
  std::map<std::string, std::uint64_t> errors() {
    std::lock_guard lock{mutex_};
    return errors_;
  }

 private:
  std::mutex mutex_;  // guards what follows
  std::vector<std::string> findings_;
  std::map<std::string, std::uint64_t> errors_;
};

}  // namespace chaos
