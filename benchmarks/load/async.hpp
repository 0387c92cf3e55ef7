/// The workload `async`: one thread keeps options.depth GETs in flight, each begun when another has ended.
#pragma once

#include "load/workloads.hpp"

namespace load {

/// What came of it.
struct AsyncRun {
  std::uint64_t operations = 0;
  std::uint64_t errors = 0;
};

/// A client that keeps so many GETs of random keys in flight. Connected, and warm.
class AsyncClient {
 public:
  virtual ~AsyncClient() = default;
  /// Until the time is over, or so many have been begun; returns when all have ended.
  virtual AsyncRun run(std::size_t in_flight, double seconds, std::uint64_t limit) = 0;
};

using MakeAsyncClient = std::unique_ptr<AsyncClient> (*)(const Options&, const KeySpace&);

std::unique_ptr<AsyncClient> make_raw_epoll(const Options& options, const KeySpace& keys);
std::unique_ptr<AsyncClient> make_rediscluster_callback(const Options& options, const KeySpace& keys);
std::unique_ptr<AsyncClient> make_rediscluster_coroutine(const Options& options, const KeySpace& keys);
std::unique_ptr<AsyncClient> make_rediscluster_future(const Options& options, const KeySpace& keys);

/// By its name on the command line. Throws std::invalid_argument when it has no such workload.
MakeAsyncClient find_async_client(const std::string& name);

/// Throws std::exception when the run could not take place.
Outcome run_async(const Options& options, const KeySpace& keys);

}  // namespace load
