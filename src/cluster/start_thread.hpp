/// Threads whose start may fail as a value: a process may have no more threads to give; and whose they are.
#pragma once

#include <rediscluster/result.hpp>

#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace rediscluster::cluster {

/// Errors: Errc::connect_failed with the system's reason.
template <class Function>
Result<std::thread> start_thread(Function&& function) {
  try {
    return std::thread(std::forward<Function>(function));
  } catch (const std::system_error& error) {
    return fail(Errc::connect_failed, std::string("the system gives no more threads: ") + error.what());
  }
}

namespace detail {
inline thread_local const void* thread_owner = nullptr;
}
/// Says for whom the calling thread runs, so that he does not wait for himself when a hook of the user's calls him.
inline void set_runs_for(const void* owner) { detail::thread_owner = owner; }
inline bool runs_for(const void* owner) { return detail::thread_owner == owner; }

}  // namespace rediscluster::cluster
