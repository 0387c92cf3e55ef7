/// What the tests of lanes share: a lane's way to a peer, and deadlines.
#pragma once

#include "drive/caller_lane.hpp"
#include "unit/drive/echo_peer.hpp"

namespace rediscluster::drive {

using namespace std::chrono_literals;
using base::Clock;
using base::Deadline;
using State = link::Ticket::State;

inline Deadline in(base::Duration span) { return Deadline::after(Clock::now(), span); }

/// Connects, and says nothing.
inline CallerLane::Dial dial_to(const EchoPeer& peer) {
  return [address = peer.address()](Deadline deadline, Opening&) { return net::Socket::connect(address, {}, deadline); };
}

}  // namespace rediscluster::drive
