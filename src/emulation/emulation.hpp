/// Commands that a server runs only when all their keys share a slot, run here step by step when they do not: RENAME,
/// SMOVE, LMOVE, SINTERSTORE, PFMERGE, MSETNX and their kin. Ordered so that a crash, a lost connection or an error at
/// any step loses nothing; not atomic: docs/guide/several-slots.md tells what others can see meanwhile.
/// Thread-safe: nothing is kept between calls.
#pragma once

#include "cluster/cluster.hpp"

namespace rediscluster::emulation {

/// Whether there is a way to run this command over several slots. Looks at its name and options, not at its keys.
bool can_run(const EncodedCommand& command);

/// Runs it within one deadline (command_timeout, and what a blocking command waits on top).
/// On success call.reply() is what the server would have answered had the keys shared a slot.
/// Errors: Errc::cross_slot_refused (nothing was sent); those of the steps, where maybe_executed means that some
/// data may have changed; try_again when others kept changing the same keys.
Result<void> run(cluster::Cluster& cluster, const EncodedCommand& command, cluster::Call& call, const cluster::CallOptions& options);

}  // namespace rediscluster::emulation
