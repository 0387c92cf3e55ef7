/// A flight whose end a fiber waits for: how code that is written for a thread sends its commands among all others.
#pragma once

#include "cluster/run/courier.hpp"

#include "base/time.hpp"

namespace rediscluster::cluster {

class FlightDeck;

/// @see Courier::carry. On the deck's reactor, in a fiber.
Result<void> carry_by_flight(FlightDeck& deck, const EncodedCommand& command, int slot, base::Deadline deadline, Courier::Stop stop, Call& call);

}  // namespace rediscluster::cluster
