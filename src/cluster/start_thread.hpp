/// Threads, and what runs beside its maker, whose start may fail as a value: a process may have no more threads to give.
#pragma once

#include "base/flow.hpp"

#include <rediscluster/result.hpp>

#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace rediscluster::cluster {

namespace detail {
template <class Running, class... Arguments>
Result<Running> start(Arguments&&... arguments) {
  try {
    return Running(std::forward<Arguments>(arguments)...);
  } catch (const std::system_error& error) {
    return fail(Errc::connect_failed, std::string("the system gives no more threads: ") + error.what());
  }
}
}  // namespace detail

/// Errors: Errc::connect_failed with the system's reason.
template <class Function>
Result<std::thread> start_thread(Function&& function) {
  return detail::start<std::thread>(std::forward<Function>(function));
}
/// A fiber of the host's, if there is one; else a fiber beside a fiber, and a thread beside a thread. The same errors.
template <class Function>
Result<base::Flow> start_flow(Function&& function, base::FiberHost* host = nullptr) {
  if (host != nullptr) return detail::start<base::Flow>(*host, std::forward<Function>(function));
  return detail::start<base::Flow>(std::forward<Function>(function));
}

}  // namespace rediscluster::cluster
