/// Where the ends of asynchronous operations are told. Plain values.
#pragma once

#include <functional>

namespace rediscluster {

/// One thing to be done: two pointers, so that handing it on takes no memory.
struct Work {
  void (*function)(void* argument) = nullptr;
  void* argument = nullptr;
  void run() const { function(argument); }
};

/// Must have `work.run()` called once, later, on whichever thread: a thread pool's post(), for instance. Called on the client's own
/// thread: it must not block, throw, or run the work at once.
using Executor = std::function<void(Work work)>;

}  // namespace rediscluster
