#include "load/async.hpp"

#include <limits>
#include <stdexcept>

#include "load/meter.hpp"

namespace load {

MakeAsyncClient find_async_client(const std::string& name) {
  if (name == "raw") return make_raw_epoll;
  if (name == "rediscluster-callback") return make_rediscluster_callback;
  if (name == "rediscluster-coroutine") return make_rediscluster_coroutine;
  if (name == "rediscluster-future") return make_rediscluster_future;
  throw std::invalid_argument("the workload async is for raw, rediscluster-callback, rediscluster-coroutine and rediscluster-future, not '" + name + "'");
}

Outcome run_async(const Options& options, const KeySpace& keys) {
  constexpr double warm_up_seconds = 0.2;
  const std::unique_ptr<AsyncClient> client = find_async_client(options.client)(options, keys);
  const auto depth = static_cast<std::size_t>(options.depth);
  const std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();
  client->run(depth, warm_up_seconds, no_limit);
  Outcome outcome;
  const Meter meter;
  const AsyncRun run = client->run(depth, options.seconds, options.max_ops == 0 ? no_limit : options.max_ops);
  meter.write_difference_to(outcome);
  outcome.operations = run.operations;
  outcome.errors = run.errors;
  return outcome;
}

}  // namespace load
