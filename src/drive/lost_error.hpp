/// What is said of connections that ended. For all lanes.
#pragma once

#include "link/error_at_any_cost.hpp"
#include "link/link.hpp"
#include "net/socket.hpp"

namespace rediscluster::drive {

/// @param doing  "sending"
inline Error lost_error(const net::Socket::Transfer& transfer, const char* doing) {
  return link::error_at_any_cost(Errc::connection_lost, Execution::maybe_executed, [&] {
    return Error{Errc::connection_lost, "connection lost while " + std::string(doing) + ": " + net::Socket::describe(transfer),
                 {}, 0, Execution::maybe_executed};
  });
}

/// Of a link that found its bytes broken.
inline Error broken_error(const link::Link& link) {
  const Errc code = link.broken_code();
  return link::error_at_any_cost(code, Execution::maybe_executed,
                                 [&] { return Error{code, link.broken_reason(), {}, 0, Execution::maybe_executed}; });
}

/// Nothing has come for long although much is due.
inline Error silent_error() {
  return link::error_at_any_cost(Errc::connection_lost, Execution::maybe_executed, [] {
    return Error{Errc::connection_lost, "the connection has been silent for too long", {}, 0, Execution::maybe_executed};
  });
}

inline Error client_closed_error() {
  return link::error_at_any_cost(Errc::client_closed, Execution::not_executed,
                                 [] { return Error{Errc::client_closed, "the client was closed", {}, 0, Execution::not_executed}; });
}

/// A peer that takes no more has often said why before it closed: "ERR Protocol error: invalid bulk length", behind the replies to what
/// it took. All of it has come by now, as the end came behind it. Without waiting.
inline void take_last_words(net::Socket& socket, link::Link& link, link::TicketList& finished) {
  constexpr int most_receipts = 256;
  try {
    for (int i = 0; i < most_receipts; ++i) {
      const link::Link::Space space = link.receive_space();
      const net::Socket::Transfer said = socket.receive(space.data, space.size, base::Deadline::at(base::TimePoint::min()));
      if (said.status != net::Socket::Status::ok || link.received(said.size, finished) == link::Link::Feed::broken) return;
    }
  } catch (const std::bad_alloc&) {  // then they are lost
  }
}

}  // namespace rediscluster::drive
