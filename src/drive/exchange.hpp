/// One question-and-answer round on a connection that no lane owns yet (the handshake). Blocking; one thread.
#pragma once

#include "base/time.hpp"
#include "link/link.hpp"
#include "net/socket.hpp"

#include <span>
#include <string_view>

namespace rediscluster::drive {

/// Sends `bytes` and waits for one reply per element of `replies`.
/// @param secret  in `bytes`; replaced in errors, should the server quote it. Empty: none.
/// Errors: Errc::connection_lost, tls_failed, timed_out, protocol_error. After an error the connection must be closed.
Result<void> exchange(net::Socket& socket, link::Link& link, std::string_view bytes, std::span<wire::Frame> replies,
                      base::Deadline deadline, std::string_view secret = {});

}  // namespace rediscluster::drive
