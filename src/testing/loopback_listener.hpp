/// A listening socket for a scripted node. Pure but for the socket.
#pragma once

#include <rediscluster/errors.hpp>

namespace rediscluster::testing {

/// Listens without blocking. Returns the socket, or -1 when the address is taken or means nothing.
int open_listener(const NodeAddress& address);

}  // namespace rediscluster::testing
