/// Who carries a single command of a fiber's, on connections that it shares with everything else its reactor has under way.
#pragma once

#include "cluster/run/call.hpp"

#include "base/time.hpp"

namespace rediscluster::cluster {

class Courier {
 public:
  /// To its end, as SingleRun does. The current fiber waits.
  /// @param stop  cancels it; null: nobody does.
  virtual Result<void> carry(const EncodedCommand& command, int slot, base::Deadline deadline, const std::stop_token* stop, Call& call) = 0;

 protected:
  ~Courier() = default;
};

}  // namespace rediscluster::cluster
