/// The workload `pubsub`: one subscriber reads messages of options.value_bytes that another process publishes as fast as the servers
/// take them. An operation is one message.
#pragma once

#include <string>

#include "load/meter.hpp"
#include "load/workloads.hpp"

namespace load {

/// Reads messages of one channel. Subscribed when it is made.
class Subscriber {
 public:
  virtual ~Subscriber() = default;
  /// Messages read until then; looks at the clock now and then.
  virtual std::uint64_t read_until(Clock::time_point end) = 0;
};

using MakeSubscriber = std::unique_ptr<Subscriber> (*)(const Options&, const std::string& channel);

std::unique_ptr<Subscriber> make_raw_subscriber(const Options& options, const std::string& channel);
/// get_message() in a loop.
std::unique_ptr<Subscriber> make_rediscluster_subscriber(const Options& options, const std::string& channel);
/// A coroutine that awaits next().
std::unique_ptr<Subscriber> make_rediscluster_async_subscriber(const Options& options, const std::string& channel);

/// Throws std::exception when the run could not take place.
Outcome run_pubsub(const Options& options);

}  // namespace load
