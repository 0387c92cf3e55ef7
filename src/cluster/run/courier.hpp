/// Who carries a single command of a fiber's, on connections that it shares with everything else its reactor has under way.
#pragma once

#include "cluster/run/call.hpp"

#include "base/time.hpp"

namespace rediscluster::cluster {

class Courier {
 public:
  /// What cancels a command: at any moment, or only until it is on its way to a server. Null: nothing does.
  struct Stop {
    const std::stop_token* token = nullptr;
    bool before_sent = false;
  };
  /// To its end, as SingleRun does. The current fiber waits.
  virtual Result<void> carry(const EncodedCommand& command, int slot, base::Deadline deadline, Stop stop, Call& call) = 0;

 protected:
  ~Courier() = default;
};

}  // namespace rediscluster::cluster
