/// What has come of asynchronous calls, from the threads of the core to an event loop of Python's: put in without the GIL, taken out by the
/// loop when its descriptor says that there is something. One wake a burst.
#pragma once

#include <rediscluster/async.hpp>

#include <mutex>
#include <variant>
#include <vector>

namespace rediscluster::python {

/// Replies: of several commands, whose own ends are known where they were queued.
using Outcome = std::variant<Result<ReplyBytes>, Result<Replies>, Result<std::optional<Message>>, Result<std::vector<std::string>>,
                             Result<std::vector<std::pair<std::string, std::string>>>, Result<std::vector<std::pair<std::string, double>>>,
                             Result<std::optional<MonitorLine>>, Result<NodeResults<ReplyBytes>>, Result<void>>;

struct Arrival {
  std::uint64_t call;
  Outcome outcome;
};

class Arrivals {
 public:
  /// Errors: throws std::system_error when the system has no descriptor left.
  Arrivals();
  ~Arrivals();
  Arrivals(const Arrivals&) = delete;
  Arrivals& operator=(const Arrivals&) = delete;

  /// Readable while there is something to take.
  int descriptor() const { return descriptor_; }
  /// Any thread.
  void put(std::uint64_t call, Outcome&& outcome);
  std::vector<Arrival> take();

 private:
  const int descriptor_;
  std::mutex mutex_;  // guards what follows
  std::vector<Arrival> arrived_;
};

}  // namespace rediscluster::python
