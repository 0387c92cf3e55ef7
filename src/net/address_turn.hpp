/// Which of the addresses of one name has its turn. A name may stand for several servers (a load balancer's, a headless service's): who
/// accepts a connection at the first of them may say nothing more, and only who made the connection notices. Thread-safe.
#pragma once

#include <atomic>
#include <cstddef>

namespace rediscluster::net {

class AddressTurn {
 public:
  /// Of so many addresses, the one to begin with; behind the last comes the first.
  std::size_t first_of(std::size_t count) {
    count_.store(count, std::memory_order_relaxed);
    return count == 0 ? 0 : turn_.load(std::memory_order_relaxed) % count;
  }
  /// How many there were beside the one that was connected to, when the name was looked up last.
  std::size_t others() const {
    const std::size_t count = count_.load(std::memory_order_relaxed);
    return count == 0 ? 0 : count - 1;
  }
  /// That one was connected to, counted from the first: it is begun with from now on.
  void took(std::size_t place) { turn_.store(place, std::memory_order_relaxed); }
  /// What was connected to is of no use: the next is begun with.
  void pass() { turn_.fetch_add(1, std::memory_order_relaxed); }

 private:
  std::atomic<std::size_t> count_{0};
  std::atomic<std::size_t> turn_{0};
};

}  // namespace rediscluster::net
