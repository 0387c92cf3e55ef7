/// A connection made by the user's own function (options.dial), checked before anybody relies on it.
#pragma once

#include "base/time.hpp"
#include "net/socket.hpp"

#include <rediscluster/options.hpp>

namespace rediscluster::cluster {

/// Errors: Errc::connect_failed saying what the function did wrong; its own error, as it gave it.
Result<net::Socket> dial_by_user(const DialFunction& dial, const NodeAddress& node, const net::SocketOptions& options,
                                 base::Deadline deadline);

}  // namespace rediscluster::cluster
