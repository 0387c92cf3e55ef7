/// The way that the messages of a channel take. Every node passes them on to all others, but some later than others: messages
/// that were handed to different nodes arrive in any order.
#pragma once

#include "cluster/topology/topology.hpp"

namespace rediscluster::cluster {

/// A slot whose primary takes the messages of a channel: the channel's own while that primary can be reached. Otherwise another one,
/// for all calls the same. Any thread.
/// @param slot  of the channel's name.
int way_of_channel(const Topology& topology, int slot);

/// The primary of that slot; null: it has none.
Node* node_for_channel(const Topology& topology, int slot);

}  // namespace rediscluster::cluster
