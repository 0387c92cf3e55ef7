/// One command over several slots or nodes on a reactor: what FanOut is for a calling thread.
#pragma once

#include "cluster/flight/convoy.hpp"
#include "cluster/run/fan_out_parts.hpp"

namespace rediscluster::cluster {

/// Made by new; frees itself.
class PartsConvoy final : public Convoy {
 public:
  /// @param kind  split, all_shards or all_nodes.
  PartsConvoy(FlightDeck& deck, const Surroundings& surroundings, const EncodedCommand& command, routing::Plan::Kind kind, base::Deadline deadline)
      : Convoy(deck, surroundings, deadline), command_(command), kind_(kind), parts_(command_) {}

 private:
  Result<std::span<Errand>> prepare() override;
  void give(bool at_once, Error* error) noexcept override;
  void tell(void* receiver) noexcept override { landing_.decoder().tell(receiver); }

  const EncodedCommand command_;
  const routing::Plan::Kind kind_;
  FanOutParts parts_;
};

}  // namespace rediscluster::cluster
