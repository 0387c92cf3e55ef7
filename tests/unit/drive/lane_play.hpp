/// What the tests of lanes share: a lane's way to a peer, and deadlines.
#pragma once

#include "drive/caller_lane.hpp"
#include "unit/drive/echo_peer.hpp"
#include "support/deadline.hpp"

namespace rediscluster::drive {

using namespace std::chrono_literals;
using base::Clock;
using base::Deadline;
using State = link::Ticket::State;

using test_support::in;

/// Connects, and says nothing.
inline CallerLane::Dial dial_to(const EchoPeer& peer) {
  return [address = peer.address()](Deadline deadline, Opening&) { return net::Socket::connect(address, {}, deadline); };
}

}  // namespace rediscluster::drive
