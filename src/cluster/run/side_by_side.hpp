/// The same work for several things at the same time, for work that mostly waits: connecting to several nodes.
#pragma once

#include "base/quota.hpp"
#include "cluster/start_thread.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <vector>

namespace rediscluster::cluster {

/// A thread that ends before its place in a quota is given back.
struct Helper {
  base::Permit permit;
  base::Flow thread;

  Helper(base::Permit place, base::Flow running) : permit(std::move(place)), thread(std::move(running)) {}
  Helper(Helper&&) = default;
  Helper& operator=(Helper&&) = delete;
  ~Helper() {
    if (thread.joinable()) thread.join();
  }
};

/// Calls work(i) once for each i below `count`, in any order, on this thread and on helpers that end with the call.
/// @param helpers  how many of them all callers together may have. Without room for one, or a thread from the system for it, fewer
///                 do the same work.
/// Throws what `work` threw first, when all have ended; then some of it may not have been begun.
template <class Work>
void side_by_side(std::size_t count, base::Quota& helpers, Work&& work) {
  constexpr std::size_t most_helpers = 15;
  std::atomic<std::size_t> next{0};
  std::atomic<bool> has_thrown{false};
  std::exception_ptr thrown;  // written by who set has_thrown, read when all have ended
  const auto share = [&]() noexcept {
    try {
      for (std::size_t i = 0; (i = next.fetch_add(1, std::memory_order_relaxed)) < count;) work(i);
    } catch (...) {
      next.store(count, std::memory_order_relaxed);
      if (!has_thrown.exchange(true)) thrown = std::current_exception();
    }
  };
  {
    const std::size_t wanted = std::min(count > 0 ? count - 1 : 0, most_helpers);
    std::vector<Helper> made;
    made.reserve(wanted);  // nothing may throw while a thread is not in it yet
    while (made.size() < wanted) {
      base::Permit permit;
      if (permit.take({&helpers}) != nullptr) break;
      Result<base::Flow> thread = start_flow(share);
      if (!thread) break;
      made.emplace_back(std::move(permit), std::move(*thread));
    }
    share();
  }
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace rediscluster::cluster
