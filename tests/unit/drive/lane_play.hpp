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

constexpr std::size_t more_than_a_kernel_takes = 16 * 1024 * 1024;

/// Connects, and says nothing.
inline CallerLane::Dial dial_to(const EchoPeer& peer) {
  return [address = peer.address()](Deadline deadline, Opening&) { return net::Socket::connect(address, {}, deadline); };
}

}  // namespace rediscluster::drive
