/// Names to addresses, within a deadline. Literal IPv4 and IPv6 addresses cost no lookup.
/// The system's resolver cannot be interrupted: a lookup runs on a helper thread, and one that outlives its deadline is
/// left to end by itself. Thread-safe.
#pragma once

#include "base/time.hpp"

#include <rediscluster/result.hpp>

#include <netinet/in.h>
#include <sys/socket.h>

#include <vector>

namespace rediscluster::net {

/// One address to connect to.
struct Endpoint {
  sockaddr_storage address{};
  socklen_t size = 0;
};

/// Errors: Errc::dns_failed with the resolver's reason; Errc::timed_out.
Result<std::vector<Endpoint>> resolve(const NodeAddress& address, base::Deadline deadline);

}  // namespace rediscluster::net
