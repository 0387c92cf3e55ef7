/// Who connects in place of the system: a test's own network, for the thread it stands in on (base::StandIn). Names are its, too.
#pragma once

#include "base/stand_in.hpp"
#include "base/time.hpp"

#include <rediscluster/result.hpp>

namespace rediscluster::net {

class Connector {
 public:
  /// In a fiber. May wait, with base::rest_until().
  /// @return  a connected stream socket that is now the caller's. Errors: as Socket::connect().
  virtual Result<int> connect(const NodeAddress& address, base::Deadline deadline) = 0;

 protected:
  ~Connector() = default;
};

}  // namespace rediscluster::net
