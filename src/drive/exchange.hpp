/// One question-and-answer round on a connection that no lane owns yet (the handshake). Blocking; one thread.
#pragma once

#include "base/time.hpp"
#include "link/link.hpp"
#include "net/socket.hpp"

#include <atomic>
#include <functional>
#include <span>
#include <string_view>

namespace rediscluster::drive {

/// A command that follows the first words of a handshake in the same write, and so costs no round trip of its own. Only
/// for what may run though the handshake fails: its reply is then of no use, and it has to be asked again. And only for
/// what is quick: servers answer the handshake when they have run it.
struct Rider {
  std::string_view bytes;
  link::Ticket& ticket;  ///< Idle until it is on its way.
};

/// What who connects asks of the connection being made. Outlives that.
struct Wishes {
  /// May as well be done while the first answer is on its way. Must not throw. Null: nothing.
  const std::function<void()>* meanwhile = nullptr;
  /// Once it is true, making the connection ends, as if the time were up. Null: nothing does.
  const std::atomic<bool>* given_up = nullptr;

  bool are_given_up() const { return given_up != nullptr && given_up->load(std::memory_order_acquire); }
};

/// Where the first words on a fresh connection are said.
struct Opening {
  link::Link& link;        ///< Unused so far. Afterwards it belongs to the connection: it may have read on.
  Rider* rider = nullptr;  ///< Null: none, or it is on its way.
  Wishes wishes{};         ///< Without `meanwhile` once it is done.
  /// The rider was on a connection that came to nothing, and may have run there. It is idle again.
  bool rode_in_vain = false;

  /// For another try on another connection: without a rider.
  void begin_anew(const wire::Limits& limits) { link.take_over(link::Link(limits)); }
};

/// Sends `bytes`, and the rider behind them, and waits for one reply per element of `replies`; not for the rider's.
/// @param secret  in `bytes`; replaced in errors, should the server quote it. Empty: none.
/// Errors: Errc::connection_lost, tls_failed, timed_out, protocol_error. After an error the connection must be closed.
Result<void> exchange(net::Socket& socket, Opening& opening, std::string_view bytes, std::span<wire::Frame> replies,
                      base::Deadline deadline, std::string_view secret = {});

}  // namespace rediscluster::drive
