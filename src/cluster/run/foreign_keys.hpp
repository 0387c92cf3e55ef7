/// Keys that a node has and does not serve: copies that an unfinished move of their slot left behind. No command reaches
/// them by their name, so commands that find keys do not tell of them. Blocking; one thread.
#pragma once

#include "cluster/run/run_errands.hpp"

namespace rediscluster::cluster {

/// After KEYS was asked of all shards: takes such keys out of the replies, and of a key whose slot is on its way one of two.
/// Nodes are asked about their slots only where the map says that a key is foreign. What they do not tell is kept.
void leave_out_foreign_keys(std::span<Errand> errands, const Topology& topology, base::Deadline deadline);

/// After RANDOMKEY was asked of one node: asks the others, in random order, where it had no key of its own.
void ask_until_found(Errand& errand, const Surroundings& surroundings, base::Deadline deadline);

}  // namespace rediscluster::cluster
